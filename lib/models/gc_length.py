"""Linear or logistic regression on base composition and length: what a model must beat to have learned any motif."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.progress import Progress
from lib.models import saving
from lib.models.base import MODELS, Fitted, spread
from lib.models.checks import require_rows
from lib.models.context import Context
from lib.tasks.data import TrainingData

_NEVER = -20.0  # logit of a class that was not seen
FEATURES = ("GC fraction", "GC fraction squared", "log2 length")


def features(sequences: Sequence[str]) -> FloatArray:
    """Measure N sequences, (N, 3): GC fraction, its square, log2 of the length.

    The optimum of GC may lie inside its range, so it enters squared too. Length enters as a logarithm, which stays
    sensible for sequences much longer than those of the train part. Letters other than A C G T count for the length,
    not for the fraction; a sequence without any known letter counts as half GC.

    >>> features(["GGGA", "NN"]).tolist()
    [[0.75, 0.5625, 2.0], [0.5, 0.25, 1.0]]
    """
    gc = np.array([sequence.count("G") + sequence.count("C") for sequence in sequences], dtype=np.float64)
    at = np.array([sequence.count("A") + sequence.count("T") for sequence in sequences], dtype=np.float64)
    known = gc + at
    fraction = np.where(known > 0, gc / np.maximum(known, 1), 0.5)
    length = np.log2(np.maximum([len(sequence) for sequence in sequences], 1).astype(np.float64))
    return np.stack([fraction, fraction**2, length], axis=1).reshape(len(sequences), len(FEATURES))


@dataclass(frozen=True)
class FittedGcLength:
    """Weights (3, T) of the standardised features, and what standardises them, (3,) each."""

    centre: FloatArray
    scale: FloatArray
    weights: FloatArray
    intercept: FloatArray

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T)."""
        standard = (features(sequences) - self.centre) / self.scale
        # A sum row by row, so that a prediction does not depend on how many sequences stand beside it.
        return np.asarray((standard[:, :, None] * self.weights[None]).sum(axis=1) + self.intercept)

    def save(self, folder: Path) -> None:
        """Write the coefficients as JSON, whose floats keep every bit."""
        names = ("centre", "scale", "weights", "intercept")
        saving.write(folder, GcLengthModel.name, {name: getattr(self, name).tolist() for name in names}, {})


@MODELS.add
@dataclass(frozen=True)
class GcLengthModel:
    """Least squares on GC fraction, its square and log2 length, standardised on the train part.

    Classes are predicted by logistic regression, of more than two by a softmax, whose penalty on the squared weights
    counts as one sequence of the train part.
    """

    name: ClassVar[str] = "gc-length"
    label: ClassVar[str] = "GC + length"
    summary: ClassVar[str] = "Regression on GC fraction and length: shows what composition alone explains."
    typical_time: ClassVar[str] = "a second"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression", "classification")
    baseline: ClassVar[bool] = True

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Solve the regression of the train part; a feature that never varies gets the weight 0.

        Raises
        ------
        UserError
            If the train part has fewer than 5 sequences.
        """
        require_rows(data, train=5, validation=0, label=self.label)
        measured = features(data.train.sequences)
        centre, scale = spread(measured)
        scale = np.where(scale > 1e-9, scale, 1.0)  # a constant feature may have a deviation of rounding errors
        if data.task == "classification":
            return FittedGcLength(centre, scale, *_logistic((measured - centre) / scale, data.train.targets))
        intercept = data.train.targets.mean(axis=0)
        weights = np.linalg.lstsq((measured - centre) / scale, data.train.targets - intercept, rcond=1e-8)[0]
        return FittedGcLength(centre, scale, weights, intercept)

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the coefficients back."""
        facts, _ = saving.read(folder, cls.name)
        names = ("centre", "scale", "weights", "intercept")
        return FittedGcLength(*(np.array(saving.fact(facts, name, folder), dtype=np.float64) for name in names))


def _logistic(features: FloatArray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give weights (F, T) and intercepts (T,) of log-odds, or logits, from features (N, F) and targets (N, T)."""
    from sklearn.linear_model import LogisticRegression

    classes = targets[:, 0] if targets.shape[1] == 1 else targets.argmax(axis=1)
    found = LogisticRegression(max_iter=1000).fit(features, classes)
    if targets.shape[1] == len(found.intercept_):
        return np.asarray(found.coef_.T, dtype=np.float64), np.asarray(found.intercept_, dtype=np.float64)
    # A class without a sequence to learn from, or two of several alone: those that were seen share the rest.
    weights = np.zeros((features.shape[1], targets.shape[1]))
    intercept = np.full(targets.shape[1], _NEVER)
    seen = found.classes_.astype(np.intp)
    both = len(found.intercept_) == 1
    weights[:, seen] = np.stack([-found.coef_[0] / 2, found.coef_[0] / 2], axis=1) if both else found.coef_.T
    intercept[seen] = [-found.intercept_[0] / 2, found.intercept_[0] / 2] if both else found.intercept_
    return weights, intercept
