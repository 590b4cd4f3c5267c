"""How right predictions are. Observed and predicted values are (N, T), in the units of the targets.

An observed value that is missing (NaN) is left out, target by target. A prediction that is not finite is never left
out: it makes the metrics of its target NaN, so that a model cannot win by not answering. A metric that the data do not
define (R2 and correlations of a constant, fewer than two values) is NaN too; ``plain`` writes NaN as None for JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from lib.core.arrays import FloatArray

METRICS = ("mse", "mae", "rmse", "r2", "pearson", "spearman")


def scores(observed: FloatArray, predicted: FloatArray) -> dict[str, Any]:
    """Give n and each metric, the plain average over the targets for which the metric is defined.

    Parameters
    ----------
    observed, predicted
        (N, T) each; n counts the sequences with at least one observed target.

    >>> round(scores(np.array([[1.0], [2.0], [4.0]]), np.array([[1.0], [2.0], [3.0]]))["r2"], 3)
    0.786
    """
    check(observed, predicted)
    columns = [column(observed[:, target], predicted[:, target]) for target in range(observed.shape[1])]
    averages = {name: average(np.array([values[name] for values in columns])) for name in METRICS}
    return {"n": int(np.isfinite(observed).any(axis=1).sum()), **averages}


def per_target(observed: FloatArray, predicted: FloatArray, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Give n and each metric for every target by its name; values are (N, T) with T names."""
    check(observed, predicted)
    if len(names) != observed.shape[1]:
        raise ValueError(f"there are {observed.shape[1]} targets but {len(names)} names")
    return {name: column(observed[:, target], predicted[:, target]) for target, name in enumerate(names)}


def column(observed: FloatArray, predicted: FloatArray) -> dict[str, Any]:
    """Give n and each metric of one target, (N,) each."""
    known = np.isfinite(observed)
    y, f = observed[known].astype(np.float64), predicted[known].astype(np.float64)
    result = {"n": len(y), **dict.fromkeys(METRICS, float("nan"))}
    if not len(y) or not np.isfinite(f).all():
        return result
    error = f - y
    mse = float(np.mean(error**2))
    result.update(mse=mse, mae=float(np.mean(np.abs(error))), rmse=float(np.sqrt(mse)))
    if varies(y):
        result["r2"] = 1.0 - mse / float(np.mean((y - y.mean()) ** 2))
    if varies(y) and varies(f):
        result["pearson"] = _correlation(y, f)
        result["spearman"] = _correlation(rankdata(y), rankdata(f))
    return result


def varies(values: FloatArray) -> bool:
    """Say whether (N,) values are at least two different numbers."""
    return bool(len(values) and values.max() > values.min())


def average(values: FloatArray) -> float:
    """Average the values that are defined, NaN where none is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


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


def _correlation(first: FloatArray, second: FloatArray) -> float:
    first, second = first - first.mean(), second - second.mean()
    return float(np.clip(first @ second / np.sqrt((first @ first) * (second @ second)), -1.0, 1.0))
