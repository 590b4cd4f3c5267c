"""The tasks ``regression`` and ``multi_regression``: numbers against numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.tasks import metrics
from lib.tasks.base import LEVEL, REPLICATES, SEED, TASKS, Labels, LearningSettings, Loss, Prediction, Rows, Task
from lib.tasks.bootstrap import intervals, together
from lib.tasks.data import Part, TrainingData
from lib.tasks.scores import PART_NAMES, Metric, Scores, percent, write_signed

if TYPE_CHECKING:
    from torch import Tensor

_VARIES = 1e-9

CARD = metrics.METRICS


@dataclass(frozen=True)
class StandardLabels:
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
    def of(cls, train: Part, *, auxiliary: bool) -> "StandardLabels":
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

    def loss(self) -> Loss:
        """Give what compares a network with these labels."""
        return MaskedLoss(self.targets)


def _all(part: Part, *, auxiliary: bool) -> FloatArray:
    values = np.concatenate([part.targets, part.auxiliary], axis=1) if auxiliary else part.targets
    return np.where(np.isfinite(values), values, np.nan)


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

    def count_known(self, labels: "Tensor") -> "Tensor":
        """Count the known labels (N, T + A) of the targets and of the auxiliary targets, (2,), each at least 1."""
        import torch

        there = ~labels.isnan()
        return torch.stack([there[:, : self.targets].sum(), there[:, self.targets :].sum()]).clamp(min=1)

    def __call__(self, predictions: "Tensor", labels: "Tensor", known: "Tensor | None" = None) -> "Tensor":
        """Compare (N, T + A) standardised predictions and labels; NaN labels count nothing.

        With what is ``known`` of a whole batch, the losses of its pieces add up to exactly the loss of the batch.
        """
        count = self.count_known(labels) if known is None else known
        errors = (predictions - labels.nan_to_num()).square() * ~labels.isnan()
        main = errors[:, : self.targets].sum() / count[0]
        if labels.shape[1] == self.targets:
            return main
        return self.share * main + (1 - self.share) * errors[:, self.targets :].sum() / count[1]

    def score(self, predictions: "Tensor", labels: "Tensor") -> float:
        """Judge (N, T + A) predictions by the R2 of the targets, the mean over them; NaN where it is not defined."""
        observed, predicted = (
            labels[:, : self.targets].double().numpy(),
            predictions[:, : self.targets].double().numpy(),
        )
        return float(metrics.scores(observed, predicted)["r2"])


@TASKS.add
@dataclass(frozen=True)
class Regression(Task):
    """A number for each sequence."""

    name: ClassVar[str] = "regression"
    label: ClassVar[str] = "regression"
    kind: ClassVar[str] = "regression"
    card: ClassVar[tuple[Metric, ...]] = CARD
    skill: ClassVar[tuple[str, float]] = ("r2", 0.0)

    def labels(self, data: TrainingData, settings: LearningSettings) -> Labels:
        """Standardise the targets, and the auxiliary targets where they are learned too."""
        return StandardLabels.of(data.train, auxiliary=settings.auxiliary)

    def resample(
        self, observed: FloatArray, predicted: FloatArray, counts: FloatArray, wanted: Sequence[str] = ()
    ) -> Mapping[str, FloatArray]:
        """Give each metric that is wanted, or all of ``card``, as ``lib.tasks.metrics.resample`` does."""
        keys = wanted or [metric.key for metric in self.card]
        return metrics.resample(observed, predicted, counts, keys, metrics=self.card)

    def column(self, observed: FloatArray, predicted: FloatArray) -> dict[str, Any]:
        """Give n and each metric of one target, (N,) each."""
        return metrics.column(observed, predicted, metrics=self.card)

    def bootstrap(
        self,
        observed: FloatArray,
        models: Sequence[FloatArray],
        *,
        replicates: int = REPLICATES,
        wanted: Sequence[str] = (),
    ) -> list[dict[str, FloatArray]]:
        """Give each metric (R,) of K models, (N, T) each, in the same R resamples."""
        keys = wanted or [metric.key for metric in self.card]
        return together(observed, models, replicates=replicates, seed=SEED, metrics=keys, by=self.resample)

    def scores_of(self, observed: FloatArray, predicted: FloatArray) -> dict[str, Any]:
        """Give n and each metric of (N, T) values, averaged over the targets."""
        return metrics.scores(observed, predicted, metrics=self.card)

    def scores(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, Any]:
        """Give n and each metric, averaged over the targets."""
        return self.scores_of(dataset.targets[rows], predicted.values[rows])

    def resamples(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, FloatArray]:
        """Give each of them in resamples of the sequences."""
        return self.bootstrap(np.asarray(dataset.targets[rows]), [np.asarray(predicted.values[rows])])[0]

    def per_target(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, dict[str, Any]]:
        """Give n and each metric of every target."""
        observed, given = dataset.targets[rows], predicted.values[rows]
        return metrics.per_target(observed, given, dataset.target_names, metrics=self.card)

    def score_target(
        self, observed: FloatArray, predicted: FloatArray, target: int, *, interval: bool
    ) -> tuple[float, tuple[float, float] | None]:
        """Give the metric of ``skill`` of one target, and its interval where it is wanted."""
        y, f, key = observed[:, [target]], predicted[:, [target]], self.skill[0]
        value = float(self.column(y[:, 0], f[:, 0])[key])
        if not interval:
            return value, None
        return value, intervals(self.bootstrap(y, [f], wanted=[key])[0], level=LEVEL)[key]

    def sentence(
        self, model: Scores, baselines: Sequence[Scores], *, n: int, part: str, ceiling: float | None = None
    ) -> str:
        """Say how good a model is and against what; see ``sentence``."""
        return sentence(model, baselines, n=n, part=part, ceiling=ceiling, of=(self.card[0], self.explained))


@TASKS.add
@dataclass(frozen=True)
class MultiRegression(Regression):
    """Several numbers for each sequence; metrics are averages over the targets."""

    name: ClassVar[str] = "multi_regression"
    label: ClassVar[str] = "multi regression"


def get(name: str) -> Regression:
    """Give a task of numbers by its name.

    Raises
    ------
    TypeError
        If the task with this name is of another kind; this is a bug, not a fault of the user.
    """
    found = TASKS.create(name)
    if not isinstance(found, Regression):
        raise TypeError(f"the task {name!r} is none of numbers")
    return found


def sentence(
    model: Scores,
    baselines: Sequence[Scores],
    *,
    n: int,
    part: str,
    ceiling: float | None,
    of: tuple[Metric, str] = (CARD[0], "variance"),
) -> str:
    """Say how good a model is and against what, in Markdown; ``of`` is the metric and what it is a share of.

    >>> ridge = Scores("k-mer ridge", {"r2": 0.463})
    >>> cnn = Scores("CNN", {"r2": 0.59}, {"r2": (0.558, 0.621)})
    >>> sentence(cnn, [ridge], n=1232, part="test", ceiling=0.958)
    'explains **59%** of the variance [56, 62] of n = 1,232 test sequences; k-mer ridge 46%, noise ceiling 96%.'
    """
    counted = f"n = {n:,} {PART_NAMES[part]} sequence{'' if n == 1 else 's'}"
    (metric, whole), ends = of, model.interval(of[0].key)
    share = model.value(metric.key)
    if share is None:
        found = f"has no {metric.label} on {counted}: their observed values do not vary"
    elif share <= 0:
        score = f"{metric.label} {write_signed(share)}{_range(ends, scale=1)}"
        found = f"explains **none** of the {whole} ({score}) of {counted}"
    else:
        found = f"explains **{percent(share)}** of the {whole}{_range(ends, scale=100)} of {counted}"
    beside = [f"{item.label} {percent(value)}" for item in baselines if (value := item.value(metric.key)) is not None]
    if ceiling is not None:
        beside.append(f"noise ceiling {percent(ceiling)}")
    return found + (f"; {', '.join(beside)}" if beside else "") + "."


def _range(interval: tuple[float, float] | None, *, scale: int) -> str:
    if interval is None:
        return ""
    digits = 0 if scale == 100 else 3
    return " [" + ", ".join(write_signed(end * scale, digits) for end in interval) + "]"
