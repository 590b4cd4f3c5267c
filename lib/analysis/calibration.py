"""Whether the spread of an ensemble is as large as its errors.

The spread is the standard deviation over the members. It is no confidence interval: it knows neither the noise of the
measurement nor what all members get wrong together, so most ensembles are too sure (Lakshminarayanan et al. 2017,
arXiv:1612.01474).
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib.analysis.correlation import groups_of
from lib.core.arrays import FloatArray

LEVELS = (0.5, 0.68, 0.8, 0.9, 0.95, 0.99)
"""Shares that mean ± z SD would hold if the errors were normal with this standard deviation."""


def bins(spread: FloatArray, error: FloatArray, *, groups: int = 10, fewest: int = 20) -> pd.DataFrame:
    """Give the size of the error in groups of sequences of about equal spread, ascending.

    Parameters
    ----------
    spread
        (N,) standard deviation over the members, in the unit of the target.
    error
        (N,) predicted minus observed, in the same unit.

    Returns
    -------
    pd.DataFrame
        ``low`` and ``high`` spread of a group (both inclusive), its mean ``spread``, ``n``, the root mean squared error
        ``rmse``, the mean absolute error ``mae`` and the 95% interval of that mean, ``mae_low`` and ``mae_high``
        (Student's t, no lower than 0).

    >>> bins(np.array([1.0, 1, 2, 2]), np.array([3.0, -5, 6, 6]), fewest=2)[["spread", "n", "mae"]].to_numpy().tolist()
    [[1.0, 2.0, 4.0], [2.0, 2.0, 6.0]]
    """
    if not len(spread):
        names = ("low", "high", "spread", "n", "rmse", "mae", "mae_low", "mae_high")
        return pd.DataFrame({name: pd.Series(dtype=float) for name in names})
    group = groups_of(spread, groups=groups, fewest=fewest)
    rows = [_row(spread[group == number], error[group == number]) for number in range(int(group.max()) + 1)]
    return pd.DataFrame(rows)


def _row(spread: FloatArray, error: FloatArray) -> dict[str, Any]:
    size, n = np.abs(error), len(error)
    mean = float(size.mean())
    margin = float(stats.t.ppf(0.975, n - 1) * size.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
    return {
        "low": float(spread.min()),
        "high": float(spread.max()),
        "spread": float(spread.mean()),
        "n": n,
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": mean,
        "mae_low": max(0.0, mean - margin),
        "mae_high": mean + margin,
    }


def coverage(spread: FloatArray, error: FloatArray, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
    """Count how many observed values lie within mean ± z SD of the members.

    Parameters
    ----------
    spread, error
        (N,) each, as for ``bins``.

    Returns
    -------
    pd.DataFrame
        For each level: ``expected`` share under a normal distribution, ``z``, the ``observed`` share, its 95% interval
        ``low`` and ``high`` (Wilson 1927, doi:10.1080/01621459.1927.10502953), ``n``.

    >>> found = coverage(np.array([1.0, 1, 1, 1]), np.array([0.5, -1.5, 2.5, 0]), levels=[0.95])
    >>> round(float(found["z"][0]), 2), float(found["observed"][0])
    (1.96, 0.75)
    """
    rows, n = [], len(spread)
    for level in levels:
        z = NormalDist().inv_cdf(0.5 + level / 2)
        held = int((np.abs(error) <= z * spread).sum())
        low = high = share = float("nan")
        if n:
            ends = stats.binomtest(held, n).proportion_ci(method="wilson")
            share, low, high = held / n, float(ends.low), float(ends.high)
        rows.append({"expected": level, "z": z, "observed": share, "low": low, "high": high, "n": n})
    return pd.DataFrame(rows)


def factor(spread: FloatArray, error: FloatArray) -> float:
    """Give by how much the spread would have to be multiplied to be as large as the errors.

    It is the root of the mean squared error over that of the mean squared spread; NaN where there is no spread.

    >>> factor(np.array([1.0, 2.0]), np.array([3.0, -6.0]))
    3.0
    """
    if not (spread > 0).any():
        return float("nan")
    return float(np.sqrt(np.sum(error**2) / np.sum(spread**2)))
