"""The loss of profiles: how reads lie along a window, and how many there are (Avsec et al. 2021).

BPNet (doi:10.1038/s41588-021-00782-6) takes the reads of a track as draws from a multinomial distribution over the
positions of a window, whose total is predicted by itself as log(1 + counts).
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor


@dataclass(frozen=True)
class ProfileLoss:
    """``beta`` times the multinomial loss of the profile plus ``alpha`` times the squared error of log(1 + counts).

    Predictions and labels of a batch are (N, T + T L): the standardised log(1 + counts) of T tracks, then logits, or
    counts, at each of L positions of each track. The mean is taken over windows and tracks.

    Parameters
    ----------
    scale
        (T,) standard deviation by which each log(1 + counts) was divided, so that its error is judged in natural
        logarithms.
    beta, alpha
        Weights of the two; 0.8 and 0.2 in the study of poly(A) sites.
    reads
        What the multinomial loss is divided by: the mean reads of a window and track, which makes it a loss a read and
        so of the size of the other at any depth of sequencing; 1 for the loss as it was published.
    """

    judged: ClassVar[str] = "minus_loss"
    scale: tuple[float, ...]
    beta: float = 0.8
    alpha: float = 0.2
    reads: float = 1.0

    def known(self, labels: Tensor) -> Tensor:
        """Count windows times tracks of labels (N, T + T L), (1,), at least 1."""
        return torch.tensor([max(1, len(labels) * len(self.scale))], device=labels.device)

    def __call__(self, predictions: Tensor, labels: Tensor, known: Tensor | None = None) -> Tensor:
        """Compare (N, T + T L) predictions and labels.

        With what is ``known`` of a whole batch, the losses of its pieces add up to exactly the loss of the batch.
        """
        tracks = len(self.scale)
        count = self.known(labels) if known is None else known
        scale = torch.tensor(self.scale, dtype=predictions.dtype, device=predictions.device)
        errors = ((predictions[:, :tracks] - labels[:, :tracks]) * scale).square()
        logits, counts = (values[:, tracks:].unflatten(1, (tracks, -1)) for values in (predictions, labels))
        profiles = multinomial_loss(logits, counts)
        return (self.beta / self.reads * profiles.sum() + self.alpha * errors.sum()) / count[0]

    def score(self, predictions: Tensor, labels: Tensor) -> float:
        """Judge (N, T + T L) predictions: minus the loss, so that more is better."""
        return -float(self(predictions, labels))


def multinomial_loss(logits: Tensor, counts: Tensor) -> Tensor:
    """Give minus the log probability of counts (..., L) under the softmax of logits (..., L), (...).

    With the multinomial coefficient, as ``scipy.stats.multinomial.logpmf``; it has no gradient, but makes losses of
    different models and of a perfect prediction comparable. Windows without reads have the loss 0.

    >>> multinomial_loss(torch.zeros(2), torch.tensor([1.0, 1.0])).item()  # log(2! / 4), minus
    0.6931471824645996
    """
    wide = torch.float32 if counts.device.type == "mps" else torch.float64  # factorials of thousands need it
    high = counts.to(wide)
    coefficient = torch.lgamma(high.sum(dim=-1) + 1) - torch.lgamma(high + 1).sum(dim=-1)
    return -(counts * logits.log_softmax(dim=-1)).sum(dim=-1) - coefficient.to(logits.dtype)
