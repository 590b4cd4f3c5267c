"""Which sequences have a close neighbour in another group of sequences, such as the training part.

The rule is that of ``lib.datasets.homology``, and so are the pairs that are compared: a split by similarity leaves no
close neighbours between its parts. Similarity is not handed on here: a sequence needs a similar one in the group
itself.

Only some sequences are asked about, and the index holds the 14-mers of these alone, so that a few thousand of a million
are answered in little more than the time of reading the million once. Candidates are verified in the order of how many
14-mers they share, at most ``TRIED`` for each sequence, which bounds the work where thousands share a repeat.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from lib.core.arrays import as_arrow, letters_of
from lib.datasets.homology import (
    BLANK,
    CODES,
    CROWD,
    FEWEST,
    SEED,
    SHARED,
    WORD,
    Letters,
    Rows,
    index_seeds,
    is_simple,
    thinning,
)

Bits = NDArray[np.uint8]
TRIED = 32
"""Candidates that a sequence is compared with at most."""
FACTOR = np.uint64(0x9E3779B97F4A7C15)
_BLOCK = 4_000_000  # letters that are read at a time
_SPARSE, _LARGEST = 64, 2**27  # bits of the filter: for each 14-mer, and in all
_ROW = 0xFFFFFFFF
_THREADS = min(4, os.cpu_count() or 1)


class SequenceIndex:
    """N sequences as bytes end to end, numbered so that identical ones share a number.

    Parameters
    ----------
    sequences
        (N,) texts.
    """

    def __init__(self, sequences: Sequence[str] | NDArray[Any] | pa.LargeStringArray) -> None:
        letters, bounds = letters_of(as_arrow(sequences))
        self.letters: Letters = letters
        self.bounds: Rows = bounds
        self.lengths: Rows = np.diff(self.bounds)
        self.numbers: Rows = pd.factorize(_hashes(self.letters, self.bounds))[0].astype(np.int64)
        """(N,) from 0 in the order of the first of each."""
        self.first: Rows = np.flatnonzero(np.diff(np.maximum.accumulate(self.numbers), prepend=-1))
        """(U,) row of the first sequence with each number."""

    def find_neighbours(self, groups: NDArray[np.integer], asked: NDArray[np.integer]) -> Bits:
        """Say in which groups some sequences have a close neighbour or an identical sequence.

        Parameters
        ----------
        groups
            (N,) number of the group of each, from 0 to 7.
        asked
            (Q,) rows that are asked about; for each only groups of lower numbers are looked at.

        Returns
        -------
        Bits
            (Q,), bit g for group g.
        """
        if not len(asked):
            return np.empty(0, dtype=np.uint8)
        groups = groups.astype(np.uint8)
        lower = (np.uint8(1) << groups[asked]) - np.uint8(1)
        masks = np.zeros(len(self.first), dtype=np.uint8)
        np.bitwise_or.at(masks, self.numbers, np.uint8(1) << groups)
        numbers, which = np.unique(self.numbers[asked], return_inverse=True)
        wanted = np.zeros(len(numbers), dtype=np.uint8)
        np.bitwise_or.at(wanted, which, lower)
        index, own = self._index(numbers)
        owners = np.searchsorted(numbers, own & _ROW)
        order = np.argsort(owners, kind="stable")
        places, ends = np.searchsorted(index, own)[order], np.cumsum(np.bincount(owners, minlength=len(numbers)))
        queries = np.stack([numbers, wanted, ends], axis=1)
        found = _search(index, places, queries, masks, self.letters, self.bounds, self.first)
        answer: Bits = found[which] & lower
        return answer

    def _index(self, numbers: Rows) -> tuple[Rows, Rows]:
        """Find the 14-mers of some sequences in all.

        Returns
        -------
        tuple
            Wherever they stand, and a few others, as 14-mer * 2**32 + number of the sequence, sorted; and those of the
            sequences themselves, sorted, each once.
        """
        rows = self.first[numbers]
        letters = np.concatenate([CODES[self.letters[self.bounds[row] : self.bounds[row + 1]]] for row in rows])
        own = index_seeds(letters, np.cumsum(self.lengths[rows]), thinning(self.lengths[self.first]))
        own = (own & ~_ROW) | numbers[own & _ROW]
        own.sort()
        own = own[np.diff(own, prepend=-1) > 0]
        kept = _filter(own >> 32, 1 << (int(np.clip(_SPARSE * len(own), 2**10, _LARGEST)) - 1).bit_length())
        cuts = np.searchsorted(self.bounds, np.arange(0, len(self.letters) + _BLOCK, _BLOCK), side="right") - 1
        cuts = np.unique(np.concatenate([[0], cuts, [len(self.bounds) - 1]]))
        with ThreadPoolExecutor(_THREADS) as pool:
            read = pool.map(
                lambda span: _read(self.letters, self.bounds, span[0], span[1], kept), pairwise(cuts.tolist())
            )
            index: Rows = np.concatenate(list(read))
        rows = index & _ROW
        known = self.numbers[rows]
        index = (index - rows + known)[self.first[known] == rows]
        index.sort()
        return index, own


def load() -> None:
    """Load what is compiled, so that it is there when it is needed."""
    SequenceIndex(["ACGTTGCAAC" * 2, "ACGTTGCAAC" * 2 + "A"]).find_neighbours(np.array([0, 1]), np.array([1]))


@njit(cache=True, nogil=True)
def _hashes(letters: Letters, bounds: Rows) -> NDArray[np.uint64]:
    """Hash each sequence to 64 bits, eight bytes at a time."""
    found = np.empty(len(bounds) - 1, dtype=np.uint64)
    half = np.uint64(32)
    for row in range(len(found)):
        hashed = np.uint64(bounds[row + 1] - bounds[row]) * FACTOR
        for place in range(bounds[row], bounds[row + 1], 8):
            chunk = np.uint64(0)
            for at in range(place, min(place + 8, bounds[row + 1])):
                chunk = (chunk << np.uint64(8)) | np.uint64(letters[at])
            hashed = (hashed ^ chunk) * FACTOR
            hashed ^= hashed >> half
        found[row] = hashed
    return found


@njit(cache=True, nogil=True)
def _filter(seeds: Rows, size: int) -> Bits:
    """Set a bit for each 14-mer, by its hash; ``size`` is a power of two of bits."""
    kept = np.zeros(size >> 3, dtype=np.uint8)
    for seed in seeds:
        at = np.int64((np.uint64(seed) * FACTOR) >> np.uint64(37)) & (size - 1)
        kept[at >> 3] |= np.uint8(1 << (at & 7))
    return kept


@njit(cache=True, nogil=True)
def _read(letters: Letters, bounds: Rows, begin: int, end: int, kept: Bits) -> Rows:
    """Give the 14-mers of rows from ``begin`` to ``end`` that pass the filter, as 14-mer * 2**32 + row."""
    mask = (np.int64(1) << (2 * SEED)) - 1
    most = 8 * len(kept) - 1
    found = np.empty(bounds[end] - bounds[begin], dtype=np.int64)
    filled = 0
    for row in range(begin, end):
        seed, run = np.int64(0), 0
        for place in range(bounds[row], bounds[row + 1]):
            code = CODES[letters[place]]
            run = 0 if code == BLANK else run + 1
            seed = ((seed << 2) | np.int64(code & 3)) & mask
            at = np.int64((np.uint64(seed) * FACTOR) >> np.uint64(37)) & most
            if run >= SEED and (kept[at >> 3] >> (at & 7)) & 1:
                found[filled] = (seed << 32) | row
                filled += 1
    return found[:filled].copy()


@njit(cache=True, nogil=True)
def _search(index: Rows, places: Rows, queries: Rows, masks: Bits, letters: Letters, bounds: Rows, first: Rows) -> Bits:
    """Look for a neighbour of each query in each group that is wanted of it, as bits, (Q,).

    Parameters
    ----------
    index, places
        The sorted 14-mers, and where in it those of the queries stand, one query after the other.
    queries
        (Q, 3): number, groups that are asked about as bits, and where its places end.
    masks, letters, bounds, first
        (U,) groups of the sequences with each number, as bits; all letters, where each of N sequences begins, and the
        (U,) first sequence with each number.
    """
    found = np.zeros(len(queries), dtype=np.uint8)
    shared = np.zeros(len(masks), dtype=np.int64)
    candidates = np.empty(len(masks), dtype=np.int64)
    table = np.zeros(1 << (2 * WORD), dtype=np.int32)
    start = np.int64(0)
    for query in range(len(queries)):
        mine, wanted, end = queries[query]
        seen = np.int64(masks[mine])
        count = 0
        if wanted & ~seen:
            count = _gather(index, places[start:end], masks, wanted & ~seen, shared, candidates)
        if count:
            own = letters[bounds[first[mine]] : bounds[first[mine] + 1]]
            words = _count_words(own, table, 1)
            left, tried = count, 0
            while left and tried < TRIED and wanted & ~seen:
                best = 0
                for place in range(1, left):
                    if shared[candidates[place]] > shared[candidates[best]]:
                        best = place
                number = candidates[best]
                left -= 1
                candidates[best], candidates[left] = candidates[left], number
                if masks[number] & wanted & ~seen:
                    tried += 1
                    theirs = letters[bounds[first[number]] : bounds[first[number] + 1]]
                    if _is_similar(theirs, table, words):
                        seen |= masks[number]
            _count_words(own, table, -1)
            for place in range(count):
                shared[candidates[place]] = 0
        found[query] = seen
        start = end
    return found


@njit(cache=True, nogil=True)
def _gather(index: Rows, places: Rows, masks: Bits, wanted: int, shared: Rows, candidates: Rows) -> int:
    """List the sequences of wanted groups that share 14-mers with a query, and count them.

    ``shared`` is raised by the 14-mers that each shares; one that few sequences have counts more.
    """
    count = 0
    for place in places:
        seed = index[place] >> 32
        first, last = place, place + 1
        while first > max(0, place - CROWD) and index[first - 1] >> 32 == seed:
            first -= 1
        while last < min(len(index), place + CROWD + 1) and index[last] >> 32 == seed:
            last += 1
        for other in range(first, last):
            number = index[other] & np.int64(0xFFFFFFFF)
            if masks[number] & wanted:
                if not shared[number]:
                    candidates[count] = number
                    count += 1
                shared[number] += 2 * CROWD + 2 - (last - first)
    return count


@njit(cache=True, nogil=True)
def _count_words(letters: Letters, table: NDArray[np.int32], change: int) -> int:
    """Count the informative 10-mers of a sequence, and add ``change`` to the entry of each in a table of all."""
    mask = (np.int64(1) << (2 * WORD)) - 1
    count, run, word = 0, 0, np.int64(0)
    for letter in letters:
        code = CODES[letter]
        run = 0 if code == BLANK else run + 1
        word = ((word << 2) | np.int64(code & 3)) & mask
        if run >= WORD and not is_simple(word):
            table[word] += change
            count += 1
    return count


@njit(cache=True, nogil=True)
def _is_similar(letters: Letters, table: NDArray[np.int32], words: int) -> bool:
    """Say whether a sequence is similar to the one whose 10-mers are in the table, ``words`` in number."""
    mask = (np.int64(1) << (2 * WORD)) - 1
    taken = np.empty(len(letters), dtype=np.int64)
    shared, run, word = 0, 0, np.int64(0)
    for letter in letters:
        code = CODES[letter]
        run = 0 if code == BLANK else run + 1
        word = ((word << 2) | np.int64(code & 3)) & mask
        if run >= WORD and table[word] > 0:
            table[word] -= 1
            taken[shared] = word
            shared += 1
    for place in range(shared):
        table[taken[place]] += 1
    if shared < SHARED * FEWEST or shared >= SHARED * max(words, FEWEST):
        return bool(shared >= SHARED * FEWEST)
    return bool(shared >= SHARED * max(min(words, _count_words(letters, table, 0)), FEWEST))
