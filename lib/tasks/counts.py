"""The task ``counts``: how often something was counted for each sequence, such as reads or UMIs: 0, 1, 2, ...

A network learns the logarithm of a rate by the likelihood of a Poisson distribution, and predicts the rate: the count
that is expected, above 0. The logarithm lets effects multiply, and the likelihood weighs an error by how much counts of
that size scatter anyway (McCullagh & Nelder 1989, Generalized Linear Models, chapter 6).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.special import xlogy

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets.targets import COLUMN_TARGETS, ColumnTarget, TargetResult, one_number
from lib.tasks.base import TASKS, Labels, LearningSettings, Loss
from lib.tasks.data import Part, TrainingData
from lib.tasks.metrics import Sums, correlate_ranks
from lib.tasks.regression import Regression
from lib.tasks.scores import Metric

if TYPE_CHECKING:
    from torch import Tensor

LOWEST = 1e-9
"""A predicted rate counts as at least this, so that a deviance is finite."""
_WHOLE = re.compile(r"\+?\d{1,15}(\.0*)?")
_MISSING = {"", "na", "n/a", "#n/a", "nan", "null", ".", "-", "none"}


def deviances(observed: FloatArray, rates: FloatArray) -> FloatArray:
    """Give the Poisson deviance of each count, (N,): twice what its log-likelihood lacks to that of a perfect rate.

    >>> deviances(np.array([0.0, 2.0]), np.array([1.0, 1.0])).round(4).tolist()
    [2.0, 0.7726]
    """
    mu = np.maximum(rates, LOWEST)
    return np.asarray(2 * (xlogy(observed, observed / mu) - (observed - mu)), dtype=np.float64)


def explain_deviance(sums: Sums) -> FloatArray:
    """Give the share of the deviance from the mean that rates explain, (R,); NaN where counts do not vary."""
    mean = sums.mean(sums.observed)
    surprise = np.asarray(xlogy(sums.observed, sums.observed), dtype=np.float64)
    null = 2 * (sums.mean(surprise) - xlogy(mean, mean))
    varying = ~np.isnan(sums.variance(sums.observed))
    found = 1.0 - sums.mean(deviances(sums.observed, sums.predicted)) / np.where(varying, null, np.nan)
    return np.asarray(found)


def correlate_logs(sums: Sums) -> FloatArray:
    """Give the linear correlation of log(1 + counts) and log(1 + rates), (R,)."""
    return sums.correlation(np.log1p(sums.observed), np.log1p(np.maximum(sums.predicted, 0.0)))


CARD = (
    Metric(
        "d2",
        "D²",
        "share of the Poisson deviance that the model explains; 1 is perfect, 0 is no better than the mean",
        compute=explain_deviance,
    ),
    Metric(
        "spearman",
        "Spearman ρ",
        "correlation of the ranks",
        compute=correlate_ranks,
    ),
    Metric(
        "pearson_log1p",
        "Pearson r of log(1 + counts)",
        "linear correlation of log(1 + predicted) and log(1 + observed)",
        compute=correlate_logs,
    ),
)


@dataclass(frozen=True)
class PoissonLoss:
    """Half the mean Poisson deviance of counts, in units of the mean count of the train part.

    Parameters
    ----------
    targets
        Count of the targets T.
    """

    judged: ClassVar[str] = "d2"
    targets: int

    def count_known(self, labels: "Tensor") -> "Tensor":
        """Count the labels (N, T) of a whole batch, a scalar of at least 1."""
        return (~labels.isnan()).sum().clamp(min=1)

    def __call__(self, predictions: "Tensor", labels: "Tensor", known: "Tensor | None" = None) -> "Tensor":
        """Compare log rates (N, T) with counts (N, T), both relative to the mean count; NaN labels count nothing.

        exp(f) - y f is minus the log-likelihood of a count y but for what no prediction changes; y log y - y is taken
        off, so that a perfect prediction has the loss 0. With what is ``known`` of a whole batch, the losses of its
        pieces add up to exactly the loss of the batch.
        """
        count = self.count_known(labels) if known is None else known
        y = labels.nan_to_num()
        each = predictions.exp() - y * predictions + y.xlogy(y) - y
        return (each * ~labels.isnan()).sum() / count

    def score(self, predictions: "Tensor", labels: "Tensor") -> float:
        """Judge log rates (N, T) by the deviance explained, the mean over the targets; NaN where not defined."""
        observed, rates = labels.double().numpy(), predictions.double().exp().numpy()
        return float(Counts().scores_of(observed, rates)["d2"])


@dataclass(frozen=True)
class CountLabels:
    """Counts as networks learn them: relative to the mean count of the train part, (T,) ``means`` of at least 1e-9."""

    means: FloatArray

    @classmethod
    def of(cls, train: Part) -> "CountLabels":
        """Take the mean counts of the train part.

        Raises
        ------
        UserError
            If a count is negative.
        """
        if np.nanmin(train.targets) < 0:
            raise UserError(f"A count is {np.nanmin(train.targets):g}; counts are 0 or more. Choose another target.")
        return cls(np.maximum(train.targets.mean(axis=0), LOWEST))

    @property
    def targets(self) -> int:
        """Count the targets."""
        return len(self.means)

    @property
    def centre(self) -> FloatArray:
        """Give what is added to relative log rates: the logarithm of the means."""
        return np.asarray(np.log(self.means))

    @property
    def scale(self) -> FloatArray:
        """Give what they are multiplied by before: 1."""
        return np.ones(len(self.means))

    def __len__(self) -> int:
        """Count what is learned."""
        return len(self.means)

    def standard(self, part: Part) -> FloatArray:
        """Give the relative counts of a part, (N, T)."""
        return np.asarray(part.targets / self.means)

    def loss(self) -> Loss:
        """Give what compares a network with these labels."""
        return PoissonLoss(self.targets)


@TASKS.add
@dataclass(frozen=True)
class Counts(Regression):
    """A count for each sequence, predicted as a rate."""

    name: ClassVar[str] = "counts"
    label: ClassVar[str] = "counts"
    kind: ClassVar[str] = ""
    card: ClassVar[tuple[Metric, ...]] = CARD
    skill: ClassVar[tuple[str, float]] = ("d2", 0.0)
    shortfall_label: ClassVar[str] = "Poisson deviance"
    link: ClassVar[str] = "log"
    explained: ClassVar[str] = "deviance"

    def shortfall(self, observed: FloatArray, predicted: FloatArray) -> float:
        """Give the mean Poisson deviance."""
        return float(np.nanmean(deviances(observed, predicted)))

    def labels(self, data: TrainingData, settings: LearningSettings) -> Labels:
        """Take the counts, relative to their means; auxiliary targets are no counts and are not learned."""
        return CountLabels.of(data.train)


def read_counts(cells: Sequence[str], column: str) -> TargetResult:
    """Read the counts of N rows from a column; a row without one has NaN.

    Raises
    ------
    UserError
        If a cell is neither a whole number of 0 or more nor empty.

    >>> read_counts(["3", "NA", "0.0"], "reads").values[:, 0].tolist()
    [3.0, nan, 0.0]
    """
    texts = [str(cell).strip() for cell in cells]
    wrong = [text for text in texts if text.lower() not in _MISSING and not _WHOLE.fullmatch(text)]
    if wrong:
        raise UserError(
            f"The column {column!r} holds {wrong[0]!r} and {len(wrong) - 1:,} other cells that are no counts; counts "
            "are whole numbers of 0 or more. Choose another column, or One column for a measured number."
        )
    values = np.array([np.nan if text.lower() in _MISSING else float(text) for text in texts])
    return one_number(column, "counts", values, Counts.name)


def looks_like_counts(cells: Sequence[str]) -> bool:
    """Say whether cells are whole numbers of 0 or more, at least three different ones among them."""
    known = {cell.strip() for cell in cells} - _MISSING
    return len(known) > 2 and all(_WHOLE.fullmatch(text) for text in known if text.lower() not in _MISSING)


COLUMN_TARGETS["counts"] = ColumnTarget("Counts per sequence", read_counts, looks_like_counts)
