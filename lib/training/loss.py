"""Squared error that leaves missing labels out."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lib.evaluation.metrics import scores


@dataclass(frozen=True)
class MaskedLoss:
    """The mean squared error of the targets, and of the auxiliary targets where there are any.

    Parameters
    ----------
    targets
        How many labels, the first ones, are targets; the rest are auxiliary.
    share
        Weight of the targets, the auxiliary targets have the rest; without auxiliary targets they have it all.
    """

    targets: int
    share: float = 0.5

    def known(self, labels: Tensor) -> Tensor:
        """Count the known labels (N, T + A) of the targets and of the auxiliary targets, (2,), each at least 1."""
        there = ~labels.isnan()
        return torch.stack([there[:, : self.targets].sum(), there[:, self.targets :].sum()]).clamp(min=1)

    def __call__(self, predictions: Tensor, labels: Tensor, known: Tensor | None = None) -> Tensor:
        """Compare (N, T + A) standardised predictions and labels; NaN labels count nothing.

        With what is ``known`` of a whole batch, the losses of its pieces add up to exactly the loss of the batch.
        """
        count = self.known(labels) if known is None else known
        errors = (predictions - labels.nan_to_num()).square() * ~labels.isnan()
        main = errors[:, : self.targets].sum() / count[0]
        if labels.shape[1] == self.targets:
            return main
        return self.share * main + (1 - self.share) * errors[:, self.targets :].sum() / count[1]

    def score(self, predictions: Tensor, labels: Tensor) -> float:
        """Judge (N, T + A) predictions by the R2 of the targets, the mean over them; NaN where it is not defined."""
        observed, predicted = (
            labels[:, : self.targets].double().numpy(),
            predictions[:, : self.targets].double().numpy(),
        )
        return float(scores(observed, predicted)["r2"])
