"""What networks learn: targets and, beside them, auxiliary targets, standardised on the train part."""

from dataclasses import dataclass

import numpy as np

from lib.data.dataset import FloatArray
from lib.models.base import Part

_VARIES = 1e-9


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


def _all(part: Part, *, auxiliary: bool) -> FloatArray:
    values = np.concatenate([part.targets, part.auxiliary], axis=1) if auxiliary else part.targets
    return np.where(np.isfinite(values), values, np.nan)
