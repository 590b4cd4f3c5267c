"""The tasks ``regression`` and ``multi_regression``: numbers against numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.tasks import metrics
from lib.tasks.base import LEVEL, REPLICATES, SEED, LearningSettings, Loss, Prediction, Rows, Task
from lib.tasks.bootstrap import bootstrap, intervals, together
from lib.tasks.data import Part, TrainingData
from lib.tasks.scores import PART_NAMES, Metric, Scores, percent, signed

if TYPE_CHECKING:
    from torch import Tensor

_VARIES = 1e-9

CARD = (
    Metric("r2", "R²", "share of the variance that the model explains; 1 is perfect, 0 is no better than the mean"),
    Metric("pearson", "Pearson r", "linear correlation of predicted and observed"),
    Metric("spearman", "Spearman ρ", "correlation of the ranks"),
    Metric("rmse", "RMSE", "root of the mean squared error", power=1, higher=False),
    Metric("mae", "MAE", "mean absolute error", power=1, higher=False),
    Metric("mse", "MSE", "mean squared error", power=2, higher=False),
)


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

    def known(self, labels: "Tensor") -> "Tensor":
        """Count the known labels (N, T + A) of the targets and of the auxiliary targets, (2,), each at least 1."""
        import torch

        there = ~labels.isnan()
        return torch.stack([there[:, : self.targets].sum(), there[:, self.targets :].sum()]).clamp(min=1)

    def __call__(self, predictions: "Tensor", labels: "Tensor", known: "Tensor | None" = None) -> "Tensor":
        """Compare (N, T + A) standardised predictions and labels; NaN labels count nothing.

        With what is ``known`` of a whole batch, the losses of its pieces add up to exactly the loss of the batch.
        """
        count = self.known(labels) if known is None else known
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


class Regression(Task):
    """One or several numbers for each sequence; metrics are averages over the targets."""

    card: tuple[Metric, ...] = CARD
    skill: tuple[str, float] = ("r2", 0.0)

    def labels(self, data: TrainingData, settings: LearningSettings) -> StandardLabels:
        """Standardise the targets, and the auxiliary targets where they are learned too."""
        return StandardLabels.of(data.train, auxiliary=settings.auxiliary)

    def scores(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, Any]:
        """Give n and each metric, averaged over the targets."""
        return metrics.scores(dataset.targets[rows], predicted.values[rows])

    def intervals(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, list[float]]:
        """Give the interval of each of them."""
        observed = np.asarray(dataset.targets[rows])
        found = bootstrap(observed, np.asarray(predicted.values[rows]), replicates=REPLICATES, seed=SEED, level=LEVEL)
        return {name: list(interval) for name, interval in found.items()}

    def per_target(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, dict[str, Any]]:
        """Give n and each metric of every target."""
        return metrics.per_target(dataset.targets[rows], predicted.values[rows], dataset.target_names)

    def score_target(
        self, observed: FloatArray, predicted: FloatArray, target: int, *, interval: bool
    ) -> tuple[float, tuple[float, float] | None]:
        """Give R2 of one target, and its interval where it is wanted."""
        y, f = observed[:, [target]], predicted[:, [target]]
        value = float(metrics.column(y[:, 0], f[:, 0])["r2"])
        if not interval:
            return value, None
        found = together(y, [f], replicates=REPLICATES, seed=SEED, metrics=["r2"])[0]
        return value, intervals(found, level=LEVEL)["r2"]


def sentence(model: Scores, baselines: Sequence[Scores], *, n: int, part: str, ceiling: float | None) -> str:
    """Say how good a model is and against what, in Markdown.

    >>> ridge = Scores("k-mer ridge", {"r2": 0.463})
    >>> cnn = Scores("CNN", {"r2": 0.59}, {"r2": (0.558, 0.621)})
    >>> sentence(cnn, [ridge], n=1232, part="test", ceiling=0.958)
    'explains **59%** of the variance [56, 62] of n = 1,232 test sequences; k-mer ridge 46%, noise ceiling 96%.'
    """
    counted = f"n = {n:,} {PART_NAMES[part]} sequence{'' if n == 1 else 's'}"
    r2 = model.value("r2")
    if r2 is None:
        found = f"has no R² on {counted}: their observed values do not vary"
    elif r2 <= 0:
        found = f"explains **none** of the variance (R² {signed(r2)}{_range(model, scale=1)}) of {counted}"
    else:
        found = f"explains **{percent(r2)}** of the variance{_range(model, scale=100)} of {counted}"
    beside = [f"{item.label} {percent(value)}" for item in baselines if (value := item.value("r2")) is not None]
    if ceiling is not None:
        beside.append(f"noise ceiling {percent(ceiling)}")
    return found + (f"; {', '.join(beside)}" if beside else "") + "."


def _range(model: Scores, *, scale: int) -> str:
    interval = model.interval("r2")
    if interval is None:
        return ""
    digits = 0 if scale == 100 else 3
    return " [" + ", ".join(signed(end * scale, digits) for end in interval) + "]"
