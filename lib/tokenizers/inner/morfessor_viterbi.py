"""The Viterbi search of Morfessor Baseline, compiled; it gives what ``BaselineModel.viterbi_segment`` gives.

Why it is identical, ties included. The package fills the positions t = 1, 2, ... of a sequence; for each it tries the
starts of the last construction from the farthest to the nearest, adds the cost of that construction to the cost of the
best path to its start, and keeps the first start whose sum is smaller than all before. Here the loops are the other way
round, starts outside and lengths inside: a start is reached only after all its own sums are made, and each t still
meets its starts from the farthest to the nearest, with the same ``<``. So the same sums are compared in the same order.
The sums are the same to the last bit, because the costs are (``lib.tokenizers.inner.morfessor_costs``), and because
this module does nothing but one addition, subtraction, division or comparison of doubles at a time: there is no product
that a compiler could fuse with a sum, and no fast mathematics that could reorder them.
"""

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np

from lib.core.alphabet import UNKNOWN
from lib.data.dataset import FloatArray
from lib.tokenizers.inner.letters import joined
from lib.tokenizers.inner.morfessor_costs import NONE, TABLE, Costs
from lib.tokenizers.token import Encoded

_INFINITE = np.inf
_BLOCK = 1 << 22  # letters searched at once; bounds the memory beside the result


def segment(sequences: Sequence[str], costs: Costs, letter_costs: FloatArray) -> Encoded:
    """Cut N sequences; the ids are numbers in the lexicon, -1 for unknown constructions.

    Parameters
    ----------
    letter_costs
        (N,) what an unknown letter costs in each sequence if there is no smoothing.
    """
    parts = []
    for first, last in _blocks(sequences):
        codes, bounds = joined(sequences[first:last])
        ids, starts, ends = (np.empty(len(codes), dtype=np.int32) for _ in range(3))
        made = _search(codes, bounds, letter_costs[first:last], costs, (ids, starts, ends))
        total = made[-1]
        parts.append(Encoded(ids[:total].copy(), starts[:total].copy(), ends[:total].copy(), made))
    return Encoded.joined(parts)


def _blocks(sequences: Sequence[str]) -> list[tuple[int, int]]:
    """Give runs of whole sequences that have about ``_BLOCK`` letters each."""
    found, first, letters = [], 0, 0
    for number, sequence in enumerate(sequences):
        letters += len(sequence)
        if letters >= _BLOCK or number == len(sequences) - 1:
            found.append((first, number + 1))
            first, letters = number + 1, 0
    return found


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _search(codes, bounds, letter_costs, costs, out) -> Any:  # type: ignore[no-untyped-def]
    rows = len(bounds) - 1
    made = np.zeros(rows + 1, dtype=np.int64)
    most = 0
    for row in range(rows):
        most = max(most, bounds[row + 1] - bounds[row])
    best = np.empty(most + 1)
    back = np.empty(most + 1, dtype=np.int32)
    lengths = np.empty(costs.longest + 1)
    short = min(costs.longest, TABLE)
    for row in range(rows):
        here = codes[bounds[row] : bounds[row + 1]]
        size = len(here)
        best[0] = 0.0
        best[1 : size + 1] = _INFINITE
        for start in range(size):
            reached = best[start]
            stop = min(costs.longest, size - start)
            length, word = 0, 0
            while length < stop and length < short and here[start + length] != UNKNOWN:
                word = 4 * word + here[start + length]
                length += 1
                cost = costs.table[costs.offsets[length] + word]
                if length == 1 and cost == _INFINITE:
                    cost = letter_costs[row]
                total = reached + cost
                if total < best[start + length]:
                    best[start + length] = total
                    back[start + length] = start
            if length < stop:
                _longer(here[start : start + stop], length, letter_costs[row], costs, (start, best, back, lengths))
        made[row + 1] = made[row] + _trace(here, back, made[row], costs, out)
    return made


@numba.njit(cache=True, nogil=True, error_model="numpy")
def _longer(letters, done, letter_cost, costs, grid) -> None:  # type: ignore[no-untyped-def]
    """Try the constructions with more than ``done`` letters: those beyond the table, or with a letter other than ACGT.

    The code lengths of all of them are taken down letter by letter side by side, each in the order of its letters.
    """
    start, best, back, lengths = grid
    stop = len(letters)
    for length in range(done + 1, stop + 1):
        lengths[length] = costs.bases[length]
    for place in range(stop):
        off = costs.letters[letters[place]]
        for length in range(max(done, place) + 1, stop + 1):
            lengths[length] -= off
    node = 0
    for length in range(1, stop + 1):
        if node != NONE:
            node = costs.child[node, letters[length - 1]]
        if length <= done:
            continue
        if node != NONE and costs.node_ids[node] != NONE:
            cost = costs.node_costs[node]
        else:
            cost = costs.opened + (costs.enlarged + lengths[length]) / costs.weight
            if length == 1 and cost == _INFINITE:
                cost = letter_cost
        total = best[start] + cost
        if total < best[start + length]:
            best[start + length] = total
            back[start + length] = start


@numba.njit(cache=True, nogil=True)
def _trace(letters, back, first, costs, out) -> Any:  # type: ignore[no-untyped-def]
    """Follow the best path back, write its tokens from ``first`` on, and count them."""
    ids, starts, ends = out
    count, end = 0, len(letters)
    while end > 0:
        end = back[end]
        count += 1
    end = len(letters)
    for place in range(first + count - 1, first - 1, -1):
        start = back[end]
        ids[place], starts[place], ends[place] = _owner(letters[start:end], costs), start, end
        end = start
    return count


@numba.njit(cache=True, nogil=True)
def _owner(word, costs) -> Any:  # type: ignore[no-untyped-def]
    """Give the number of a construction in the lexicon, -1 for an unknown one."""
    number, node = 0, 0
    if len(word) <= TABLE:
        for code in word:
            if code == UNKNOWN:
                return NONE
            number = 4 * number + code
        return costs.ids[costs.offsets[len(word)] + number]
    for code in word:
        node = costs.child[node, code]
        if node == NONE:
            return NONE
    return costs.node_ids[node]
