"""Overlapping words of sequences whose ends are padded, with the tokens that stand before and after them, compiled."""

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import UNKNOWN
from lib.tokenizers.token import Encoded


def frame_words(
    codes: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    *,
    k: int,
    pads: tuple[int, int],
    first: NDArray[np.int32],
    frame: tuple[int, int, int, int],
) -> Encoded:
    """Cut N sequences into a start token, a species token, every padded window of ``k`` letters, and an end token.

    Parameters
    ----------
    codes, bounds
        What ``join_letters`` gives.
    pads
        Letters of padding before and after each sequence.
    first
        (k, k + 1) id of the first word with p letters of padding before m letters of the sequence, ``first[p, m]``; the
        others follow it in the order of DNABERT (A T C G).
    frame
        Ids of the start token, the species token, the end token and the unknown word.

    Returns
    -------
    Offsets are clipped to the sequence. An empty sequence, and one without a window, has no tokens.
    """
    return Encoded(*_frame(codes, bounds, k, np.array(pads), first, np.array(frame, dtype=np.int32)))


@numba.njit(cache=True, nogil=True)
def _frame(codes, bounds, k, pads, first, frame):  # type: ignore[no-untyped-def]
    rank = np.array([0, 2, 3, 1], dtype=np.int64)  # A C G T among A T C G
    out = np.zeros(len(bounds), dtype=np.int64)
    for row in range(len(bounds) - 1):
        length = bounds[row + 1] - bounds[row]
        count = length + pads[0] + pads[1] - k + 1
        out[row + 1] = out[row] + (count + 3 if length > 0 and count > 0 else 0)
    ids, starts, ends = (np.empty(out[-1], np.int32), np.empty(out[-1], np.int32), np.empty(out[-1], np.int32))
    for row in range(len(bounds) - 1):
        place, last = out[row], out[row + 1] - 1
        if place > last:
            continue
        length = bounds[row + 1] - bounds[row]
        ids[place], ids[place + 1], ids[last] = frame[0], frame[1], frame[2]
        starts[place], starts[place + 1], starts[last] = 0, 0, length
        ends[place], ends[place + 1], ends[last] = 0, 0, length
        place += 2
        for window in range(-pads[0], length + pads[1] - k + 1):
            start, end = max(window, 0), min(window + k, length)
            number, known = np.int64(0), True
            for position in range(bounds[row] + start, bounds[row] + end):
                if codes[position] == UNKNOWN:
                    known = False
                    break
                number = number << 2 | rank[codes[position]]
            ids[place] = first[start - window, end - start] + number if known else frame[3]
            starts[place], ends[place] = start, end
            place += 1
    return ids, starts, ends, out
