"""Products with the matrix of 1..k-mer counts, without ever making that matrix.

Sequences are one run of letter codes (A 0, C 1, G 2, T 3, else 4) with ``starts`` (N + 1,) between them. Feature
``offset(j) + code`` counts the word of length j whose letters, read in base 4, are ``code``; words that hold another
letter than A C G T count nothing. Memory is that of the sequences, so a million of them fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import UNKNOWN, codes
from lib.data.dataset import FloatArray


def width(k: int) -> int:
    """Count the words of 1 to k letters.

    >>> width(2)
    20
    """
    return (4 ** (k + 1) - 4) // 3


@dataclass(frozen=True)
class Letters:
    """N sequences as letter codes (sum of L,), with where each starts, (N + 1,)."""

    codes: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Sequence[str]) -> "Letters":
        """Encode stored sequences."""
        lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
        return cls(codes("".join(sequences)), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.starts) - 1


def times(letters: Letters, k: int, vectors: FloatArray) -> FloatArray:
    """Multiply the counts (N, F) with vectors (F, T): (N, T)."""
    return _times(letters.codes, letters.starts, k, np.ascontiguousarray(vectors))


def transposed_times(letters: Letters, k: int, vectors: FloatArray) -> FloatArray:
    """Multiply the transposed counts (F, N) with vectors (N, T): (F, T)."""
    return _transposed(letters.codes, letters.starts, k, np.ascontiguousarray(vectors), width(k))


def mean(letters: Letters, k: int) -> FloatArray:
    """Give the mean count of every word over N sequences, (F,)."""
    ones = np.ones((len(letters), 1))
    return transposed_times(letters, k, ones)[:, 0] / len(letters)


@numba.njit(cache=True, nogil=True)
def _times(codes, starts, k, vectors):  # type: ignore[no-untyped-def]
    count, targets = len(starts) - 1, vectors.shape[1]
    out = np.zeros((count, targets))
    for row in range(count):
        for position in range(starts[row], starts[row + 1]):
            code, offset, size = 0, 0, 1
            for end in range(position, min(position + k, starts[row + 1])):
                if codes[end] == UNKNOWN:
                    break
                size *= 4
                code = 4 * code + codes[end]
                for target in range(targets):
                    out[row, target] += vectors[offset + code, target]
                offset += size
    return out


@numba.njit(cache=True, nogil=True)
def _transposed(codes, starts, k, vectors, features):  # type: ignore[no-untyped-def]
    targets = vectors.shape[1]
    out = np.zeros((features, targets))
    for row in range(len(starts) - 1):
        for position in range(starts[row], starts[row + 1]):
            code, offset, size = 0, 0, 1
            for end in range(position, min(position + k, starts[row + 1])):
                if codes[end] == UNKNOWN:
                    break
                size *= 4
                code = 4 * code + codes[end]
                for target in range(targets):
                    out[offset + code, target] += vectors[row, target]
                offset += size
    return out
