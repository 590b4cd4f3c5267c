"""Where k-mers lie, how often they start in which bin, and how that goes with a target.

All sequences stand in one row of letters with an unknown letter before, between and after them, so that no k-mer
reaches from one into the next. A k-mer is known by its letters, never by a hash. All its occurrences count, those that
overlap and the last one of a sequence too, and each belongs to the bin in which it starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import UNKNOWN, codes
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.models.dexter.bins import OUTSIDE, Bins

MOST = 2**31 - 1
"""Letters that places of 32 bits can tell apart."""

Places = NDArray[np.int32]
"""Where a k-mer starts in the row of letters, rising."""


@dataclass(frozen=True)
class Letters:
    """N sequences in one row.

    Parameters
    ----------
    codes
        (sum of lengths + N + 1,) letters as ``lib.core.alphabet.codes`` numbers them.
    starts
        (N + 1,) where each sequence starts in ``codes``; the last is where another would.
    bins
        The bin in which each letter lies, -1 outside of all.
    count
        How many bins there are.
    """

    codes: NDArray[np.uint8]
    starts: NDArray[np.int64]
    bins: NDArray[np.int8]
    count: int

    @classmethod
    def of(cls, sequences: Sequence[str], bins: Bins) -> "Letters":
        """Read stored sequences.

        Raises
        ------
        UserError
            If they hold more letters than can be numbered.
        """
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        starts = 1 + np.concatenate([[0], np.cumsum(lengths + 1)]).astype(np.int64)
        if starts[-1] > MOST:
            raise UserError(
                f"The sequences hold {int(lengths.sum()):,} nt together; this model takes at most {MOST:,} at a time. "
                "Cut them closer to the anchor."
            )
        firsts = starts[:-1] + bins.anchors(lengths) + bins.edges[0]
        letters = codes("N".join(["", *sequences, ""]))
        return cls(letters, starts, _bins(starts, firsts, bins.of_offsets(), len(letters)), len(bins))

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.starts) - 1

    def everywhere(self) -> Places:
        """Give the places of all letters: those of the k-mer that has none."""
        return np.arange(len(self.codes), dtype=np.int32)

    def extend(self, places: Places, size: int) -> list[Places]:
        """Give the places of a k-mer of ``size`` letters followed by A, C, G and T, four arrays."""
        found, ends = _extend(self.codes, places, size)
        return [found[start:stop] for start, stop in zip([0, *ends[:3]], ends[:4], strict=True)]

    def cumulative(self, places: Places) -> NDArray[np.int32]:
        """Count places in the bins before each edge, (N, B + 1): bins i to before j hold column j less column i."""
        found: NDArray[np.int32] = _cumulative(places, self.starts, self.bins, self.count)
        return found


def centre_ranks(values: FloatArray) -> FloatArray:
    """Give the ranks of values (N,), mean ranks where they tie, less the mean of all ranks."""
    from scipy.stats import rankdata

    ranks = rankdata(values)
    return np.asarray(ranks - ranks.mean(), dtype=np.float64)


def correlations(cumulative: NDArray[np.int32], ranks: FloatArray) -> FloatArray:
    """Give Spearman's correlation of the counts in all runs of bins with a target; 0 where either is constant.

    Counts are small whole numbers, so each run takes one pass over the sequences and no sorting.

    Parameters
    ----------
    cumulative
        (N, B + 1) as ``Letters.cumulative`` gives it.
    ranks
        (N,) of the target, as ``centre_ranks`` gives them.

    Returns
    -------
    FloatArray
        (B (B + 1) / 2,) in the order of ``Bins.cells``.
    """
    found: FloatArray = _correlations(cumulative, ranks)
    return found


@numba.njit(cache=True, nogil=True)
def _bins(starts, firsts, of_offsets, size):  # type: ignore[no-untyped-def]
    found = np.full(size, OUTSIDE, dtype=np.int8)
    for row in range(len(firsts)):
        low = max(starts[row], firsts[row])
        high = min(starts[row + 1] - 1, firsts[row] + len(of_offsets))
        for place in range(low, high):
            found[place] = of_offsets[place - firsts[row]]
    return found


@numba.njit(cache=True, nogil=True)
def _extend(letters, places, size):  # type: ignore[no-untyped-def]
    ends = np.zeros(5, dtype=np.int64)
    for place in places:
        ends[letters[place + size] if place + size < len(letters) else UNKNOWN] += 1
    for letter in range(1, 5):
        ends[letter] += ends[letter - 1]
    filled = np.zeros(5, dtype=np.int64)
    filled[1:] = ends[:4]
    found = np.empty(ends[3], dtype=np.int32)
    for place in places:
        letter = letters[place + size] if place + size < len(letters) else UNKNOWN
        if letter < UNKNOWN:
            found[filled[letter]] = place
            filled[letter] += 1
    return found, ends


@numba.njit(cache=True, nogil=True)
def _cumulative(places, starts, bins, count):  # type: ignore[no-untyped-def]
    found = np.zeros((len(starts) - 1, count + 1), dtype=np.int32)
    row = 0
    for place in places:
        if bins[place] == OUTSIDE:
            continue
        while place >= starts[row + 1]:
            row += 1
        found[row, bins[place] + 1] += 1
    for row in range(len(found)):
        for edge in range(count):
            found[row, edge + 1] += found[row, edge]
    return found


@numba.njit(cache=True, nogil=True)
def _correlations(cumulative, ranks):  # type: ignore[no-untyped-def]
    rows, edges = cumulative.shape
    square = (ranks**2).sum()
    highest = 1
    for row in range(rows):
        highest = max(highest, cumulative[row, edges - 1] + 1)
    counts, sums = np.zeros(highest, dtype=np.int64), np.zeros(highest)
    found = np.zeros(edges * (edges - 1) // 2)
    cell = 0
    for first in range(edges - 1):
        for stop in range(first + 1, edges):
            counts[:] = 0
            sums[:] = 0.0
            for row in range(rows):
                value = cumulative[row, stop] - cumulative[row, first]
                counts[value] += 1
                sums[value] += ranks[row]
            below, own, common = 0, 0.0, 0.0
            for value in range(highest):
                rank = below + (counts[value] - rows) / 2  # mean rank of this value less the mean of all ranks
                own += counts[value] * rank**2
                common += sums[value] * rank
                below += counts[value]
            if own > 0 and square > 0:
                found[cell] = common / np.sqrt(own * square)
            cell += 1
    return found
