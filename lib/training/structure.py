"""Pretraining on structure: hidden letters, the class of each base in the fold, and the energy of the fold.

The loop is that of every training, so a pretraining can be cancelled and goes on where it stopped. Beside the learning
curve it writes each of the three losses, and how much is said right, after every epoch.
"""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.core.arrays import FloatArray
from lib.core.files import replacing
from lib.models.base import Context
from lib.models.nets.utr_encoder import HEADS, FoldGuesser
from lib.models.utr_pretraining import LOSSES
from lib.motifs.folding import CLASSES
from lib.training.collate import by_length
from lib.training.loop import train
from lib.training.plan import Plan
from lib.training.pretraining import Guessing
from lib.training.structure_loss import NONE, PARTS, FoldedTokens, FoldingLoss

log = logging.getLogger(__name__)


class Judged(NamedTuple):
    """What a network says of N sequences with hidden letters.

    Parameters
    ----------
    losses
        (3,) letters, structure, energy, each for one of what is said.
    letters, structure
        (N, 2) how many are right, of how many.
    letters_are, structure_is
        (N, V) and (N, 3) how many of those that are to be said are each word, and each class.
    energies
        (N,) standardised.
    """

    losses: FloatArray
    letters: NDArray[np.int64]
    structure: NDArray[np.int64]
    letters_are: NDArray[np.int64]
    structure_is: NDArray[np.int64]
    energies: FloatArray

    def numbers(self, observed: FloatArray) -> dict[str, float]:
        """Give losses, accuracies and R2 of the energy by their names; ``observed`` are the energies (N,)."""
        spread = float(np.square(observed - observed.mean()).sum())
        error = float(np.square(observed - self.energies).sum())
        return {
            **{f"validation_{name}": float(value) for name, value in zip(PARTS, self.losses, strict=True)},
            "letters_accuracy": float(self.letters[:, 0].sum() / max(1, self.letters[:, 1].sum())),
            "structure_accuracy": float(self.structure[:, 0].sum() / max(1, self.structure[:, 1].sum())),
            "energy_r2": 1 - error / spread if spread > 0 else math.nan,
        }


def judge(
    say: Callable[[list[int]], Tensor],
    examples: FoldedTokens,
    loss: FoldingLoss,
    alive: Callable[[], None] = lambda: None,
) -> Judged:
    """Judge what a network says of N sequences.

    Parameters
    ----------
    say
        Turns numbers of examples, equally long, into what the network says of them, (n, T, V + 4).
    alive
        Called after each batch; raises what is to end the work.
    """
    sums, energies = np.zeros(3), np.zeros(len(examples))
    counts = [np.zeros((len(examples), 2), dtype=np.int64) for _ in range(2)]
    kinds = [np.zeros((len(examples), size), dtype=np.int64) for size in (examples.frame.size, len(CLASSES))]
    for group in by_length(examples.lengths, examples.evaluated):
        numbers: Sequence[int] = group.tolist()
        said, labels = say(list(numbers)), examples.collate(numbers)["labels"]
        sums += loss.parts(said, labels).double().numpy()
        words = said.shape[2] - HEADS
        for column, logits in enumerate((said[..., :words], said[..., words:-1])):
            asked = labels[..., column] != NONE
            right = (logits.argmax(dim=2) == labels[..., column]) & asked
            counts[column][group] = torch.stack([right.sum(dim=1), asked.sum(dim=1)], dim=1)
            for kind in range(kinds[column].shape[1]):
                kinds[column][group, kind] = (labels[..., column] == kind).sum(dim=1)
        energies[group] = said[:, 0, -1].double().numpy()
        alive()
    known = np.maximum([counts[0][:, 1].sum(), counts[1][:, 1].sum(), len(examples)], 1)
    return Judged(sums / known, *counts, *kinds, energies)


class _Folding(Guessing):
    """The loop, which also writes down each of the losses after every epoch, into ``losses.parquet``."""

    learned = 0

    def training_step(self, model: torch.nn.Module, inputs: list[int], num_items_in_batch: Any = None) -> Tensor:
        """Count what the mean of the losses is over."""
        self.learned += 1
        return super().training_step(model, inputs, num_items_in_batch)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Judge the validation rows."""
        self.model.eval()
        examples: FoldedTokens = self.eval_dataset
        found = judge(
            lambda numbers: self.pieces.predict(self.model, examples, numbers),
            examples,
            self.judge,
            lambda: self.watch.report(self.state),
        )
        learned = self.judge.taken().numpy() / max(1, self.learned)
        self.learned = 0
        row = {"epoch": float(round(self.state.epoch or 0))}
        row |= {name: float(value) for name, value in zip(PARTS, learned, strict=True)}
        self._write(row | found.numbers(examples.folded.energies))
        metrics = {"eval_loss": float((self.judge.weights.numpy() * found.losses).sum()), "eval_score": math.nan}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _write(self, row: dict[str, float]) -> None:
        """Add an epoch to those before it; a training that goes on from a checkpoint writes over what follows."""
        path = self.watch.folder / LOSSES
        before = pd.read_parquet(path) if path.exists() else pd.DataFrame(columns=list(row))
        kept = before[before["epoch"] < row["epoch"]].to_dict("records")
        with replacing(path) as temporary:
            pd.DataFrame([*kept, row]).to_parquet(temporary, index=False)


@dataclass(frozen=True)
class Pretrained:
    """The epoch that is kept, and what the network of that epoch says of the validation rows."""

    epoch: int
    judged: Judged


def pretrain(
    network: FoldGuesser,
    parts: tuple[FoldedTokens, FoldedTokens],
    *,
    loss: FoldingLoss,
    plan: Plan,
    context: Context,
) -> Pretrained:
    """Teach a network to say letters, classes and energies; it has the weights of the best epoch then, on the CPU.

    Parameters
    ----------
    parts
        What is learned from, and what tells the best epoch, by the weighted sum of the three losses.
    plan
        Its epochs are passes over the rows; it never stops early.

    Raises
    ------
    Cancelled
        If the listener asked for it; the same call goes on from the last checkpoint.
    UserError
        If the loss is no number any more, the device is not there, or nothing can be written.
    """
    examples, held = parts
    plan = replace(plan, patience=plan.epochs)
    outcome = train(network, examples, held, loss=loss, plan=plan, context=context, loop=_Folding)
    network.to("cpu").eval()
    log.info("Pretraining: kept epoch %d; validation loss %.4f.", outcome.epoch, -outcome.score)

    def say(numbers: list[int]) -> Tensor:
        batch = held.collate(numbers)
        return network(batch["sequences"], batch["mask"])

    with torch.inference_mode():
        return Pretrained(outcome.epoch, judge(say, held, loss))
