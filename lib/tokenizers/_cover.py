"""Covers of sequences by weighted words, compiled: the heaviest of all, or the strongest words first.

The words stand in a tree of letters, so that all words that begin at a position are found in one walk, whatever their
lengths. Weights are whole numbers, which add up to the same sum in every order: 0.1 + 0.2 ties with 0.3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import UNKNOWN
from lib.tokenizers._letters import join_letters
from lib.tokenizers.token import Encoded

_LARGEST = 2**40  # of a weight; eight million of them still add up within 63 bits


@dataclass(frozen=True)
class Tree:
    """Weighted words as a tree of letters.

    Parameters
    ----------
    children
        (nodes, 4) node that each letter leads to, 0 where none; node 0 is the root.
    words
        (nodes,) place of the word that ends at each node, -1 where none does.
    weights
        (V,) weight of each word, 1 to 2^40: its value times a power of ten.
    ranks
        (V,) place of each word among the strongest: by weight, then by length; equal ones share a rank.
    """

    children: NDArray[np.int32]
    words: NDArray[np.int32]
    weights: NDArray[np.int64]
    ranks: NDArray[np.int64]

    @classmethod
    def of(cls, words: Sequence[str], values: NDArray[np.float64]) -> "Tree":
        """Take V words of A C G T, each once, with positive values.

        Raises
        ------
        ValueError
            If a word is empty or has another letter, or a value is not positive.
        """
        codes, bounds = join_letters(words)
        if (codes == UNKNOWN).any() or not (values > 0).all() or not (np.diff(bounds) > 0).all():
            raise ValueError("not words of A C G T with positive values")
        scale = 10.0 ** np.floor(np.log10(_LARGEST / values.max()))
        weights = np.maximum(np.rint(values * scale), 1).astype(np.int64)
        order = np.lexsort((-np.diff(bounds), -weights))
        sorted_weights, sorted_lengths = weights[order], np.diff(bounds)[order]
        steps = (np.diff(sorted_weights) != 0) | (np.diff(sorted_lengths) != 0)
        ranks = np.empty(len(words), dtype=np.int64)
        ranks[order] = np.concatenate([[0], np.cumsum(steps)])
        children, ends = _grow(codes, bounds)
        return cls(children, ends, weights, ranks)


def cover(
    codes: NDArray[np.uint8], bounds: NDArray[np.int64], tree: Tree, ids: NDArray[np.int32], *, greedy: bool
) -> Encoded:
    """Cut N sequences into words that do not overlap, and single letters elsewhere.

    Parameters
    ----------
    codes, bounds
        What ``join_letters`` gives.
    ids
        (V + 5,) id of each word, then of A, C, G, T and any other letter.
    greedy
        Place the strongest words first instead of finding the heaviest cover.
    """
    chosen = (_greedy if greedy else _heaviest)(codes, bounds, tree.children, tree.words, tree.weights, tree.ranks)
    return Encoded(*_cut(codes, bounds, chosen[0], chosen[1], ids, len(tree.weights)))


@numba.njit(cache=True, nogil=True)
def _grow(codes, bounds):  # type: ignore[no-untyped-def]
    children = np.zeros((len(codes) + 1, 4), dtype=np.int32)
    words = np.full(len(codes) + 1, -1, dtype=np.int32)
    count = 1
    for word in range(len(bounds) - 1):
        node = 0
        for position in range(bounds[word], bounds[word + 1]):
            if children[node, codes[position]] == 0:
                children[node, codes[position]] = count
                count += 1
            node = children[node, codes[position]]
        words[node] = word
    return children[:count].copy(), words[:count].copy()


@numba.njit(cache=True, nogil=True)
def _heaviest(codes, bounds, children, words, weights, ranks):  # type: ignore[no-untyped-def]
    """Choose the word and the length of the token at each position, from the end; the longer one where sums tie."""
    chosen = np.full(len(codes), -1, dtype=np.int32)
    lengths = np.ones(len(codes), dtype=np.int32)
    longest = 0
    for row in range(len(bounds) - 1):
        longest = max(longest, bounds[row + 1] - bounds[row])
    best = np.zeros(longest + 1, dtype=np.int64)  # of the letters from each position on
    for row in range(len(bounds) - 1):
        low, high = bounds[row], bounds[row + 1]
        best[high - low] = 0
        for start in range(high - 1, low - 1, -1):
            largest, node = best[start + 1 - low], 0
            for position in range(start, high):
                if codes[position] == UNKNOWN:
                    break
                node = children[node, codes[position]]
                if node == 0:
                    break
                if words[node] >= 0:
                    total = weights[words[node]] + best[position + 1 - low]
                    if total >= largest:
                        largest = total
                        chosen[start], lengths[start] = words[node], position + 1 - start
            best[start - low] = largest
    return chosen, lengths


@numba.njit(cache=True, nogil=True)
def _greedy(codes, bounds, children, words, weights, ranks):  # type: ignore[no-untyped-def]
    """Place the words by rank and, within a rank, from the start; -2 marks letters inside a word."""
    chosen = np.full(len(codes), -1, dtype=np.int32)
    lengths = np.ones(len(codes), dtype=np.int32)
    spans = np.empty(len(ranks), dtype=np.int64)  # letters of the words of each rank
    keys, count = np.empty(64, np.int64), 0
    for row in range(len(bounds) - 1):
        low, high = bounds[row], bounds[row + 1]
        count = 0
        for start in range(low, high):
            node = 0
            for position in range(start, high):
                if codes[position] == UNKNOWN:
                    break
                node = children[node, codes[position]]
                if node == 0:
                    break
                if words[node] >= 0:
                    if count == len(keys):
                        keys = np.concatenate((keys, np.empty(count, np.int64)))
                    rank = ranks[words[node]]
                    keys[count] = rank << 32 | (start - low)
                    spans[rank] = position + 1 - start
                    count += 1
        keys[:count].sort()
        for hit in range(count):
            rank, start = keys[hit] >> 32, low + (keys[hit] & 0xFFFFFFFF)
            free = True
            for position in range(start, start + spans[rank]):
                if chosen[position] != -1:
                    free = False
                    break
            if free:
                node = 0
                for position in range(start, start + spans[rank]):
                    node = children[node, codes[position]]
                    chosen[position] = -2
                chosen[start], lengths[start] = words[node], spans[rank]
    return chosen, lengths


@numba.njit(cache=True, nogil=True)
def _cut(codes, bounds, chosen, lengths, ids, letters):  # type: ignore[no-untyped-def]
    """Collect the tokens of each sequence from its start."""
    out = np.zeros(len(bounds), dtype=np.int64)
    for row in range(len(bounds) - 1):
        position = bounds[row]
        while position < bounds[row + 1]:
            out[row + 1] += 1
            position += lengths[position]
        out[row + 1] += out[row]
    numbers, starts, ends = np.empty(out[-1], np.int32), np.empty(out[-1], np.int32), np.empty(out[-1], np.int32)
    place = 0
    for row in range(len(bounds) - 1):
        position = bounds[row]
        while position < bounds[row + 1]:
            numbers[place] = ids[chosen[position]] if chosen[position] >= 0 else ids[letters + codes[position]]
            starts[place] = position - bounds[row]
            position += lengths[position]
            ends[place] = position - bounds[row]
            place += 1
    return numbers, starts, ends, out
