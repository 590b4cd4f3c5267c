"""The mean of the train part: what any model must beat."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lib.core.progress import Progress
from lib.data.dataset import FloatArray
from lib.models import saving
from lib.models.base import MODELS, Context, Fitted, TrainingData
from lib.models.checks import require_rows


@dataclass(frozen=True)
class FittedMean:
    """One number per target."""

    means: FloatArray

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the mean for each of N sequences, (N, T)."""
        return np.tile(self.means, (len(sequences), 1))

    def save(self, folder: Path) -> None:
        """Write the means as JSON, whose floats keep every bit."""
        saving.write(folder, MeanModel.name, {"means": self.means.tolist()}, {})


@MODELS.add
@dataclass(frozen=True)
class MeanModel:
    """Predict the mean target of the train part, whatever the sequence."""

    name: ClassVar[str] = "mean"
    label: ClassVar[str] = "Mean"
    summary: ClassVar[str] = "Predicts the mean of the training sequences for every sequence; the line to beat."
    typical_time: ClassVar[str] = "no time at all"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression")
    baseline: ClassVar[bool] = True

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Take the mean of the train part.

        Raises
        ------
        UserError
            If the train part is empty.
        """
        require_rows(data, train=1, validation=0, label=self.label)
        return FittedMean(data.train.targets.mean(axis=0))

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the means back."""
        facts, _ = saving.read(folder, cls.name)
        return FittedMean(np.array(saving.fact(facts, "means", folder), dtype=np.float64))
