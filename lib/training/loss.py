"""Squared error that leaves missing labels out."""

from dataclasses import dataclass

from torch import Tensor


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

    def __call__(self, predictions: Tensor, labels: Tensor) -> Tensor:
        """Compare (N, T + A) standardised predictions and labels; NaN labels count nothing."""
        known = ~labels.isnan()
        errors = (predictions - labels.nan_to_num()).square() * known
        main = errors[:, : self.targets].sum() / known[:, : self.targets].sum().clamp(min=1)
        if labels.shape[1] == self.targets:
            return main
        rest = errors[:, self.targets :].sum() / known[:, self.targets :].sum().clamp(min=1)
        return self.share * main + (1 - self.share) * rest
