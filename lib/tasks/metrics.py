"""How right numbers are. Observed and predicted values are (N, T), in the units of the targets.

Each metric is one entry of ``METRICS``: a function of sums over weighted sequences, so that its value and all its
resamples come from the same lines. An observed value that is missing (NaN) is left out, target by target. A prediction
that is not finite is never left out: it makes the metrics of its target NaN, so that a model cannot win by not
answering. A metric that the data do not define (R2 and correlations of a constant, fewer than two values) is NaN too;
``plain`` writes NaN as None for JSON.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.tasks.scores import Metric

_CONSTANT = 1e-12  # a resample whose variance is below this share of its mean square holds one value only


@dataclass(frozen=True)
class Sums:
    """What n sequences of one target add to the metrics of R resamples.

    Parameters
    ----------
    observed, predicted
        (n,) finite values.
    counts
        (n, R) how often each sequence stands in each resample.
    """

    observed: FloatArray
    predicted: FloatArray
    counts: FloatArray

    @cached_property
    def total(self) -> FloatArray:
        """Count the sequences of each resample, (R,); NaN where there are none."""
        total = self.counts.sum(axis=0)
        return np.asarray(np.where(total > 0, total, np.nan))

    def mean(self, values: FloatArray) -> FloatArray:
        """Average (n,) values within each resample, (R,)."""
        return np.asarray(values @ self.counts / self.total)

    @cached_property
    def error(self) -> FloatArray:
        """Give predicted minus observed, (n,)."""
        return self.predicted - self.observed

    @cached_property
    def mse(self) -> FloatArray:
        """Give the mean squared error, (R,)."""
        return self.mean(self.error * self.error)

    def variance(self, values: FloatArray) -> FloatArray:
        """Give the variance of (n,) values within each resample, (R,); NaN where they are all equal."""
        if not varies(values):
            return np.full(self.counts.shape[1], np.nan)
        centred = values - values.mean()
        square = self.mean(centred * centred)
        found = square - self.mean(centred) ** 2
        return np.where(found > _CONSTANT * square, found, np.nan)

    def correlation(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Give the linear correlation of (n,) values within each resample, (R,)."""
        norm = np.sqrt(self.variance(first) * self.variance(second))
        x, y = first - first.mean(), second - second.mean()
        return np.asarray(np.clip((self.mean(x * y) - self.mean(x) * self.mean(y)) / norm, -1.0, 1.0))

    def rank_correlation(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Give Spearman's correlation of (n,) values, (R,); ranks are formed anew within each resample, ties shared."""
        if not (varies(first) and varies(second)):
            return np.full(self.counts.shape[1], np.nan)
        centre = self.counts.sum(axis=0) / 2
        x, x_square = _ranks(first, self.counts, centre)
        y, y_square = _ranks(second, self.counts, centre)
        norm = np.sqrt(x_square * y_square)
        both = np.einsum("nr,nr,nr->r", self.counts, x, y)
        found = np.clip(both / np.where(norm > 0, norm, np.nan), -1.0, 1.0)
        constant = np.isnan(self.variance(first)) | np.isnan(self.variance(second))
        return np.asarray(np.where(constant, np.nan, found))


# Named functions, not lambdas: scores travel with their metrics into caches, which pickle them.
def explain_variance(sums: Sums) -> FloatArray:
    """Give the share of the variance that predictions explain, (R,)."""
    return 1.0 - sums.mse / sums.variance(sums.observed)


def correlate(sums: Sums) -> FloatArray:
    """Give the linear correlation of predicted and observed, (R,)."""
    return sums.correlation(sums.observed, sums.predicted)


def correlate_ranks(sums: Sums) -> FloatArray:
    """Give the correlation of the ranks of predicted and observed, (R,)."""
    return sums.rank_correlation(sums.observed, sums.predicted)


def average_squared_error(sums: Sums) -> FloatArray:
    """Give the mean squared error, (R,)."""
    return sums.mse


def take_root(sums: Sums) -> FloatArray:
    """Give the root of the mean squared error, (R,)."""
    return np.asarray(np.sqrt(sums.mse))


def average_absolute_error(sums: Sums) -> FloatArray:
    """Give the mean absolute error, (R,)."""
    return sums.mean(np.abs(sums.error))


METRICS = (
    Metric(
        "r2",
        "R²",
        "share of the variance that the model explains; 1 is perfect, 0 is no better than the mean",
        compute=explain_variance,
    ),
    Metric(
        "pearson",
        "Pearson r",
        "linear correlation of predicted and observed",
        compute=correlate,
    ),
    Metric(
        "spearman",
        "Spearman ρ",
        "correlation of the ranks",
        compute=correlate_ranks,
    ),
    Metric(
        "rmse",
        "RMSE",
        "root of the mean squared error",
        power=1,
        higher=False,
        compute=take_root,
    ),
    Metric(
        "mae",
        "MAE",
        "mean absolute error",
        power=1,
        higher=False,
        compute=average_absolute_error,
    ),
    Metric("mse", "MSE", "mean squared error", power=2, higher=False, compute=average_squared_error),
)
KEYS = tuple(metric.key for metric in METRICS)

Resampler = Callable[[FloatArray, FloatArray, FloatArray, Sequence[str]], Mapping[str, FloatArray]]
"""Gives metrics (R,) by their keys from observed and predicted (N, T), counts (N, R) and the keys wanted."""


def resample_target(
    observed: FloatArray, predicted: FloatArray, counts: FloatArray, metrics: Sequence[Metric]
) -> dict[str, FloatArray]:
    """Give each metric (R,) of one target, (N,) each, in R resamples (N, R)."""
    known = np.isfinite(observed)
    y, f = observed[known].astype(np.float64), predicted[known].astype(np.float64)
    if not len(y) or not np.isfinite(f).all():
        return {metric.key: np.full(counts.shape[1], np.nan) for metric in metrics}
    sums = Sums(y, f, counts[known])
    return {metric.key: metric.compute(sums) for metric in metrics if metric.compute is not None}


def resample(
    observed: FloatArray,
    predicted: FloatArray,
    counts: FloatArray,
    wanted: Sequence[str] = KEYS,
    *,
    metrics: Sequence[Metric] = METRICS,
) -> dict[str, FloatArray]:
    """Give each metric that is wanted, (R,), of R resamples, averaged over the targets for which it is defined.

    Parameters
    ----------
    observed, predicted
        (N, T) each.
    counts
        (N, R) how often each sequence stands in each resample.
    wanted
        Keys of ``metrics``.
    """
    check(observed, predicted)
    chosen = [metric for metric in metrics if metric.key in wanted]
    columns = [
        resample_target(observed[:, target], predicted[:, target], counts, chosen)
        for target in range(observed.shape[1])
    ]
    return {key: _average(np.stack([values[key] for values in columns])) for key in wanted}


def scores(observed: FloatArray, predicted: FloatArray, *, metrics: Sequence[Metric] = METRICS) -> dict[str, Any]:
    """Give n and each metric, the plain average over the targets for which the metric is defined.

    Parameters
    ----------
    observed, predicted
        (N, T) each; n counts the sequences with at least one observed target.

    >>> round(scores(np.array([[1.0], [2.0], [4.0]]), np.array([[1.0], [2.0], [3.0]]))["r2"], 3)
    0.786
    """
    once, keys = np.ones((len(observed), 1)), [metric.key for metric in metrics]
    found = resample(observed, predicted, once, keys, metrics=metrics)
    return {"n": int(np.isfinite(observed).any(axis=1).sum()), **{key: float(found[key][0]) for key in keys}}


def per_target(
    observed: FloatArray, predicted: FloatArray, names: Sequence[str], *, metrics: Sequence[Metric] = METRICS
) -> dict[str, dict[str, Any]]:
    """Give n and each metric for every target by its name; values are (N, T) with T names."""
    check(observed, predicted)
    if len(names) != observed.shape[1]:
        raise ValueError(f"there are {observed.shape[1]} targets but {len(names)} names")
    return {
        name: column(observed[:, target], predicted[:, target], metrics=metrics) for target, name in enumerate(names)
    }


def column(observed: FloatArray, predicted: FloatArray, *, metrics: Sequence[Metric] = METRICS) -> dict[str, Any]:
    """Give n and each metric of one target, (N,) each."""
    return scores(observed[:, None], predicted[:, None], metrics=metrics)


def varies(values: FloatArray) -> bool:
    """Say whether (N,) values are at least two different numbers."""
    return bool(len(values) and values.max() > values.min())


def plain(value: Any) -> Any:
    """Make metrics ready for JSON, however nested: NaN and infinities become None, tuples lists.

    >>> plain({"r2": float("nan"), "interval": (0.5, 0.6)})
    {'r2': None, 'interval': [0.5, 0.6]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


def check(observed: FloatArray, predicted: FloatArray) -> None:
    """Refuse values that do not belong together.

    Raises
    ------
    ValueError
        If the two are not both (N, T).
    """
    if observed.ndim != 2 or observed.shape != predicted.shape:
        raise ValueError(f"observed is {observed.shape} and predicted {predicted.shape}; both must be (N, T)")


def _ranks(values: FloatArray, counts: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the centred mean rank of each sequence in each resample (N, R) and their sum of squares (R,)."""
    group: NDArray[np.intp]
    _, first, group = np.unique(values[order := np.argsort(values)], return_index=True, return_inverse=True)
    weights = np.add.reduceat(counts[order], first, axis=0)  # groups of ties, R
    ranks = np.cumsum(weights, axis=0) - weights / 2 - centre
    place = np.empty_like(order)
    place[order] = group
    return ranks[place], np.einsum("gr,gr,gr->r", weights, ranks, ranks)


def _average(values: FloatArray) -> FloatArray:
    """Average (T, R) over the targets for which it is defined."""
    defined = ~np.isnan(values)
    total = np.where(defined, values, 0.0).sum(axis=0)
    return np.asarray(np.where(defined.any(axis=0), total / np.maximum(defined.sum(axis=0), 1), np.nan))
