"""Reference sequences: what a prediction is compared with. Matrices are (K, 4, L), channels A C G T.

Dinucleotide shuffles keep every dinucleotide count, the first and the last letter, so that composition explains
nothing and only the order of the letters is attributed. Letters other than A C G T are shuffled along, as a fifth
letter N; see ``lib.core.shuffle``.
``lib.attribution._token_references`` does the same for models that read tokens.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import codes
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.registry import setting
from lib.core.shuffle import dinucleotide_shuffle

SHUFFLES, ZEROS, UNIFORM, MASK = KINDS = ("dinucleotide-shuffles", "zeros", "uniform", "mask")
DEFAULT = UNIFORM
"""It has no chance in it, and is the best of those without by the figures in ``docs/explanation/attribution.md``."""

NO_MASK = (
    "Mask tokens are a reference for models that read tokens, and this one reads nucleotides. "
    "Choose another reference sequence, such as zeros."
)


FIXED: dict[str, tuple[str, Callable[[str], FloatArray]]] = {
    ZEROS: ("all zeros (no base anywhere)", lambda _: np.zeros((1, 4, 1))),
    UNIFORM: ("uniform frequencies (each base 0.25 everywhere)", lambda _: np.full((1, 4, 1), 0.25)),
}
"""References without chance: in words, and the K matrices of a sequence, (K, 4, L) or (K, 4, 1) if all positions agree.
"""


def shuffles_setting(default: int, help: str) -> Any:
    """Declare how many shuffles there are, a setting that matters where the reference is shuffles."""
    limits: dict[str, Any] = {"low": 1, "high": 1000, "when": ("reference", (SHUFFLES,)), "advanced": True}
    return setting(default, label="Shuffles", help=help, **limits)


def make_references(kind: str, sequence: str, *, shuffles: int = 20, seed: int = 0) -> FloatArray:
    """Make the K reference sequences of a stored sequence, (K, 4, L); K is ``shuffles``, or 1 for the other kinds.

    The shuffles depend on the sequence and the seed alone, not on what else is attributed with it.

    Raises
    ------
    UserError
        If there is no such kind, or it is of models that read tokens.
    """
    letters = codes(sequence)
    if kind in FIXED:
        fixed = FIXED[kind][1](sequence)
        return np.broadcast_to(fixed, (len(fixed), 4, len(letters))).astype(np.float64)
    if kind == MASK:
        raise UserError(NO_MASK)
    if kind != SHUFFLES:
        raise UserError(f"There is no reference called {kind!r}; choose one of {', '.join(KINDS)}.")
    drawn = draw_shuffles(sequence, seed)
    shuffled = np.stack([next(drawn) for _ in range(shuffles)])  # K, L
    matrices: FloatArray = (shuffled[:, None, :] == np.arange(4)[:, None]).astype(np.float64)  # K, 4, L
    return matrices


def draw_shuffles(sequence: str, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Draw dinucleotide shuffles of a stored sequence without end, (L,) letters from 0 to 4 each."""
    letters, rng = codes(sequence), make_generator(sequence, seed)
    while True:
        yield dinucleotide_shuffle(letters, rng)


def make_generator(sequence: str, seed: int) -> np.random.Generator:
    """Give random numbers that depend on a sequence and a seed alone, not on what else is done."""
    digest = hashlib.sha256(sequence.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])


def describe(kind: str, shuffles: int) -> str:
    """Say in words what the reference is.

    >>> describe("dinucleotide-shuffles", 20)
    'mean of 20 dinucleotide shuffles of the sequence'
    """
    words = {kind: words for kind, (words, _) in FIXED.items()}
    words |= {SHUFFLES: f"mean of {shuffles} dinucleotide shuffles of the sequence", MASK: "mask tokens everywhere"}
    return words[kind]
