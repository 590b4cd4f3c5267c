"""Pretraining on structure: hidden letters, the class of each base in the fold, and the energy of the fold.

The three losses of UTR-LM (Chu et al. 2024, doi:10.1038/s42256-024-00823-9), added up with weights. The paper says the
class of the bases that are hidden, the published program that of all bases; here it can be chosen.
"""

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from lib.core.arrays import FloatArray
from lib.core.files import replacing
from lib.models.context import Context, Share
from lib.models.nets.batches import Batch, Frame, Ids, by_length
from lib.models.nets.masked_language import MaskedTokens, Masking
from lib.models.nets.utr_encoder import HEADS, FoldGuesser
from lib.models.schedule import Plan
from lib.motifs.folding import CLASSES

PARTS = ("letters", "structure", "energy")
NONE = -1
"""Label of what is not to be predicted."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Folded:
    """N sequences with their folds.

    Parameters
    ----------
    rows
        Ids, as ``frame.rows`` gave them.
    classes
        Of each, the class of every nucleotide that is read, numbers of ``lib.motifs.folding.CLASSES``.
    energies
        (N,) standardised.
    """

    rows: Sequence[Ids]
    classes: Sequence[NDArray[np.int8]]
    energies: FloatArray


class FoldedTokens(MaskedTokens):
    """Sequences of which some letters are hidden, with what their folds say.

    Parameters
    ----------
    folded
        The sequences.
    frame, masking, seed
        See ``MaskedTokens``.
    everywhere
        The class is to be predicted of every base; else of those that are hidden.
    """

    def __init__(self, folded: Folded, frame: Frame, masking: Masking, seed: int, *, everywhere: bool) -> None:
        super().__init__(folded.rows, frame, masking, seed)
        self.folded, self.everywhere = folded, everywhere
        bases = torch.from_numpy(self.lengths - self.around).float()
        hidden = self.labels
        self.labels = torch.stack([hidden, bases if everywhere else hidden, torch.ones_like(hidden)], dim=1)

    def collate(self, numbers: Sequence[int]) -> Batch:
        """Make ``sequences`` and ``mask`` (N, T), and ``labels`` (N, T, 3) of a batch.

        The labels are the hidden ids, the classes, and the energy along the whole row; -1 for ids and classes that are
        not to be predicted.
        """
        batch = super().collate(numbers)
        letters = batch["labels"]
        structure = torch.full_like(letters, NONE)
        for row, number in enumerate(numbers):
            classes = torch.from_numpy(self.folded.classes[number].astype(np.int64))
            structure[row, self.first : self.first + len(classes)] = classes
        if not self.everywhere:
            structure[letters == NONE] = NONE
        energies = torch.from_numpy(self.folded.energies[list(numbers)]).float()
        labels = torch.stack([letters.float(), structure.float(), energies[:, None].expand(letters.shape)], dim=2)
        return {"sequences": batch["sequences"][:, 0], "mask": batch["mask"], "labels": labels}


class FoldLoss:
    """Cross entropies of hidden letters and of classes, nats each, and the squared error of the energy, with weights.

    After every epoch it writes each of the three, and how much is right of the validation rows, into a table.

    Parameters
    ----------
    structure, energy
        Weights beside that of the letters, which is 1.
    table
        Parquet file of the learning curves, a row an epoch; None writes none.
    """

    judged: ClassVar[str] = "score"

    def __init__(self, structure: float, energy: float, *, table: Path | None = None) -> None:
        self.weights, self.table = torch.tensor([1.0, structure, energy]), table
        self._sums, self._batches = torch.zeros(3), 0.0

    def take_mean(self) -> Tensor:
        """Give the mean (3,) over the batches that were learned from since this was asked last; zeros without any."""
        mean = self._sums.cpu() / max(self._batches, 1e-9)
        self._sums, self._batches = torch.zeros(3), 0.0
        return mean

    def count_known(self, labels: Tensor) -> Tensor:
        """Count hidden letters, classes and energies, (3,), each at least 1, of sequences with (N, 3) of them."""
        return labels.sum(dim=0).clamp(min=1)

    def parts(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Give the three sums (3,) of outputs (N, T, V + 4) against labels (N, T, 3)."""
        words = outputs.shape[2] - HEADS
        hidden, classed = labels[..., 0] != NONE, labels[..., 1] != NONE
        letters = cross_entropy(outputs[..., :words][hidden], labels[..., 0][hidden].long(), reduction="sum")
        structure = cross_entropy(outputs[..., words:-1][classed], labels[..., 1][classed].long(), reduction="sum")
        energy = (outputs[:, 0, -1] - labels[:, 0, 2]).square().sum()
        return torch.stack([letters, structure, energy])

    def __call__(self, predictions: Tensor, labels: Tensor, known: Tensor | None = None) -> Tensor:
        """Add the three up, each divided by what is ``known`` (3,) of it in the whole batch, an energy a sequence."""
        parts = self.parts(predictions, labels)
        if known is None:
            asked = (labels[..., :2] != NONE).sum(dim=(0, 1)).tolist()
            known = torch.tensor([*asked, len(labels)], device=labels.device).clamp(min=1)
        parts = parts / known
        if parts.requires_grad:
            self._sums = self._sums.to(parts.device) + parts.detach()
            self._batches += len(labels) / float(known[2])
        return (self.weights.to(parts.device) * parts).sum()

    def score(self, predictions: Tensor, labels: Tensor) -> float:
        """Give no score beside the loss."""
        return math.nan

    def validate(self, examples: FoldedTokens, share: Share) -> tuple[float, float]:
        """Give the weighted sum of the losses of the validation rows; there is no score beside it."""
        found = evaluate(share.batches(), examples, self, total=share.total)
        means = dict(zip(PARTS, self.take_mean().tolist(), strict=True))
        if self.table is not None:
            self._write({"epoch": float(share.epoch), **means, **found.numbers(examples.folded.energies)})
        return float((self.weights.numpy() * found.losses).sum()), math.nan

    def _write(self, row: dict[str, float]) -> None:
        """Add an epoch to those before it; a training that goes on from a checkpoint writes over what follows."""
        assert self.table is not None
        before = pd.read_parquet(self.table) if self.table.exists() else pd.DataFrame(columns=list(row))
        kept = before[before["epoch"] < row["epoch"]].to_dict("records")
        with replacing(self.table) as temporary:
            pd.DataFrame([*kept, row]).to_parquet(temporary, index=False)


