"""What networks are taught by, task by task: losses whose pieces add up to that of a whole batch."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax

from lib.analysis import classification
from lib.analysis.metrics import scores


class Loss(Protocol):
    """Compares what a network gives for N sequences, (N, K), with their labels (N, K)."""

    judged: ClassVar[str]
    """Key of the metric that ``score`` gives; the learning curve and the page of a run are labelled with it."""

    def known(self, labels: Tensor) -> Tensor:
        """Measure how much there is to learn from the labels of a whole batch; above 0."""

    def __call__(self, predictions: Tensor, labels: Tensor, known: Tensor | None = None) -> Tensor:
        """Give the loss; with what is ``known`` of a whole batch, those of its pieces add up to it exactly."""

    def score(self, predictions: Tensor, labels: Tensor) -> float:
        """Judge the predictions of the whole validation part; higher is better, NaN where it is not defined."""


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

    judged: ClassVar[str] = "r2"
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


@dataclass(frozen=True)
class ClassLoss:
    """The cross entropy of classes, each sequence weighted by its class.

    Two classes are one column: log-odds against 0 and 1. More are a column each: logits of a softmax against one-hot
    labels.

    Parameters
    ----------
    weights
        (K,) weight of a sequence of each class.
    """

    judged: ClassVar[str] = "mcc"
    weights: tuple[float, ...]

    def known(self, labels: Tensor) -> Tensor:
        """Add up the weights of the sequences of a batch with labels (N, T), a scalar."""
        return self._weights(labels).sum()

    def __call__(self, predictions: Tensor, labels: Tensor, known: Tensor | None = None) -> Tensor:
        """Compare log-odds or logits (N, T) with labels (N, T): the weighted mean of the cross entropies.

        With what is ``known`` of a whole batch, the losses of its pieces add up to exactly the loss of the batch.
        """
        weights = self._weights(labels)
        if labels.shape[1] == 1:
            each = binary_cross_entropy_with_logits(predictions, labels, reduction="none")[:, 0]  # N
        else:
            each = -(labels * log_softmax(predictions, dim=1)).sum(dim=1)  # N
        return (weights * each).sum() / (weights.sum() if known is None else known)

    def score(self, predictions: Tensor, labels: Tensor) -> float:
        """Judge (N, T) predictions by Matthews' correlation of the likeliest classes with the observed ones.

        What is wanted is the right class, and the cross entropy says how sure a network is of it: one that overfits
        grows too sure long before it is more often wrong, so its loss rises in epochs that still decide better. Of
        epochs with one score that with the lowest loss is kept.
        """
        observed, predicted = labels.double().numpy(), predictions.double().numpy()
        return float(
            classification.mcc(classification.labels(observed), classification.decided(predicted), len(self.weights))
        )

    def _weights(self, labels: Tensor) -> Tensor:
        """Give the weight of each of N sequences, (N,)."""
        weights = torch.tensor(self.weights, dtype=labels.dtype, device=labels.device)
        if labels.shape[1] == 1:
            return torch.where(labels[:, 0] > 0.5, weights[1], weights[0])
        return labels @ weights
