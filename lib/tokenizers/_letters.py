"""A batch of sequences as one array of letters, which compiled code and numpy read at once.

Letters are numbered A 0, C 1, G 2, T and U 3, anything else 4, in either case. One letter is one number, whatever it
is, so positions are those of the sequences as given (``str.upper`` may lengthen a text, so it is not used).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES, UNKNOWN

_CODES = np.full(256, UNKNOWN, dtype=np.uint8)
for _code, _base in enumerate(BASES):
    _CODES[[ord(_base), ord(_base.lower())]] = _code
_CODES[[ord("U"), ord("u")]] = BASES.index("T")
_TABLE = _CODES.tobytes()
_BASES = np.frombuffer(BASES.encode(), dtype=np.uint8)


def join_letters(sequences: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Number the letters of N sequences, one after the other.

    Returns
    -------
    codes
        (letters,) 0 to 4.
    bounds
        (N + 1,) sequence i has the letters ``bounds[i]`` to ``bounds[i + 1]``.

    >>> codes, bounds = join_letters(["acGU", "", "NT"])
    >>> codes.tolist(), bounds.tolist()
    ([0, 1, 2, 3, 4, 3], [0, 4, 4, 6])
    """
    bounds = np.zeros(len(sequences) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences)), out=bounds[1:])
    # A third of the time that numpy takes to look every letter up; a bytearray, so that the array can be written to.
    text = bytearray("".join(sequences).encode("ascii", "replace"))
    return np.frombuffer(text.translate(_TABLE), dtype=np.uint8), bounds


def places(bounds: NDArray[np.int64]) -> NDArray[np.int32]:
    """Give the position of every letter within its own sequence, (letters,).

    >>> places(np.array([0, 3, 3, 5])).tolist()
    [0, 1, 2, 0, 1]
    """
    found = np.arange(bounds[-1], dtype=np.int64)
    found -= np.repeat(bounds[:-1], np.diff(bounds))
    return found.astype(np.int32)


def word(codes: NDArray[np.uint8]) -> str:
    """Write a word of A C G T from its codes, (W,) of 0 to 3.

    >>> word(np.array([3, 3, 0, 2]))
    'TTAG'
    """
    return _BASES[codes].tobytes().decode("ascii")
