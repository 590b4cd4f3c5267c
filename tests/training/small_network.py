"""A network over tokens that trains in a blink, and what several processes are to do with it.

As a module, started by ``accelerate launch`` with FOLDER, it is trained in FOLDER/shared in one go, in FOLDER/resumed
stopped by the listener of the first process and taken up again, and in FOLDER/full while the second process runs out
of memory.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from lib.core.errors import Cancelled
from lib.core.progress import Callback
from lib.models.nets.batches import Frame, TokenExamples
from lib.models.schedule import Plan
from lib.tasks.regression import MaskedLoss
from lib.training import TrainingContext
from lib.training.loop import train
from lib.training.process_group import ProcessGroup, leave_group

FRAME = Frame(pad=0, cls=1, sep=2, size=9, longest=40)
ROWS, HELD, TARGETS, AUXILIARY = 53, 17, 1, 2


class Small(nn.Module):
    """Embed tokens, normalise, drop some, average, predict; beyond ``room`` rows it runs out of memory in training."""

    def __init__(self, dropout=0.3, room=1000):
        super().__init__()
        self.words, self.ln = nn.Embedding(FRAME.size, 6), nn.LayerNorm(6)
        self.dropout, self.head = nn.Dropout(dropout), nn.Linear(6, TARGETS + AUXILIARY)
        self.room = room

    def forward(self, ids, mask=None):
        if len(ids) > self.room:
            raise torch.OutOfMemoryError(f"CUDA out of memory: {len(ids)} rows")
        present = torch.ones(ids.shape) if mask is None else mask.float()
        states = self.dropout(self.ln(self.words(ids)))
        return self.head((states * present[:, :, None]).sum(dim=1) / present.sum(dim=1, keepdim=True))


def examples(rows, seed):
    """Make sequences of unequal length whose labels are partly missing."""
    rng = np.random.default_rng(seed)
    ids = [np.array([1, *rng.integers(3, 9, size=size), 2]) for size in rng.integers(4, 12, size=rows)]
    labels = np.stack([(row == 5).mean() * 8 + rng.normal(size=1 + AUXILIARY) * 0.2 for row in ids])
    labels[rng.random(rows) < 0.3, 0] = np.nan
    return TokenExamples(ids, FRAME, labels)


def fit(folder, make=None, progress=None, seed=4, **plan):
    """Train a network that ``make`` makes, by default a ``Small``, on the CPU."""
    torch.manual_seed(seed)
    network = (make or Small)()
    settings = {"epochs": 3, "batch_size": 14, "learning_rate": 0.02, "weight_decay": 0.01, "patience": 9} | plan
    context = TrainingContext(folder, seed, "cpu", *([progress] if progress else []))
    parts = examples(ROWS, 0), examples(HELD, 1)
    return train(network, *parts, loss=MaskedLoss(TARGETS), plan=Plan(**settings), context=context)


def history(folder):
    """Read the learning curve without its clock."""
    return pd.read_parquet(folder / "history.parquet").drop(columns="seconds")


def main(folder):
    """Train as one of the processes; leave word of who was stopped at which step."""
    fit(folder / "shared")
    rank, steps = torch.distributed.get_rank(), [0]
    stop = Callback(lambda report: steps.append(report.step), lambda: steps[-1] >= 6)
    try:
        fit(folder / "resumed", progress=stop)
    except Cancelled:
        (folder / f"stopped-{rank}-at-{steps[-1]}").touch()
        fit(folder / "resumed")
    fit(folder / "full", lambda: Small(room=4 if rank == 1 else 1000))
    _share(ProcessGroup(rank, 2, torch.device("cpu")))
    leave_group()


def _share(processes):
    """Share what is not the same in both: ranks 0 and 1 as statistics, 1 and 2 as gradients."""
    norm, both, one, none = nn.BatchNorm1d(3), nn.Linear(2, 5), nn.Linear(4, 1), nn.Linear(1, 1)
    frozen = nn.Linear(3, 2).requires_grad_(requires_grad=False)
    network = nn.ModuleList([norm, both, one, none, frozen])
    norm.running_mean.fill_(processes.rank)
    processes.average_buffers(network)
    assert norm.running_mean.tolist() == [0.5, 0.5, 0.5]
    both.weight.grad = torch.full((5, 2), processes.rank + 1.0)
    if processes.rank == 1:
        one.bias.grad = torch.tensor([7.0])
    processes.add_gradients(network)
    assert both.weight.grad.tolist() == [[3.0, 3.0]] * 5
    assert one.bias.grad.tolist() == [7.0]
    assert [both.bias.grad, one.weight.grad, none.weight.grad, frozen.weight.grad] == [None] * 4
    with torch.no_grad():
        both.weight.fill_(processes.rank)
    processes.begin_alike(network)
    assert both.weight.sum() == 0, "all begin with the weights of the first"
    assert processes.max(processes.rank) == 1
    assert processes.sum(torch.tensor([processes.rank + 1.0, 4.0])).tolist() == [3.0, 8.0]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
