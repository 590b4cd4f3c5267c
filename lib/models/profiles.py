"""What models of profiles share: their labels and settings, and what they need of the data.

A network of T tracks and windows of L positions gives T + T L numbers for each window: the standardised
log(1 + counts), then the logits of the positions of each track.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.registry import setting
from lib.models.base import Part, TrainingData

if TYPE_CHECKING:
    from lib.training.loss import Loss

_LOWEST = -700.0  # its exponential is still a number above 0
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
        counts = _counts(data, label)
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

    def loss(self) -> "Loss":
        """Give what compares a network with these labels."""
        from lib.training.profile_loss import ProfileLoss

        reads = self.reads if self.weights.profile_per == READS else 1.0
        scale = tuple(self.scale.tolist())
        return ProfileLoss(scale, self.weights.profile_weight, self.weights.count_weight, reads)


def require_one_length(sequences: Sequence[str]) -> int:
    """Give the length of N sequences, 0 of none.

    Raises
    ------
    UserError
        If one is empty, or they have several lengths.
    """
    lengths = {len(sequence) for sequence in sequences}
    if len(lengths) > 1 or 0 in lengths:
        shortest, longest = min(lengths), max(lengths)
        found = f"The sequences have {shortest:,} to {longest:,} nt" if longest else "The sequences are empty"
        raise UserError(f"{found}; profiles are predicted for windows of one length. Cut them to the same length.")
    return lengths.pop() if lengths else 0


def probabilities(logits: FloatArray) -> FloatArray:
    """Turn logits (N, T, L) into the share of the reads at each position, above 0; each row adds up to 1."""
    raised = np.exp(np.maximum(logits - logits.max(axis=2, keepdims=True, initial=-np.inf), _LOWEST))
    shares: FloatArray = raised / raised.sum(axis=2, keepdims=True)
    return shares


def _counts(data: TrainingData, label: str) -> np.ndarray:
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