class Evaluation(NamedTuple):
    """What a network says of N sequences with hidden letters.

    Parameters
    ----------
    losses
        (3,) letters, structure, energy, each for one of what is predicted.
    letters, structure
        (N, 2) how many are right, of how many.
    letter_counts, structure_counts
        (N, V) and (N, 3) how many of those that are to be predicted are each word, and each class.
    energies
        (N,) standardised.
    """

    losses: FloatArray
    letters: NDArray[np.int64]
    structure: NDArray[np.int64]
    letter_counts: NDArray[np.int64]
    structure_counts: NDArray[np.int64]
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


def evaluate(
    batches: Iterable[tuple[list[int], Tensor]],
    examples: FoldedTokens,
    loss: FoldLoss,
    *,
    total: Callable[[Tensor], Tensor] = lambda tensor: tensor,
) -> Evaluation:
    """Evaluate what a network gives for N sequences.

    Parameters
    ----------
    batches
        Numbers of n examples, equally long, and what the network gives for them, (n, T, V + 4).
    total
        Adds up what several processes found, each for a share of the examples.
    """
    count, sizes = len(examples), (examples.frame.size, len(CLASSES))
    sums, energies = torch.zeros(3, dtype=torch.float64), torch.zeros(count, dtype=torch.float64)
    right = [torch.zeros((count, 2), dtype=torch.int64) for _ in sizes]
    kinds = [torch.zeros((count, size), dtype=torch.int64) for size in sizes]
    for numbers, outputs in batches:
        labels = examples.collate(numbers)["labels"]
        sums += loss.parts(outputs, labels).double()
        words = outputs.shape[2] - HEADS
        for column, logits in enumerate((outputs[..., :words], outputs[..., words:-1])):
            wanted = labels[..., column]
            asked = wanted != NONE
            hits = (logits.argmax(dim=2) == wanted) & asked
            right[column][numbers] = torch.stack([hits.sum(dim=1), asked.sum(dim=1)], dim=1)
            for kind in range(sizes[column]):
                kinds[column][numbers, kind] = (wanted == kind).sum(dim=1)
        energies[numbers] = outputs[:, 0, -1].double()
    sums, energies, *counts = (total(tensor) for tensor in (sums, energies, *right, *kinds))
    letters, structure, letter_counts, structure_counts = (tensor.numpy() for tensor in counts)
    known = np.maximum([letters[:, 1].sum(), structure[:, 1].sum(), count], 1)
    return Evaluation(sums.numpy() / known, letters, structure, letter_counts, structure_counts, energies.numpy())


def pretrain(
    network: FoldGuesser, train: FoldedTokens, validation: FoldedTokens, *, loss: FoldLoss, plan: Plan, context: Context
) -> tuple[int, Evaluation]:
    """Teach a network to predict letters, classes and energies; it has the weights of the best epoch, on the CPU.

    Parameters
    ----------
    train, validation
        What is learned from, and what tells the best epoch, by the weighted sum of the three losses.
    plan
        Its epochs are passes over the rows; it never stops early.

    Returns
    -------
    tuple
        The epoch that is kept, and what the network of that epoch gives for the validation rows.

    Raises
    ------
    Cancelled
        If the listener asked for it; the same call goes on from the last checkpoint.
    UserError
        If the loss is no number any more, the device is not there, or nothing can be written.
    """
    plan, validate = replace(plan, patience=plan.epochs), partial(loss.validate, validation)
    outcome = context.train(network, train, validation, loss=loss, plan=plan, validate=validate)
    network.to("cpu").eval()
    log.info("Pretraining: kept epoch %d; validation loss %.4f.", outcome.epoch, -outcome.score)

    def predict(numbers: list[int]) -> Tensor:
        batch = validation.collate(numbers)
        outputs: Tensor = network(batch["sequences"], batch["mask"])
        return outputs

    groups = [group.tolist() for group in by_length(validation.lengths, validation.evaluated)]
    with torch.inference_mode():
        return outcome.epoch, evaluate(((numbers, predict(numbers)) for numbers in groups), validation, loss)
