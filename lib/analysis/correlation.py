"""How a number per sequence, such as its hits of motifs, goes with the target: correlations, and means by group.

Intervals of correlations are those of Fisher's z (doi:10.1093/biomet/10.4.507), for ranks with the standard error of
Bonett and Wright (doi:10.1007/BF02294183). A correlation is no cause.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, stats

from lib.analysis.association import LEAST, associate, q_values
from lib.core.arrays import FloatArray

_Z = 1.959964  # 97.5% quantile of the standard normal distribution


class Correlation(NamedTuple):
    """A correlation with its 95% interval, its p value and its n; NaN where it is not defined."""

    r: float
    low: float
    high: float
    p: float
    n: int

    @property
    def known(self) -> bool:
        """Say whether it is defined: both numbers vary, and there are at least four sequences."""
        return bool(np.isfinite(self.r))


def pearson(x: FloatArray, y: FloatArray) -> Correlation:
    """Correlate two numbers of N sequences, (N,) each."""
    return _correlation(x, y, by_rank=False)


def spearman(x: FloatArray, y: FloatArray) -> Correlation:
    """Correlate the ranks of two numbers of N sequences, (N,) each; ties share their mean rank.

    >>> round(spearman(np.array([1.0, 2, 3, 4, 5]), np.array([1.0, 3, 2, 5, 40])).r, 3)
    0.9
    """
    return _correlation(stats.rankdata(x), stats.rankdata(y), by_rank=True)


def _correlation(x: FloatArray, y: FloatArray, *, by_rank: bool) -> Correlation:
    n, nan = len(x), float("nan")
    x, y = x - x.mean() if n else x, y - y.mean() if n else y
    spread = float(np.sqrt((x @ x) * (y @ y)))
    if n < 4 or not spread > 0:
        return Correlation(nan, nan, nan, nan, n)
    r = float(np.clip(x @ y / spread, -1.0, 1.0))
    error = np.sqrt((1 + r * r / 2 if by_rank else 1.0) / (n - 3))
    z = np.arctanh(np.clip(r, -1 + 1e-15, 1 - 1e-15))
    low, high = np.tanh([z - _Z * error, z + _Z * error])
    return Correlation(r, float(low), float(high), float(p_of(np.array([r]), n)[0]), n)


def p_of(r: FloatArray, n: int) -> FloatArray:
    """Give the two-sided p values of correlations (M,) of n sequences, by Student's t with n - 2 degrees of freedom."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(r) * np.sqrt((n - 2) / np.maximum(1 - r * r, 0.0))
    return np.asarray(2 * stats.t.sf(t, max(n - 2, 1)), dtype=np.float64)


def by_column(counts: sparse.csc_array, y: FloatArray) -> pd.DataFrame:
    """Correlate each of M counts of N sequences with the target.

    Parameters
    ----------
    counts
        (N, M), such as the hits of M motifs.
    y
        (N,) target.

    Returns
    -------
    pd.DataFrame
        (M,) ``hits`` in all, ``sequences`` with at least one, ``difference`` of the mean target with and without one
        and its 95% interval ``low``, ``high``, ``r`` (Pearson) of the counts with the target, its ``p``, and ``q``
        (Benjamini and Hochberg) over the counts that are tested: those that vary and that at least ten sequences have.
    """
    table = associate(sparse.csr_array(counts), y)
    r = table["correlation"].to_numpy(dtype=np.float64)
    p = np.where(table["n_with"] >= LEAST, p_of(r, len(y)), np.nan)
    return pd.DataFrame(
        {
            "hits": np.asarray(counts.sum(axis=0), dtype=np.int64),
            "sequences": table["n_with"],
            "difference": table["difference"],
            "low": table["low"],
            "high": table["high"],
            "r": np.where(np.isfinite(p), r, np.nan),
            "p": p,
            "q": q_values(p),
        }
    )


def group_means(x: FloatArray, y: FloatArray, *, groups: int = 10, fewest: int = 10) -> pd.DataFrame:
    """Give the mean target of sequences with about equal numbers, in up to ``groups`` groups of about equal size.

    Values of ``x`` that are equal stay in one group. Where there are few different values each is a group of its own,
    but neighbours are put together until a group has ``fewest`` sequences.

    Parameters
    ----------
    x
        (N,) number of each sequence, such as its hits.
    y
        (N,) target.

    Returns
    -------
    pd.DataFrame
        One row per group, ascending: lowest and highest number ``low`` and ``high`` (both inclusive), their mean ``x``,
        ``n``, the ``mean`` of the target and its 95% interval ``mean_low``, ``mean_high`` (Student's t).

    >>> means = group_means(np.array([0.0, 0, 1, 1]), np.array([1.0, 3, 5, 5]), fewest=2)
    >>> means[["low", "n", "mean"]].to_numpy().tolist()
    [[0.0, 2.0, 2.0], [1.0, 2.0, 5.0]]
    """
    columns = ["low", "high", "x", "n", "mean", "mean_low", "mean_high"]
    if not len(x):
        return pd.DataFrame({name: pd.Series(dtype=float) for name in columns})
    group = groups_of(x, groups=groups, fewest=fewest)
    n = np.bincount(group)
    sums = [np.bincount(group, weights=values) for values in (x, y, (y - y.mean()) ** 2)]
    mean = sums[1] / n
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(sums[2] - n * (mean - y.mean()) ** 2, 0.0) / (n - 1)
        margin = stats.t.ppf(0.975, n - 1) * np.sqrt(variance / n)
    first = np.flatnonzero(np.diff(np.sort(group), prepend=-1))
    ordered = np.sort(x)
    ends = [*first[1:] - 1, len(x) - 1]
    values = (ordered[first], ordered[ends], sums[0] / n, n, mean, mean - margin, mean + margin)
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def groups_of(x: FloatArray, *, groups: int, fewest: int) -> NDArray[np.intp]:
    """Number the group of each of N values, (N,) from 0, ascending with the value; see ``group_means``."""
    value, place, count = np.unique(x, return_inverse=True, return_counts=True)
    least = max(fewest, 1) if len(value) <= groups else max(fewest, -(-len(x) // groups))
    of_value = np.zeros(len(value), dtype=np.intp)
    number, held = 0, 0
    left = len(x)
    for i, size in enumerate(count):
        if held >= least and left >= fewest:
            number, held = number + 1, 0
        of_value[i] = number
        held += int(size)
        left -= int(size)
    return of_value[place]
