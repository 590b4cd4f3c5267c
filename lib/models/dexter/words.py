"""A set of k-mers of any lengths, found in one pass: how often each starts in which bin, and weighted sums of that.

The k-mers stand in a tree of letters. At every place of a sequence the tree is walked down as far as the letters go,
which meets exactly the k-mers that start there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES, UNKNOWN
from lib.core.arrays import FloatArray
from lib.models.dexter.bins import OUTSIDE
from lib.models.dexter.counts import Letters


@dataclass(frozen=True)
class Words:
    """K different k-mers as a tree.

    Parameters
    ----------
    below
        (M, 4) the node that each letter leads to, 0 where none.
    ends
        (M,) number of the k-mer that ends in each node, -1 where none does.
    longest
        Letters of the longest k-mer.
    """

    below: NDArray[np.int32]
    ends: NDArray[np.int32]
    longest: int

    @classmethod
    def of(cls, kmers: Sequence[str]) -> "Words":
        """Build the tree of k-mers of A, C, G and T, which are numbered in their order."""
        below, ends = [[0] * 4], [-1]
        for number, kmer in enumerate(kmers):
            node = 0
            for letter in map(BASES.index, kmer):
                if not below[node][letter]:
                    below[node][letter] = len(below)
                    below.append([0] * 4)
                    ends.append(-1)
                node = below[node][letter]
            ends[node] = number
        longest = max(map(len, kmers), default=0)
        return cls(np.array(below, dtype=np.int32), np.array(ends, dtype=np.int32), longest)

    def counts(self, letters: Letters) -> NDArray[np.int32]:
        """Count how often each k-mer starts in each bin of N sequences, (N, K, B)."""
        found = np.zeros((len(letters), int(self.ends.max(initial=-1)) + 1, letters.count), dtype=np.int32)
        _count(letters.codes, letters.starts, letters.bins, self.below, self.ends, found)
        return found

    def sums(self, letters: Letters, weights: FloatArray) -> FloatArray:
        """Add the weights (K, B, T) of all k-mers that start in the bins of N sequences, (N, T)."""
        found = np.zeros((len(letters), weights.shape[2]))
        _sums(letters.codes, letters.starts, letters.bins, self.below, self.ends, weights, found)
        return found

    def mutations(self, letters: Letters, weights: FloatArray) -> FloatArray:
        """Give how much the sum of weights (K, B) of one sequence changes by each single mutation, (4, L)."""
        first, stop = int(letters.starts[0]), int(letters.starts[1]) - 1
        found = np.zeros((4, stop - first))
        _mutations(letters.codes.copy(), letters.bins, self.below, self.ends, weights, self.longest, found)
        return found


@numba.njit(cache=True, nogil=True)
def _count(letters, starts, bins, below, ends, found):  # type: ignore[no-untyped-def]
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            if bins[place] == OUTSIDE:
                continue
            node, at = 0, place
            while letters[at] < UNKNOWN:
                node = below[node, letters[at]]
                if node == 0:
                    break
                if ends[node] >= 0:
                    found[row, ends[node], bins[place]] += 1
                at += 1


@numba.njit(cache=True, nogil=True)
def _sums(letters, starts, bins, below, ends, weights, found):  # type: ignore[no-untyped-def]
    for row in range(len(starts) - 1):
        for place in range(starts[row], starts[row + 1]):
            if bins[place] == OUTSIDE:
                continue
            node, at = 0, place
            while letters[at] < UNKNOWN:
                node = below[node, letters[at]]
                if node == 0:
                    break
                if ends[node] >= 0:
                    for target in range(found.shape[1]):
                        found[row, target] += weights[ends[node], bins[place], target]
                at += 1


@numba.njit(cache=True, nogil=True)
def _around(letters, bins, below, ends, weights, first, last):  # type: ignore[no-untyped-def]
    """Add the weights of all k-mers that start from ``first`` to ``last``, both included."""
    total = 0.0
    for place in range(first, last + 1):
        if bins[place] == OUTSIDE:
            continue
        node, at = 0, place
        while letters[at] < UNKNOWN:
            node = below[node, letters[at]]
            if node == 0:
                break
            if ends[node] >= 0:
                total += weights[ends[node], bins[place]]
            at += 1
    return total


@numba.njit(cache=True, nogil=True)
def _mutations(letters, bins, below, ends, weights, longest, found):  # type: ignore[no-untyped-def]
    for position in range(found.shape[1]):
        last = position + 1  # an unknown letter stands before the sequence
        first = max(1, last - longest + 1)
        standing = letters[last]
        before = _around(letters, bins, below, ends, weights, first, last)
        for base in range(4):
            if base != standing:
                letters[last] = base
                found[base, position] = _around(letters, bins, below, ends, weights, first, last) - before
        letters[last] = standing
