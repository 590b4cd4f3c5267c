"""How trained networks read sequences as one-hot nucleotides, many at a time, on the GPU where there is one."""

import copy
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report

if TYPE_CHECKING:
    from torch import nn

_LETTERS = 32_000


def outputs(
    module: "nn.Module", sequences: Sequence[str], progress: Progress | None
) -> Iterator[tuple[NDArray[np.intp], FloatArray]]:
    """Give the numbers of some of N sequences and what a network says of them, until all were asked.

    Sequences of one call of the network are equally long, so nothing is padded and none depends on its neighbours.

    Parameters
    ----------
    module
        In eval mode; called with one-hot (n, 4, L) and None for no mask.

    Raises
    ------
    UserError
        If a sequence is empty.
    """
    import torch

    from lib.core.alphabet import codes
    from lib.models.nets import device
    from lib.models.nets.batches import by_length, one_hot_batch

    if not all(sequences):
        raise UserError("A sequence is empty; the network needs at least one nucleotide. Remove it.")
    where = device.choose("auto")
    network = module if where.type == "cpu" else copy.deepcopy(module).to(where)
    done = 0
    for rows in by_length(np.array([len(sequence) for sequence in sequences], dtype=np.int64), _LETTERS):
        with torch.inference_mode():
            batch, mask = one_hot_batch([codes(sequences[row]) for row in rows])
            found = network(batch.to(where), mask).cpu().double().numpy()
        yield rows, found
        done += len(rows)
        if progress:
            progress.report(Report(done, len(sequences), "Predicting"))
