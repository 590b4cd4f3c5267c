"""What a pretraining on structure reads and is judged by: hidden letters, classes of bases, energies of folds.

The three losses of UTR-LM (Chu et al. 2024, doi:10.1038/s42256-024-00823-9), added up with weights. The paper says the
class of the bases that are hidden, the published program that of all bases; here it can be chosen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from lib.core.arrays import FloatArray
from lib.models.nets.utr_encoder import HEADS
from lib.training.masking import HiddenTokens, Masking
from lib.training.tokens import Frame, Ids

PARTS = ("letters", "structure", "energy")
NONE = -1
"""Label of what is not to be said."""


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


class FoldedTokens(HiddenTokens):
    """Sequences of which some letters are hidden, with what their folds say.

    Parameters
    ----------
    folded
        The sequences.
    frame, masking, seed
        See ``HiddenTokens``.
    everywhere
        The class is to be said of every base; else of those that are hidden.
    """

    def __init__(self, folded: Folded, frame: Frame, masking: Masking, seed: int, *, everywhere: bool) -> None:
        super().__init__(folded.rows, frame, masking, seed)
        self.folded, self.everywhere = folded, everywhere
        bases = torch.from_numpy(self.lengths - self.around).float()
        hidden = self.labels
        self.labels = torch.stack([hidden, bases if everywhere else hidden, torch.ones_like(hidden)], dim=1)

    def collate(self, numbers: Sequence[int]) -> dict[str, Tensor | None]:
        """Make ``sequences`` and ``mask`` (N, T), and ``labels`` (N, T, 3) of a batch.

        The labels are the hidden ids, the classes, and the energy along the whole row; -1 for ids and classes that are
        not to be said.
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


class FoldingLoss:
    """Cross entropies of hidden letters and of classes, nats each, and the squared error of the energy, with weights.

    Parameters
    ----------
    structure, energy
        Weights beside that of the letters, which is 1.
    """

    judged: ClassVar[str] = "score"

    def __init__(self, structure: float, energy: float) -> None:
        self.weights, self.seen = torch.tensor([1.0, structure, energy]), torch.zeros(3)

    def taken(self) -> Tensor:
        """Give the sum (3,) of what was learned from since this was asked last."""
        seen, self.seen = self.seen, torch.zeros(3)
        return seen.cpu()

    def known(self, counts: Tensor) -> Tensor:
        """Count hidden letters, classes and energies, (3,), each at least 1, of sequences with (N, 3) of them."""
        return counts.sum(dim=0).clamp(min=1)

    def parts(self, said: Tensor, labels: Tensor) -> Tensor:
        """Give the three sums (3,) of ``said`` (N, T, V + 4) against labels (N, T, 3)."""
        words = said.shape[2] - HEADS
        hidden, classed = labels[..., 0] != NONE, labels[..., 1] != NONE
        letters = cross_entropy(said[..., :words][hidden], labels[..., 0][hidden].long(), reduction="sum")
        structure = cross_entropy(said[..., words:-1][classed], labels[..., 1][classed].long(), reduction="sum")
        energy = (said[:, 0, -1] - labels[:, 0, 2]).square().sum()
        return torch.stack([letters, structure, energy])

    def __call__(self, said: Tensor, labels: Tensor, known: Tensor) -> Tensor:
        """Add the three up, each divided by what is ``known`` (3,) of it in the whole batch."""
        parts = self.parts(said, labels) / known
        if parts.requires_grad:
            self.seen = self.seen.to(parts.device) + parts.detach()
        return (self.weights.to(parts.device) * parts).sum()

    def score(self, said: Tensor, labels: Tensor) -> float:
        """Give no score beside the loss."""
        return math.nan
