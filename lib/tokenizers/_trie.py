"""Pieces of A C G T as a tree of letters, and the two ways to cut with it: the longest piece, the best-scored pieces.

Both give what Hugging Face ``tokenizers`` gives, ties included, in one pass over the letters of a batch. WordPiece
takes the longest piece from left to right (Schuster and Nakajima 2012, doi:10.1109/ICASSP.2012.6289079), Unigram the
pieces whose scores sum highest (Kudo 2018, doi:10.18653/v1/P18-1007). A letter that no piece describes is a token of
its own, the unknown one.

Why not that library: its WordPiece looks for a piece from the end of the whole word, so that its time grows with the
square of the length (0.36 s for 4,000 nt, here 0.1 ms), and Unigram needs the best way to cut while it is learned.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import UNKNOWN
from lib.tokenizers._letters import join_letters
from lib.tokenizers.token import Encoded

UNKNOWN_PENALTY = 10.0
"""What an unknown letter scores below the lowest score of Unigram, as in Hugging Face ``tokenizers``."""


@dataclass(frozen=True)
class Trie:
    """A tree of letters.

    Parameters
    ----------
    children
        (nodes, 4) the node that each letter leads to, 0 where there is none; the root is node 0.
    pieces
        (nodes,) the number of the piece that ends here, -1 where none does.
    """

    children: NDArray[np.int32]
    pieces: NDArray[np.int32]

    @classmethod
    def of(cls, words: Sequence[str], numbers: Sequence[int]) -> "Trie":
        """Take words of A C G T, each once, and the number of each; one that holds another letter can never be found.

        >>> Trie.of(["A", "AC"], [7, 9]).pieces.tolist()
        [-1, 7, 9]
        """
        codes, bounds = join_letters(words)
        children, pieces = _plant(codes, bounds, np.array(numbers, dtype=np.int32))
        return cls(children, pieces)


def longest(codes: NDArray[np.uint8], bounds: NDArray[np.int64], tries: tuple[Trie, Trie], unknown: int) -> Encoded:
    """Take the longest piece from left to right, as WordPiece does.

    Parameters
    ----------
    codes, bounds
        What ``join_letters`` gives.
    tries
        The pieces that begin a word, and those that go on with it; a word ends where the letters A C G T do.
    unknown
        Id of letters that no piece describes.
    """
    first, rest = tries
    found = _longest(codes, bounds, first.children, first.pieces, rest.children, rest.pieces, unknown)
    return _encode(*found)


def best(
    codes: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    trie: Trie,
    scores: NDArray[np.float64],
    unknown: int,
    penalty: float,
) -> Encoded:
    """Take the pieces whose scores sum highest, as Unigram does; of equal sums the one whose last piece is longer.

    Parameters
    ----------
    codes, bounds
        What ``join_letters`` gives.
    scores
        (V,) the score of each piece, by its number in the trie.
    unknown, penalty
        Id and score of a letter that is no piece.
    """
    return _encode(*_best(codes, bounds, trie.children, trie.pieces, scores, unknown, penalty))


def _encode(
    ids: NDArray[np.int32], starts: NDArray[np.int32], ends: NDArray[np.int32], counts: NDArray[np.int64]
) -> Encoded:
    return Encoded(ids, starts, ends, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


@numba.njit(cache=True, nogil=True)
def _plant(codes, bounds, numbers):  # type: ignore[no-untyped-def]
    children = np.zeros((len(codes) + 1, 4), dtype=np.int32)
    pieces = np.full(len(codes) + 1, -1, dtype=np.int32)
    used = 1
    for row in range(len(bounds) - 1):
        node, known = 0, bounds[row] < bounds[row + 1]
        for place in range(bounds[row], bounds[row + 1]):
            code = codes[place]
            if code == UNKNOWN:
                known = False
                break
            if children[node, code] == 0:
                children[node, code] = used
                used += 1
            node = children[node, code]
        if known:
            pieces[node] = numbers[row]
    return children[:used].copy(), pieces[:used].copy()


@numba.njit(cache=True, nogil=True)
def _longest(codes, bounds, first_children, first_pieces, rest_children, rest_pieces, unknown):  # type: ignore[no-untyped-def]
    ids = np.empty(len(codes), dtype=np.int32)
    starts, ends = np.empty(len(codes), dtype=np.int32), np.empty(len(codes), dtype=np.int32)
    counts = np.zeros(len(bounds) - 1, dtype=np.int64)
    used = 0
    for row in range(len(bounds) - 1):
        start, stop, begins = bounds[row], bounds[row + 1], True
        while start < stop:
            children, pieces = (first_children, first_pieces) if begins else (rest_children, rest_pieces)
            node, place, end, number = 0, start, start, -1
            while place < stop and codes[place] != UNKNOWN:
                node = children[node, codes[place]]
                if node == 0:
                    break
                place += 1
                if pieces[node] >= 0:
                    end, number = place, pieces[node]
            begins = codes[start] == UNKNOWN
            if number < 0:
                end, number = start + 1, unknown
            ids[used], starts[used], ends[used] = number, start - bounds[row], end - bounds[row]
            used += 1
            counts[row] += 1
            start = end
    return ids[:used].copy(), starts[:used].copy(), ends[:used].copy(), counts


@numba.njit(cache=True, nogil=True)
def _best(codes, bounds, children, pieces, scores, unknown, penalty):  # type: ignore[no-untyped-def]
    ids = np.empty(len(codes), dtype=np.int32)
    starts, ends = np.empty(len(codes), dtype=np.int32), np.empty(len(codes), dtype=np.int32)
    counts = np.zeros(len(bounds) - 1, dtype=np.int64)
    widest = 0
    for row in range(len(bounds) - 1):
        widest = max(widest, bounds[row + 1] - bounds[row])
    sums = np.empty(widest + 1, dtype=np.float64)
    before = np.empty(widest + 1, dtype=np.int64)
    last = np.empty(widest + 1, dtype=np.int32)
    used = 0
    for row in range(len(bounds) - 1):
        size, low = bounds[row + 1] - bounds[row], bounds[row]
        before[: size + 1] = -1
        sums[0] = 0.0
        for start in range(size):
            node, single = 0, False
            for end in range(start + 1, size + 1):
                code = codes[low + end - 1]
                if code == UNKNOWN:
                    break
                node = children[node, code]
                if node == 0:
                    break
                number = pieces[node]
                if number >= 0:
                    single = single or end == start + 1
                    found = scores[number] + sums[start]
                    if before[end] < 0 or found > sums[end]:
                        sums[end], before[end], last[end] = found, start, number
            if not single:
                found = penalty + sums[start]
                if before[start + 1] < 0 or found > sums[start + 1]:
                    sums[start + 1], before[start + 1], last[start + 1] = found, start, unknown
            if codes[low + start] == UNKNOWN:
                sums[start + 1] = 0.0  # nothing reaches over such a letter, so each side is scored alone
        end, many = size, 0
        while end > 0:
            many += 1
            end = before[end]
        end, place = size, used + many
        while end > 0:
            place -= 1
            ids[place], starts[place], ends[place] = last[end], before[end], end
            end = before[end]
        used += many
        counts[row] = many
    return ids[:used].copy(), starts[:used].copy(), ends[:used].copy(), counts
