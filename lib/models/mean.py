"""The mean of the train part, or how frequent each class is there: what any model must beat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.models import saving
from lib.models.base import MODELS, Fitted
from lib.models.checks import require_rows
from lib.models.context import Context
from lib.tasks.classification import frequencies
from lib.tasks.data import TrainingData
from lib.tasks.profile import mean_profile


@dataclass(frozen=True)
class FittedMean:
    """One number per target (T,), and for profiles the mean share of the reads at each base (T, L)."""

    means: FloatArray
    profile: FloatArray | None = None

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the mean for each of N sequences, (N, T)."""
        return np.tile(self.means, (len(sequences), 1))

    def save(self, folder: Path) -> None:
        """Write the means as JSON, whose floats keep every bit, and the profile as numbers."""
        arrays = {} if self.profile is None else {"profile": self.profile}
        saving.write(folder, MeanModel.name, {"means": self.means.tolist()}, arrays)


@dataclass(frozen=True)
class FittedMeanProfile(FittedMean):
    """The same, for windows of one length."""

    def predict_profiles(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the mean profile for each of N sequences of L letters, (N, T, L).

        Raises
        ------
        UserError
            If a sequence has another length than the windows of the train part.
        """
        assert self.profile is not None
        length = self.profile.shape[1]
        other = next((len(sequence) for sequence in sequences if len(sequence) != length), None)
        if other is not None:
            raise UserError(
                f"A sequence has {other:,} nt; the mean profile is one of windows of {length:,} nt. Cut it to that."
            )
        return np.tile(self.profile, (len(sequences), 1, 1))


@MODELS.add
@dataclass(frozen=True)
class MeanModel:
    """Predict the mean target of the train part, whatever the sequence; of classes, how frequent each is there."""

    name: ClassVar[str] = "mean"
    label: ClassVar[str] = "Mean"
    labels: ClassVar[Mapping[str, str]] = {"classification": "Class frequencies"}
    summary: ClassVar[str] = "Predicts the mean of the training sequences for every sequence; the line to beat."
    typical_time: ClassVar[str] = "no time at all"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression", "classification", "profile", "counts")
    baseline: ClassVar[bool] = True

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Take the mean of the train part.

        Raises
        ------
        UserError
            If the train part is empty.
        """
        require_rows(data, train=1, validation=0, label=self.label)
        if data.task == "classification":
            return FittedMean(frequencies(data.train.targets))
        means = data.train.targets.mean(axis=0)
        if data.train.profiles is None:
            return FittedMean(means)
        return FittedMeanProfile(means, mean_profile(data.train.profiles))

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the means back."""
        facts, arrays = saving.read(folder, cls.name)
        means = np.array(saving.fact(facts, "means", folder), dtype=np.float64)
        return FittedMeanProfile(means, arrays["profile"]) if "profile" in arrays else FittedMean(means)
