"""How far a metric may be off: percentile bootstrap over sequences (Efron & Tibshirani 1993, chapter 13).

A resample is a vector of counts (how often each sequence was drawn), so every metric of every resample is a weighted
sum, and all of them together are a few matrix products. Spearman is exact: ranks are formed anew within each resample,
ties sharing their mean rank. One resample serves all targets, so their dependence is kept.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lib.core.arrays import FloatArray
from lib.tasks.metrics import KEYS, Resampler, check, resample

_SMALLEST = 1e-300  # p value that is written at least
_CELLS = 2_000_000  # counts held at a time (N x resamples), 16 MB


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
    metrics: Sequence[str] = KEYS,
    by: Resampler | None = None,
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
        What gives them for resamples, of another task than regression; see ``lib.tasks.metrics.resample``.
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
            blocks[place].append((by or resample)(observed, predicted, counts, metrics))
    return [{name: np.concatenate([block[name] for block in of]) for name in metrics} for of in blocks]


def difference(
    observed: FloatArray,
    first: FloatArray,
    second: FloatArray,
    *,
    metric: str = "r2",
    replicates: int = 1000,
    by: Resampler | None = None,
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


def _counts(rng: np.random.Generator, rows: int, resamples: int) -> FloatArray:
    drawn = [np.bincount(rng.integers(0, rows, rows), minlength=rows) for _ in range(resamples)]
    return np.stack(drawn, axis=1).astype(np.float64)


def _interval(values: FloatArray, tails: list[float]) -> tuple[float, float]:
    defined = values[~np.isnan(values)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, tails)
    return float(low), float(high)
