"""Which sequences are similar: the groups that a homology-aware split must not tear apart.

Two sequences are similar if they share at least 30% of the 10-mers of the one that has fewer (counted with repeats),
and at least one 14-mer. Point mutations leave 30% of the 10-mers at about 89% identity; two tiles of one transcript
reach it with an overlap of about a third. 10-mers with fewer than four different trinucleotides (poly-A, and repeats of
one, two or three letters) say nothing on descent and are left out, and fewer than six shared 10-mers never suffice.
Groups are the connected components: similarity is handed on, A to B to C. Only the given strand is compared.

Candidate pairs come from an index of 14-mers. It holds all of them up to 30 million; above, a fraction chosen by hash,
the same for every sequence (a scaled MinHash, as in Brown and Irber 2016, doi:10.21105/joss.00027). Every candidate is
then verified by counting. The result is exact, but for 14-mers that over 200 sequences share (each is compared with the
200 before it) and for the sampling of very large sets. Sequences under 14 nt are grouped with their copies only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from lib.core.arrays import as_arrow

Letters = NDArray[np.uint8]
Rows = NDArray[np.int64]

WORD, SEED = 10, 14
SHARED = 0.3
FEWEST = 20
"""A sequence counts as having at least this many 10-mers."""
CROWD = 200
"""Sequences with the same 14-mer that each is compared with: those before it."""
BLANK = 4
CODES = np.full(256, BLANK, dtype=np.uint8)
"""Number of each letter, by its byte; ``BLANK`` for all but A C G T."""
for _code, _base in enumerate("ACGT"):
    CODES[ord(_base)] = _code
_INDEX_SIZE = 30_000_000


def components(sequences: Sequence[str] | NDArray[Any] | pa.LargeStringArray) -> NDArray[np.intp]:
    """Number the groups of similar sequences, (N,) from 0 in the order of their first row; copies share a group."""
    copies, unique = pd.factorize(pd.array(as_arrow(sequences), dtype="str"))
    texts = unique.tolist()
    if not texts:
        return np.empty(0, dtype=np.intp)
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    ends = np.cumsum(lengths)
    letters = CODES[np.frombuffer("".join(texts).encode("ascii", "replace"), dtype=np.uint8)]
    words, bounds = _find_kmers(letters, ends)
    index = index_seeds(letters, ends, thinning(lengths))
    index.sort()
    parents = _join(index, words, bounds, len(texts))
    return np.asarray(pd.factorize(parents[copies])[0], dtype=np.intp)


def thinning(lengths: Rows) -> int:
    """Give k where one 14-mer in k goes into the index of different sequences of these lengths (U,)."""
    return max(1, -(-int(np.maximum(lengths - SEED + 1, 0).sum()) // _INDEX_SIZE))


@njit(cache=True, nogil=True)
def is_simple(word: Any) -> bool:
    """Say whether a 10-mer holds fewer than four different trinucleotides."""
    seen = np.int64(0)
    different = 0
    for _ in range(WORD - 2):
        bit = np.int64(1) << (word & 63)
        if not seen & bit:
            seen |= bit
            different += 1
        word >>= 2
    return different < 4


@njit(cache=True, nogil=True)
def _find_kmers(letters: Letters, ends: Rows) -> tuple[NDArray[np.int32], Rows]:
    """Give the sorted, informative 10-mers of every sequence end to end, and where each sequence's end."""
    mask = (1 << (2 * WORD)) - 1
    words = np.empty(len(letters), dtype=np.int32)
    bounds = np.zeros(len(ends) + 1, dtype=np.int64)
    filled = np.int64(0)
    start = np.int64(0)
    for row in range(len(ends)):
        first, word, run = filled, np.int64(0), 0
        for place in range(start, ends[row]):
            run = 0 if letters[place] == BLANK else run + 1
            word = ((word << 2) | (letters[place] & 3)) & mask
            if run >= WORD and not is_simple(word):
                words[filled] = word
                filled += 1
        words[first:filled].sort()
        bounds[row + 1] = filled
        start = ends[row]
    return words[:filled].copy(), bounds


@njit(cache=True, nogil=True)
def _hash(seed: Any) -> Any:
    """Hash a 14-mer to 24 bits by Fibonacci hashing."""
    return np.int64((np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40))


@njit(cache=True, nogil=True)
def index_seeds(letters: Letters, ends: Rows, keep_one_in: int) -> Rows:
    """Give the kept 14-mers with their rows, as 14-mer * 2**32 + row; those that begin or end simple are left out."""
    mask = (np.int64(1) << (2 * SEED)) - 1
    short = (np.int64(1) << (2 * WORD)) - 1
    index = np.empty(0, dtype=np.int64)
    for count_only in (True, False):  # once to learn the size, once to fill
        filled = np.int64(0)
        start = np.int64(0)
        for row in range(len(ends)):
            seed, run = np.int64(0), 0
            for place in range(start, ends[row]):
                run = 0 if letters[place] == BLANK else run + 1
                seed = ((seed << 2) | np.int64(letters[place] & 3)) & mask
                if run < SEED or _hash(seed) % keep_one_in:
                    continue
                if is_simple(seed & short) or is_simple(seed >> (2 * (SEED - WORD))):
                    continue
                if not count_only:
                    index[filled] = (seed << 32) | row
                filled += 1
            start = ends[row]
        if count_only:
            index = np.empty(filled, dtype=np.int64)
    return index


@njit(cache=True, nogil=True)
def _similar(words: NDArray[np.int32], bounds: Rows, one: int, other: int) -> bool:
    """Count the shared 10-mers of two rows by merging their sorted lists, and compare with the threshold."""
    a, a_end, b, b_end = bounds[one], bounds[one + 1], bounds[other], bounds[other + 1]
    needed = SHARED * max(min(a_end - a, b_end - b), FEWEST)
    shared = 0
    while a < a_end and b < b_end:
        if words[a] == words[b]:
            shared += 1
            a += 1
            b += 1
        elif words[a] < words[b]:
            a += 1
        else:
            b += 1
    return bool(shared >= needed)


@njit(cache=True, nogil=True)
def _root(parents: Rows, row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


@njit(cache=True, nogil=True)
def _join(index: Rows, words: NDArray[np.int32], bounds: Rows, rows: int) -> Rows:
    """Join the rows that share a 14-mer and are similar; gives the root of each row."""
    parents = np.arange(rows)
    low = np.int64(0xFFFFFFFF)
    first = 0
    for place in range(len(index)):
        if index[place] >> 32 != index[first] >> 32:
            first = place
        row = index[place] & low
        for before in range(max(first, place - CROWD), place):
            other = index[before] & low
            one, two = _root(parents, row), _root(parents, other)
            if one != two and _similar(words, bounds, row, other):
                parents[max(one, two)] = min(one, two)
    for row in range(rows):
        parents[row] = _root(parents, row)
    return parents
