"""The compiled loops of ``lib.tokenizers.inner.morfessor_viterbi``, which says what they give and why.

They stand in one file, because numba's cache on disk knows a function by its file: were one of them changed elsewhere,
the others would go on with what it was.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np

from lib.core.alphabet import UNKNOWN
from lib.tokenizers.inner.morfessor_costs import NONE


@cache
def search(short: int) -> Callable[..., Any]:
    """Compile the search for one maximum length of the table.

    It takes the codes of all sequences with their bounds, what an unknown letter costs in each, the costs, and the
    arrays of ids, starts and ends, which it fills; it gives the bounds of the tokens.
    """
    # A whole number as the only variable from outside is what numba's cache can tell apart.

    @numba.njit(cache=True, nogil=True)
    def compiled(codes, bounds, letter_costs, costs, out) -> Any:  # type: ignore[no-untyped-def]
        made = np.zeros(len(bounds), dtype=np.int64)
        most = np.max(bounds[1:] - bounds[:-1])
        best = np.empty(most + 1)
        back = np.empty(most + 1, dtype=np.uint8)
        words = np.empty(most + 1, dtype=np.int64)
        single = np.empty(4)
        table = costs.table
        for row in range(len(bounds) - 1):
            letters = codes[bounds[row] : bounds[row + 1]]
            plain = costs.longest == short
            for code in letters:
                plain &= code != UNKNOWN
            if not plain:
                _beyond(letters, letter_costs[row], costs, best, back)
                made[row + 1] = made[row] + _written(letters, back, made[row], costs, out)
                continue
            for base in range(4):
                single[base] = table[base] if table[base] < np.inf else letter_costs[row]
            best[0] = 0.0
            word = np.int64(0)
            for end in range(1, len(letters) + 1):
                base = np.int64(letters[end - 1])
                word = ((word << 2) | base) & ((np.int64(1) << (2 * short)) - 1)
                words[end] = word
                least, last = np.inf, 1
                for length in range(short, 1, -1):
                    if length <= end:
                        # Its letters are the last 2 length bits; those of its length begin at (4^length - 4) / 3.
                        size = np.int64(1) << (2 * length)
                        total = best[end - length] + table[(size - 4) // 3 + (word & (size - 1))]
                        last = length if total < least else last
                        least = total if total < least else least
                total = best[end - 1] + single[base]
                best[end] = total if total < least else least
                back[end] = 1 if total < least else last
            made[row + 1] = made[row] + _written_plain(words, back, len(letters), made[row], costs.ids, out)
        return made

    return compiled


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _beyond(letters, letter_cost, costs, best, back) -> None:  # type: ignore[no-untyped-def]
    """Find the cost of the best path to each position, and the length of its last construction, without a full table.

    That is for constructions with more letters than the table has, and for sequences with letters other than A, C, G
    and T, which no construction of the lexicon has and which take nothing off a code length.

    The loops are the other way round than in the package, starts outside and lengths inside. A start is reached only
    after all sums that end there were made, and each end still meets its starts from the farthest to the nearest.
    """
    size = len(letters)
    lengths = np.empty(costs.longest + 1)
    best[0] = 0.0
    best[1 : size + 1] = np.inf
    for start in range(size):
        stop = min(costs.longest, size - start)
        length, word = 0, np.int64(0)
        while length < stop and length < costs.short and letters[start + length] != UNKNOWN:
            word = 4 * word + np.int64(letters[start + length])
            length += 1
            cost = costs.table[costs.offsets[length] + word]
            if length == 1 and cost == np.inf:
                cost = letter_cost
            total = best[start] + cost
            if total < best[start + length]:
                best[start + length] = total
                back[start + length] = length
        if length < stop:
            _code_lengths(letters[start : start + stop], length, costs, lengths)
            _longer(letters[start : start + stop], length, letter_cost, costs, (start, best, back, lengths))


@numba.njit(cache=True, nogil=True)
def _code_lengths(letters, done, costs, lengths) -> None:  # type: ignore[no-untyped-def]
    """Compute the code lengths of the constructions from one start that have more than ``done`` letters.

    They are taken down letter by letter side by side, each in the order of its own letters.
    """
    stop = len(letters)
    for length in range(done + 1, stop + 1):
        lengths[length] = costs.bases[length]
    for place in range(stop):
        off = costs.letters[letters[place]]
        for length in range(max(done, place) + 1, stop + 1):
            lengths[length] -= off


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _longer(letters, done, letter_cost, costs, grid) -> None:  # type: ignore[no-untyped-def]
    """Try the constructions from one start that have more than ``done`` letters."""
    start, best, back, lengths = grid
    node = np.int64(0)
    for length in range(1, len(letters) + 1):
        if node != NONE:
            node = np.int64(costs.child[node, letters[length - 1]])
        if length <= done:
            continue
        if node != NONE and costs.node_ids[node] != NONE:
            cost = costs.node_costs[node]
        else:
            cost = costs.opened + (costs.enlarged + lengths[length]) / costs.weight
            if length == 1 and cost == np.inf:
                cost = letter_cost
        total = best[start] + cost
        if total < best[start + length]:
            best[start + length] = total
            back[start + length] = length


@numba.njit(cache=True, nogil=True)
def _pieces(back, size) -> Any:  # type: ignore[no-untyped-def]
    """Count the tokens of the best path."""
    count, end = 0, size
    while end > 0:
        end -= np.int64(back[end])
        count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _written_plain(words, back, size, first, owners, out) -> Any:  # type: ignore[no-untyped-def]
    """Write the tokens of the best path from ``first`` on, and count them; all their letters are A, C, G or T."""
    ids, starts, ends = out
    count, end = _pieces(back, size), size
    for place in range(first + count - 1, first - 1, -1):
        length = np.int64(back[end])
        many = np.int64(1) << (2 * length)
        ids[place], ends[place] = owners[(many - 4) // 3 + (words[end] & (many - 1))], end
        end -= length
        starts[place] = end
    return count


@numba.njit(cache=True, nogil=True)
def _written(letters, back, first, costs, out) -> Any:  # type: ignore[no-untyped-def]
    """Write the tokens of the best path from ``first`` on, and count them."""
    ids, starts, ends = out
    count, end = _pieces(back, len(letters)), len(letters)
    for place in range(first + count - 1, first - 1, -1):
        length = np.int64(back[end])
        ends[place] = end
        end -= length
        starts[place] = end
        ids[place] = _owner(letters, end, length, costs)
    return count


@numba.njit(cache=True, nogil=True)
def _owner(letters, start, length, costs) -> Any:  # type: ignore[no-untyped-def]
    """Give the number of a construction in the lexicon, -1 for an unknown one."""
    if length <= costs.short:
        word = np.int64(0)
        for place in range(start, start + length):
            if letters[place] == UNKNOWN:
                return np.int64(NONE)
            word = 4 * word + np.int64(letters[place])
        return np.int64(costs.ids[costs.offsets[length] + word])
    node = np.int64(0)
    for place in range(start, start + length):
        node = np.int64(costs.child[node, letters[place]])
        if node == NONE:
            return node
    return np.int64(costs.node_ids[node])
