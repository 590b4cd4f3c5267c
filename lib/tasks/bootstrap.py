"""How far a metric may be off: percentile bootstrap over sequences (Efron & Tibshirani 1993, chapter 13).

A resample is a vector of counts (how often each sequence was drawn), so every metric of every resample is a weighted
sum, and all of them together are a few matrix products. Spearman is exact: ranks are formed anew within each resample,
ties sharing their mean rank. One resample serves all targets, so their dependence is kept.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.tasks.metrics import METRICS, check, varies

_SMALLEST = 1e-300  # p value that is written at least
_CELLS = 2_000_000  # counts held at a time (N x resamples), 16 MB
_CONSTANT = 1e-12  # a resample whose variance is below this share of its mean square holds one value only


Resampled = Callable[[FloatArray, FloatArray, FloatArray, Sequence[str]], Mapping[str, FloatArray]]


class Difference(NamedTuple):
    """How much a metric of one model lies above that of another: 95% interval and two-sided p value of a bootstrap."""

    value: float
    low: float
    high: float
    p: float


def bootstrap(
    observed: FloatArray, predicted: FloatArray, *, replicates: int = 1000, seed: int = 0, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """Give the interval of each metric as ``scores`` averages it, (NaN, NaN) where the metric is not defined.

    Parameters
    ----------
    observed, predicted
        (N, T) each; sequences are resampled, N of N with replacement.
    """
    return intervals(together(observed, [predicted], replicates=replicates, seed=seed)[0], level=level)


def intervals(resamples: Mapping[str, FloatArray], *, level: float = 0.95) -> dict[str, tuple[float, float]]:
    """Give the percentile interval of each metric from its values in R resamples, (R,) each."""
    tails = [(1 - level) / 2, (1 + level) / 2]
    return {name: _interval(values, tails) for name, values in resamples.items()}


def together(
    observed: FloatArray,
    models: Sequence[FloatArray],
    *,
    replicates: int = 1000,
    seed: int = 0,
    metrics: Sequence[str] = METRICS,
    by: Resampled | None = None,
) -> list[dict[str, FloatArray]]:
    """Give each metric (R,) of K models in the same R resamples, so that differences between models are paired.

    Parameters
    ----------
    observed
        (N, T).
    models
        K predictions, (N, T) each.
    metrics
        Those that are wanted; Spearman costs most.
    by
        What gives them for resamples, of another task than regression; see ``resampled``.
    """
    for predicted in models:
        check(observed, predicted)
    rows = len(observed)
    if not rows:
        return [{name: np.empty(0) for name in metrics} for _ in models]
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS // rows)
    blocks: list[list[Mapping[str, FloatArray]]] = [[] for _ in models]
    for start in range(0, replicates, step):
        counts = _counts(rng, rows, min(step, replicates - start))
        for place, predicted in enumerate(models):
            blocks[place].append((by or resampled)(observed, predicted, counts, metrics))
    return [{name: np.concatenate([block[name] for block in of]) for name in metrics} for of in blocks]


def difference(
    observed: FloatArray,
    first: FloatArray,
    second: FloatArray,
    *,
    metric: str = "r2",
    replicates: int = 1000,
    by: Resampled | None = None,
) -> tuple[float, float]:
    """Give the 95% interval of a metric of the first model minus that of the second, (NaN, NaN) if not defined.

    Paired: both are judged on the same resamples, so that how hard a resample is drops out.

    Parameters
    ----------
    observed, first, second
        (N, T) each.
    by
        See ``together``.
    """
    one, other = together(observed, [first, second], replicates=replicates, metrics=[metric], by=by)
    return _interval(one[metric] - other[metric], [0.025, 0.975])


def apart(value: float, first: FloatArray, second: FloatArray) -> Difference:
    """Say how sure a difference of ``value`` is from a metric of two models in the same R resamples, (R,) each.

    The p value is twice the share of resamples on the rarer side of zero, those at zero on both sides, with one added
    to counts and total so that it is never 0 (Davison & Hinkley 1997, section 4.2). Where no resample lies there, so
    that it can only be said to be small, a normal distribution with the spread of the resamples says how small.
    """
    apart_by = first - second
    apart_by = apart_by[~np.isnan(apart_by)]
    if not len(apart_by):
        return Difference(value, *[float("nan")] * 3)
    rarer = min(int((apart_by <= 0).sum()), int((apart_by >= 0).sum()))
    p = min(1.0, 2 * (rarer + 1) / (len(apart_by) + 1))
    if not rarer:
        spread = float(apart_by.std())
        tail = math.erfc(abs(float(apart_by.mean())) / spread / math.sqrt(2)) if spread > 0 else 0.0
        p = min(p, max(tail, _SMALLEST))
    return Difference(value, *_interval(apart_by, [0.025, 0.975]), p)


def resampled(
    observed: FloatArray, predicted: FloatArray, counts: FloatArray, metrics: Sequence[str] = METRICS
) -> dict[str, FloatArray]:
    """Give each metric that is wanted, (R,), of R resamples, averaged over the targets.

    Parameters
    ----------
    observed, predicted
        (N, T) each.
    counts
        (N, R) how often each sequence stands in each resample.
    """
    columns = []
    for target in range(observed.shape[1]):
        known = np.isfinite(observed[:, target])
        ranked = "spearman" in metrics
        columns.append(_column(observed[known, target], predicted[known, target], counts[known], ranked=ranked))
    return {name: _average(np.stack([values[name] for values in columns])) for name in metrics}


def _counts(rng: np.random.Generator, rows: int, resamples: int) -> FloatArray:
    drawn = [np.bincount(rng.integers(0, rows, rows), minlength=rows) for _ in range(resamples)]
    return np.stack(drawn, axis=1).astype(np.float64)


def _column(observed: FloatArray, predicted: FloatArray, counts: FloatArray, *, ranked: bool) -> dict[str, FloatArray]:
    nothing = np.full(counts.shape[1], np.nan)
    if not len(observed) or not np.isfinite(predicted).all():
        return dict.fromkeys(METRICS, nothing)
    y, f, error = observed - observed.mean(), predicted - predicted.mean(), predicted - observed
    sums = np.stack([np.ones_like(y), y, f, y * y, f * f, y * f, error * error, np.abs(error)]) @ counts  # 8, R
    total = np.where(sums[0] > 0, sums[0], np.nan)
    y_mean, f_mean, yy, ff, yf, mse, mae = sums[1:] / total
    y_variance, f_variance = _spread(yy, y_mean), _spread(ff, f_mean)
    if not varies(observed):
        y_variance = nothing
    pearson = spearman = nothing
    if varies(observed) and varies(predicted):
        pearson = np.clip((yf - y_mean * f_mean) / np.sqrt(y_variance * f_variance), -1, 1)
        if ranked:
            spearman = np.where(np.isnan(pearson), np.nan, _spearman(observed, predicted, counts))
    return {
        "mse": mse,
        "mae": mae,
        "rmse": np.sqrt(mse),
        "r2": 1 - mse / y_variance,
        "pearson": pearson,
        "spearman": spearman,
    }


def _spread(mean_square: FloatArray, mean: FloatArray) -> FloatArray:
    variance = mean_square - mean**2
    return np.where(variance > _CONSTANT * mean_square, variance, np.nan)


def _spearman(observed: FloatArray, predicted: FloatArray, counts: FloatArray) -> FloatArray:
    centre = counts.sum(axis=0) / 2
    y, y_square = _ranks(observed, counts, centre)
    f, f_square = _ranks(predicted, counts, centre)
    together = np.einsum("nr,nr,nr->r", counts, y, f)
    norm = np.sqrt(y_square * f_square)
    correlation: FloatArray = np.clip(together / np.where(norm > 0, norm, np.nan), -1, 1)
    return correlation


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
    defined = ~np.isnan(values)
    total = np.where(defined, values, 0.0).sum(axis=0)
    return np.where(defined.any(axis=0), total / np.maximum(defined.sum(axis=0), 1), np.nan)


def _interval(values: FloatArray, tails: list[float]) -> tuple[float, float]:
    defined = values[~np.isnan(values)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, tails)
    return float(low), float(high)
