"""What networks learn, task by task: numbers standardised on the train part, or classes; and by which loss.

A network asks ``learned`` for its labels, and they for the loss; a new task is a branch there, and nowhere else.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from lib.core.arrays import FloatArray
from lib.models.base import Part, TrainingData
from lib.models.profiles import ProfileLabels, ProfileWeights

if TYPE_CHECKING:
    from lib.training.loss import Loss

_VARIES = 1e-9


class Learned(Protocol):
    """The labels of a task.

    Its length is the count K of what a network gives for each sequence; the first ``targets`` of them, times ``scale``
    plus ``centre``, (T,) each at least, are in the units of the targets.
    """

    @property
    def targets(self) -> int:
        """Count the targets T."""

    @property
    def centre(self) -> FloatArray:
        """Give what is added in the end."""

    @property
    def scale(self) -> FloatArray:
        """Give what it is multiplied by before."""

    def __len__(self) -> int:
        """Count what a network gives for a sequence."""

    def standard(self, part: Part) -> FloatArray:
        """Give the labels of a part, (N, K), as the loss takes them."""

    def loss(self) -> "Loss":
        """Give what compares a network with these labels."""


@dataclass(frozen=True)
class Labels:
    """How labels are chosen and standardised; the targets come first, unknown values are NaN.

    Parameters
    ----------
    columns
        (K,) which columns of targets and auxiliary targets together are learned.
    centre, scale
        (K,) mean and standard deviation of each in the train part.
    targets
        How many of them, the first ones, are targets.
    auxiliary
        True where auxiliary targets are learned too.
    """

    columns: list[int]
    centre: FloatArray
    scale: FloatArray
    targets: int
    auxiliary: bool

    @classmethod
    def of(cls, train: Part, *, auxiliary: bool) -> "Labels":
        """Choose the columns worth learning: all targets, and the auxiliary targets that vary in the train part."""
        values = _all(train, auxiliary=auxiliary)
        known = np.isfinite(values)
        count = np.maximum(known.sum(axis=0), 1)
        centre = np.where(known, values, 0.0).sum(axis=0) / count
        scale = np.sqrt((np.where(known, values - centre, 0.0) ** 2).sum(axis=0) / count)
        targets = train.targets.shape[1]
        chosen = [column for column in range(values.shape[1]) if column < targets or scale[column] > _VARIES]
        return cls(chosen, centre[chosen], np.where(scale > _VARIES, scale, 1.0)[chosen], targets, auxiliary)

    def __len__(self) -> int:
        """Count what is learned, targets and auxiliary targets."""
        return len(self.columns)

    def standard(self, part: Part) -> FloatArray:
        """Give the standardised labels of a part, (N, K)."""
        return (_all(part, auxiliary=self.auxiliary)[:, self.columns] - self.centre) / self.scale

    def loss(self) -> "Loss":
        """Give what compares a network with these labels."""
        from lib.training.loss import MaskedLoss

        return MaskedLoss(self.targets)


def _all(part: Part, *, auxiliary: bool) -> FloatArray:
    values = np.concatenate([part.targets, part.auxiliary], axis=1) if auxiliary else part.targets
    return np.where(np.isfinite(values), values, np.nan)


@dataclass(frozen=True)
class ClassLabels:
    """Classes as networks learn them: as the targets are, 0 and 1 of the second of two classes, one-hot for more.

    Parameters
    ----------
    weights
        (K,) weight of a sequence of each class in the loss.
    """

    weights: tuple[float, ...]

    @classmethod
    def of(cls, data: TrainingData, *, class_weights: str = "none") -> "ClassLabels":
        """Weigh the classes of the train part: all alike, or ``balanced``, so that each class counts the same."""
        counts = class_counts(data.train.targets)
        if class_weights == "balanced":
            return cls(tuple((counts.sum() / (len(counts) * np.maximum(counts, 1))).tolist()))
        return cls((1.0,) * len(counts))

    @property
    def targets(self) -> int:
        """Count the columns of the targets."""
        return 1 if len(self.weights) == 2 else len(self.weights)

    @property
    def centre(self) -> FloatArray:
        """Give what is added to what the network says: nothing, it gives log-odds or logits."""
        return np.zeros(self.targets)

    @property
    def scale(self) -> FloatArray:
        """Give what it is multiplied by: 1."""
        return np.ones(self.targets)

    def __len__(self) -> int:
        """Count what is learned."""
        return self.targets

    def standard(self, part: Part) -> FloatArray:
        """Give the labels of a part, (N, T)."""
        return part.targets

    def loss(self) -> "Loss":
        """Give what compares a network with these labels."""
        from lib.training.loss import ClassLoss

        return ClassLoss(self.weights)


def class_counts(targets: FloatArray) -> FloatArray:
    """Count the members (K,) of each class in targets (N, 1) of 0 and 1, or (N, K) one-hot.

    >>> class_counts(np.array([[1.0], [0.0], [0.0]])).tolist()
    [2.0, 1.0]
    """
    ones: FloatArray = targets.sum(axis=0)
    return np.array([len(targets) - ones[0], ones[0]]) if targets.shape[1] == 1 else ones


def frequencies(targets: FloatArray) -> FloatArray:
    """Give the log-odds (1,), or the logits (K,), whose probabilities are the shares of the classes in targets (N, T).

    A class without members counts as half a one.

    >>> frequencies(np.array([[1.0], [0.0], [0.0], [0.0]])).round(4).tolist()
    [-1.0986]
    """
    counts = np.maximum(class_counts(targets), 0.5)
    found: FloatArray = np.log(counts / counts.sum())
    return found[1:] - found[:1] if targets.shape[1] == 1 else found


def learned(
    data: TrainingData,
    *,
    auxiliary: bool,
    class_weights: str = "none",
    profile_weights: ProfileWeights | None = None,
) -> Learned:
    """Choose what a network learns from a part by the task of its data."""
    if data.task == "profile":
        return ProfileLabels.of(data, profile_weights or ProfileWeights())
    if data.task == "classification":
        return ClassLabels.of(data, class_weights=class_weights)
    return Labels.of(data.train, auxiliary=auxiliary)
