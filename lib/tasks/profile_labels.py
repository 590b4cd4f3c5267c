"""What networks learn of profiles, and by which loss: how reads lie along a window, and how many there are.

BPNet (Avsec et al. 2021, doi:10.1038/s41588-021-00782-6) takes the reads of a track as draws from a multinomial
distribution over the positions of a window, whose total is predicted by itself as log(1 + counts).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.registry import setting
from lib.tasks.base import Loss
from lib.tasks.data import Part, TrainingData

if TYPE_CHECKING:
    from torch import Tensor

READS, WINDOWS = "reads", "windows"


@dataclass(frozen=True)
class ProfileWeights:
    """Settings of the loss of profiles."""

    profile_weight: float = setting(
        0.8,
        label="Weight of the profile",
        low=0.0,
        high=1000.0,
        advanced=True,
        help="For profiles only: how much it counts where the reads of a window lie.",
    )
    count_weight: float = setting(
        0.2,
        label="Weight of the counts",
        low=0.0,
        high=1000.0,
        advanced=True,
        help="For profiles only: how much it counts how many reads a window has, as squared error of log(1 + counts).",
    )
    profile_per: str = setting(
        READS,
        label="Profile loss per",
        choices=(READS, WINDOWS),
        advanced=True,
        help="For profiles only. reads: the multinomial loss is divided by the mean reads of a window, so that both "
        "weights mean the same at any depth of sequencing; windows: it is not divided, as published.",
    )


@dataclass(frozen=True)
class ProfileLabels:
    """Profiles as networks learn them: standardised log(1 + counts) of T tracks, then the counts at L positions each.

    Parameters
    ----------
    centre, scale
        (T,) mean and standard deviation of log(1 + counts) in the train part.
    length, reads
        L; mean reads of a window and track of the train part, at least 1.
    weights
        Settings of the loss.
    """

    centre: FloatArray
    scale: FloatArray
    length: int
    reads: float
    weights: ProfileWeights

    @classmethod
    def of(cls, data: TrainingData, weights: ProfileWeights, *, label: str = "A model of profiles") -> "ProfileLabels":
        """Look at the train part.

        Raises
        ------
        UserError
            If there are no profiles, or they are not as long as the sequences.
        """
        counts = _profiles(data, label)
        targets = data.train.targets
        deviation = targets.std(axis=0)
        scale = np.where(deviation > 0, deviation, 1.0)
        reads = float(counts.sum(axis=2, dtype=np.float64).mean())
        return cls(targets.mean(axis=0), scale, counts.shape[2], max(1.0, reads), weights)

    @property
    def targets(self) -> int:
        """Count the tracks."""
        return len(self.centre)

    def __len__(self) -> int:
        """Count what a network gives for a window."""
        return self.targets * (1 + self.length)

    def standard(self, part: Part) -> FloatArray:
        """Give the labels of a part, (N, T + T L)."""
        assert part.profiles is not None
        counts = part.profiles.reshape(len(part.profiles), -1).astype(np.float64)
        return np.concatenate([(part.targets - self.centre) / self.scale, counts], axis=1)

    def loss(self) -> Loss:
        """Give what compares a network with these labels."""
        reads = self.reads if self.weights.profile_per == READS else 1.0
        scale = tuple(self.scale.tolist())
        return ProfileLoss(scale, self.weights.profile_weight, self.weights.count_weight, reads)


def _profiles(data: TrainingData, label: str) -> np.ndarray:
    """Give the counts (N, T, L) of the train part."""
    for part in (data.train, data.validation):
        if part.profiles is None:
            raise UserError(f"{label} learns profiles, and this dataset has none. Choose a dataset with profiles.")
        lengths = sorted({len(sequence) for sequence in part.sequences})
        if lengths and lengths != [part.profiles.shape[2]]:
            raise UserError(
                f"The profiles have {part.profiles.shape[2]:,} positions and the sequences {lengths[0]:,} to "
                f"{lengths[-1]:,} nt; each needs a count at every base. Freeze the dataset again."
            )
    assert data.train.profiles is not None
    return data.train.profiles


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

    def count_known(self, labels: "Tensor") -> "Tensor":
        """Count windows times tracks of labels (N, T + T L), (1,), at least 1."""
        import torch

        return torch.tensor([max(1, len(labels) * len(self.scale))], device=labels.device)

    def __call__(self, predictions: "Tensor", labels: "Tensor", known: "Tensor | None" = None) -> "Tensor":
        """Compare (N, T + T L) predictions and labels.

        With what is ``known`` of a whole batch, the losses of its pieces add up to exactly the loss of the batch.
        """
        import torch

        tracks = len(self.scale)
        count = self.count_known(labels) if known is None else known
        scale = torch.tensor(self.scale, dtype=predictions.dtype, device=predictions.device)
        errors = ((predictions[:, :tracks] - labels[:, :tracks]) * scale).square()
        logits, counts = (values[:, tracks:].reshape(len(values), tracks, -1) for values in (predictions, labels))
        profiles = multinomial_loss(logits, counts)
        return (self.beta / self.reads * profiles.sum() + self.alpha * errors.sum()) / count[0]

    def score(self, predictions: "Tensor", labels: "Tensor") -> float:
        """Judge (N, T + T L) predictions: minus the loss, so that more is better."""
        return -float(self(predictions, labels))


def multinomial_loss(logits: "Tensor", counts: "Tensor") -> "Tensor":
    """Give minus the log probability of counts (..., L) under the softmax of logits (..., L), (...).

    With the multinomial coefficient, as ``scipy.stats.multinomial.logpmf``; it has no gradient, but makes losses of
    different models and of a perfect prediction comparable. Windows without reads have the loss 0.

    >>> import torch
    >>> multinomial_loss(torch.zeros(2), torch.tensor([1.0, 1.0])).item()  # log(2! / 4), minus
    0.6931471824645996
    """
    import torch

    wide = torch.float32 if counts.device.type == "mps" else torch.float64  # factorials of thousands need it
    high = counts.to(wide)
    coefficient = torch.lgamma(high.sum(dim=-1) + 1) - torch.lgamma(high + 1).sum(dim=-1)
    return -(counts * logits.log_softmax(dim=-1)).sum(dim=-1) - coefficient.to(logits.dtype)
