"""The Viterbi search of Morfessor Baseline; it gives what ``BaselineModel.viterbi_segment`` of the package gives.

Why it is identical, ties included. The package fills the positions t = 1, 2, ... of a sequence; for each it tries the
starts of the last construction from the farthest to the nearest, adds the cost of that construction to the cost of the
best path to its start, and keeps the first start whose sum is smaller than all before: of equal sums that of the
farthest start. Here the same sums are compared, and the farthest of equal ones is kept as well. The sums are the same
to the last bit, because the costs are (``lib.tokenizers._morfessor_costs``), and because the compiled code
(``search``) does one addition, subtraction, division or comparison of doubles at a time: there is no product
that a compiler could fuse with a sum, and no fast mathematics that could reorder them. A sum is left out only where a
lower bound of it already exceeds the least.

Why it is fast. The cost of a construction is one look into a table, at its letters read in base 4, which a few bits of
a running number give for every length at once; and the loop over the lengths is compiled for the one maximum length
that is in use, so that it is unrolled and needs no jumps.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numba
import numpy as np

from lib.core.alphabet import UNKNOWN
from lib.core.arrays import FloatArray
from lib.tokenizers._letters import join_letters
from lib.tokenizers._morfessor_costs import NONE, Costs
from lib.tokenizers.token import Encoded


@cache
def search(short: int, *, beyond: bool) -> Callable[..., Any]:
    """Compile the search for one maximum length of the table; ``beyond`` where longer constructions may be used.

    It takes the codes of all sequences with their bounds, what an unknown letter costs in each, the costs, and the
    arrays of ids, starts and ends, which it fills; it gives the bounds of the tokens.
    """
    # Not cached on disk: two processes that compile it for two lengths at the same time give both files the same name,
    # and one of them would then run with the length of the other. Compiling takes seconds, once a process.

    @numba.njit(nogil=True)
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
            plain = True
            for code in letters:
                plain &= code != UNKNOWN
            if not plain:
                _with_others(letters, letter_costs[row], costs, best, back)
                made[row + 1] = made[row] + _write(letters, back, made[row], costs, out)
                continue
            for base in range(4):
                single[base] = table[base] if table[base] < np.inf else letter_costs[row]
            best[0] = 0.0
            word = np.int64(0)
            for end in range(1, len(letters) + 1):
                letter = np.int64(letters[end - 1])
                word = ((word << 2) | letter) & ((np.int64(1) << (2 * short)) - 1)
                words[end] = word
                least, last = np.inf, 1
                for length in range(short, 1, -1):
                    if length <= end:
                        # Its letters are the last 2 length bits; those of its length begin at (4^length - 4) / 3.
                        size = np.int64(1) << (2 * length)
                        total = best[end - length] + table[(size - 4) // 3 + (word & (size - 1))]
                        last = length if total < least else last
                        least = total if total < least else least
                total = best[end - 1] + single[letter]
                last = 1 if total < least else last
                least = total if total < least else least
                if beyond and end > short:
                    least, last = _farther(letters[:end], (short, least, last), np.inf, costs, best)
                best[end], back[end] = least, last
            if beyond:
                made[row + 1] = made[row] + _write(letters, back, made[row], costs, out)
            else:
                made[row + 1] = made[row] + _write_plain(words, back, len(letters), made[row], costs.ids, out)
        return made

    return compiled


@numba.njit(cache=True, nogil=True)
def _with_others(letters, letter_cost, costs, best, back) -> None:  # type: ignore[no-untyped-def]
    """Find the best paths through a sequence with letters other than A, C, G and T, which no construction has.

    The starts are tried from the nearest to the farthest, and a sum that equals the least so far takes its place: so
    the farthest of equal ones is kept, as it is by the package, which meets it first.
    """
    best[0] = 0.0
    for end in range(1, len(letters) + 1):
        least, last, word, length = np.inf, 1, np.int64(0), 1
        while length <= min(costs.short, end) and letters[end - length] != UNKNOWN:
            word |= np.int64(letters[end - length]) << (2 * (length - 1))
            cost = costs.table[costs.offsets[length] + word]
            total = best[end - length] + (letter_cost if length == 1 and cost == np.inf else cost)
            if total <= least:
                least, last = total, length
            length += 1
        best[end], back[end] = _farther(letters[:end], (length - 1, least, last), letter_cost, costs, best)


@numba.njit(nogil=True, error_model="numpy")
def _farther(letters, nearer, letter_cost, costs, best) -> Any:  # type: ignore[no-untyped-def]
    """Try the constructions at the end of ``letters`` that are in no table, given the best of those that are shorter.

    They have more letters than the table, or a letter other than A, C, G and T, which takes nothing off a code length.
    Starts go from the nearest to the farthest as above. The code length of an unknown construction is worked out, in
    the order of its letters, only where the least that any of its length can cost could still make the least sum.
    """
    done, least, last = nearer
    end, node = len(letters), np.int64(0)
    for length in range(1, min(costs.longest, end) + 1):
        start = end - length
        if node != NONE:
            node = np.int64(costs.child[node, letters[start]])
        if length <= done:
            continue
        if node != NONE and costs.node_ids[node] != NONE:
            cost = costs.node_costs[node]
        elif best[start] + costs.floors[length] > least:
            continue
        else:
            code_length = costs.bases[length]
            for place in range(start, end):
                code_length -= costs.letters[letters[place]]
            cost = costs.opened + (costs.enlarged + code_length) / costs.weight
            if length == 1 and cost == np.inf:
                cost = letter_cost
        total = best[start] + cost
        if total <= least:
            least, last = total, length
    return least, last


@numba.njit(cache=True, nogil=True)
def _pieces(back, size) -> Any:  # type: ignore[no-untyped-def]
    """Count the tokens of the best path."""
    count, end = 0, size
    while end > 0:
        end -= np.int64(back[end])
        count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _write_plain(words, back, size, first, owners, out) -> Any:  # type: ignore[no-untyped-def]
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
def _write(letters, back, first, costs, out) -> Any:  # type: ignore[no-untyped-def]
    """Write the tokens of the best path from ``first`` on, and count them."""
    ids, starts, ends = out
    count, end = _pieces(back, len(letters)), len(letters)
    for place in range(first + count - 1, first - 1, -1):
        length = int(back[end])
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
    for place in range(start + length - 1, start - 1, -1):
        node = np.int64(costs.child[node, letters[place]])
        if node == NONE:
            return node
    return np.int64(costs.node_ids[node])


_BLOCK = 1 << 18  # letters searched at once: its arrays stay in the cache of a processor


def segment(sequences: Sequence[str], costs: Costs, letter_costs: FloatArray) -> Encoded:
    """Cut N sequences; the ids are numbers in the lexicon, -1 for unknown constructions.

    Parameters
    ----------
    letter_costs
        (N,) what an unknown letter costs in each sequence if there is no smoothing.
    """
    compiled = search(costs.short, beyond=costs.longest > costs.short)
    blocks = _blocks(sequences)
    most = max((sum(map(len, sequences[first:last])) for first, last in blocks), default=0)
    out = tuple(np.empty(most, dtype=np.int32) for _ in range(3))
    parts = []
    for first, last in blocks:
        codes, bounds = join_letters(sequences[first:last])
        made = compiled(codes, bounds, letter_costs[first:last], costs, out)
        ids, starts, ends = (array[: made[-1]].copy() for array in out)
        parts.append(Encoded(ids, starts, ends, made))
    return Encoded.join(parts)


def _blocks(sequences: Sequence[str]) -> list[tuple[int, int]]:
    """Give runs of whole sequences that have about ``_BLOCK`` letters each."""
    found, first, letters = [], 0, 0
    for number, sequence in enumerate(sequences):
        letters += len(sequence)
        if letters >= _BLOCK or number == len(sequences) - 1:
            found.append((first, number + 1))
            first, letters = number + 1, 0
    return found
