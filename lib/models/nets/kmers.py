"""Products with the matrix of 1..k-mer counts, without ever making that matrix.

Feature ``offset(j) + code`` counts the word of length j whose letters, read in base 4 (A 0, C 1, G 2, T 3), are
``code``; words that hold another letter count nothing. Every word that starts at a position is a prefix of the longest
one there, so only the longest is kept (4 bytes for each nucleotide), and a product runs in two steps: values are summed
along prefixes, then looked up once for each position. Memory stays near that of the sequences.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import UNKNOWN, codes
from lib.core.arrays import FloatArray


def width(k: int) -> int:
    """Count the words of 1 to k letters.

    >>> width(2)
    20
    """
    return int(4 ** (k + 1) - 4) // 3


@dataclass(frozen=True)
class Counts:
    """The counts (N, F) of all words of 1 to k letters in N sequences.

    Parameters
    ----------
    k
        Longest word.
    longest
        (sum of lengths,) the feature of the longest word that starts at each position, -1 where there is none.
    starts
        (N + 1,) where each sequence starts in ``longest``.
    """

    k: int
    longest: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Sequence[str], k: int) -> "Counts":
        """Find the words of stored sequences."""
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(k, _longest(codes("".join(sequences)), starts, k), starts)

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.starts) - 1

    def times(self, vectors: FloatArray) -> FloatArray:
        """Multiply with vectors (F, T): (N, T)."""
        found: FloatArray = _gather(self.longest, self.starts, along_prefixes(vectors, self.k))
        return found

    def transposed_times(self, vectors: FloatArray) -> FloatArray:
        """Multiply the transposed counts (F, N) with vectors (N, T): (F, T)."""
        summed: FloatArray = _scatter(self.longest, self.starts, np.ascontiguousarray(vectors), width(self.k))
        for size in range(self.k, 1, -1):
            here, before = width(size - 1), width(size - 2)
            summed[before:here] += summed[here : width(size)].reshape(-1, 4, summed.shape[1]).sum(axis=1)
        return summed

    def mean(self) -> FloatArray:
        """Give the mean count of every word over the sequences, (F,)."""
        return self.transposed_times(np.ones((len(self), 1)))[:, 0] / len(self)


def along_prefixes(vectors: FloatArray, k: int) -> FloatArray:
    """Add to the value of each word those of all words that it begins with, (F, T) -> (F, T)."""
    summed = np.array(vectors, dtype=np.float64, order="C")
    for size in range(2, k + 1):
        here, before = width(size - 1), width(size - 2)
        summed[here : width(size)] += np.repeat(summed[before:here], 4, axis=0)
    return summed


def mutations(sequence: str, values: FloatArray, k: int) -> FloatArray:
    """Give how much the sum of values over all words changes by each single mutation, (4, L).

    Parameters
    ----------
    sequence
        Stored DNA.
    values
        (F,) of each word with those that it begins with, as ``along_prefixes`` gives them.
    """
    found: FloatArray = _mutations(codes(sequence), np.ascontiguousarray(values), k)
    return found


@numba.njit(cache=True, nogil=True)
def _mutations(letters, values, k):  # type: ignore[no-untyped-def]
    effects = np.zeros((4, len(letters)))
    mutated = letters.copy()
    for position in range(len(letters)):
        first = max(0, position - k + 1)
        last = min(len(letters), position + k)
        standing = _sum(mutated, first, position + 1, last, values, k)
        for base in range(4):
            if base != letters[position]:
                mutated[position] = base
                effects[base, position] = _sum(mutated, first, position + 1, last, values, k) - standing
        mutated[position] = letters[position]
    return effects


@numba.njit(cache=True, nogil=True)
def _sum(letters, first, stop, last, values, k):  # type: ignore[no-untyped-def]
    """Add the values of the longest words that start from ``first`` to before ``stop`` and end by ``last``."""
    total = 0.0
    for position in range(first, stop):
        code, offset, size, found = 0, 0, 1, -1
        for end in range(position, min(position + k, last)):
            if letters[end] == UNKNOWN:
                break
            code = 4 * code + letters[end]
            found = offset + code
            size *= 4
            offset += size
        if found >= 0:
            total += values[found]
    return total


@numba.njit(cache=True, nogil=True)
def _longest(letters, starts, k):  # type: ignore[no-untyped-def]
    found = np.full(len(letters), -1, dtype=np.int32)
    for row in range(len(starts) - 1):
        for position in range(starts[row], starts[row + 1]):
            code, offset, size = 0, 0, 1
            for end in range(position, min(position + k, starts[row + 1])):
                if letters[end] == UNKNOWN:
                    break
                code = 4 * code + letters[end]
                found[position] = offset + code
                size *= 4
                offset += size
    return found


@numba.njit(cache=True, nogil=True)
def _gather(longest, starts, values):  # type: ignore[no-untyped-def]
    targets = values.shape[1]
    out = np.zeros((len(starts) - 1, targets))
    for row in range(len(starts) - 1):
        for position in range(starts[row], starts[row + 1]):
            word = longest[position]
            if word >= 0:
                for target in range(targets):
                    out[row, target] += values[word, target]
    return out


@numba.njit(cache=True, nogil=True)
def _scatter(longest, starts, values, features):  # type: ignore[no-untyped-def]
    targets = values.shape[1]
    out = np.zeros((features, targets))
    for row in range(len(starts) - 1):
        for position in range(starts[row], starts[row + 1]):
            word = longest[position]
            if word >= 0:
                for target in range(targets):
                    out[word, target] += values[row, target]
    return out
