"""The Viterbi search of Morfessor Baseline; it gives what ``BaselineModel.viterbi_segment`` of the package gives.

Why it is identical, ties included. The package fills the positions t = 1, 2, ... of a sequence; for each it tries the
starts of the last construction from the farthest to the nearest, adds the cost of that construction to the cost of the
best path to its start, and keeps the first start whose sum is smaller than all before: of equal sums that of the
farthest start. Here the same sums are compared, and the farthest of equal ones is kept as well. The sums are the same
to the last bit, because the costs are (``lib.tokenizers._morfessor_costs``), and because the compiled code
(``morfessor_search``) does one addition, subtraction, division or comparison of doubles at a time: there is no product
that a compiler could fuse with a sum, and no fast mathematics that could reorder them. A sum is left out only where a
lower bound of it already exceeds the least.

Why it is fast. The cost of a construction is one look into a table, at its letters read in base 4, which a few bits of
a running number give for every length at once; and the loop over the lengths is compiled for the one maximum length
that is in use, so that it is unrolled and needs no jumps.
"""

from collections.abc import Sequence

import numpy as np

from lib.core.arrays import FloatArray
from lib.tokenizers._letters import joined
from lib.tokenizers._morfessor_costs import Costs
from lib.tokenizers._morfessor_search import search
from lib.tokenizers.token import Encoded

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
        codes, bounds = joined(sequences[first:last])
        made = compiled(codes, bounds, letter_costs[first:last], costs, out)
        ids, starts, ends = (array[: made[-1]].copy() for array in out)
        parts.append(Encoded(ids, starts, ends, made))
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
