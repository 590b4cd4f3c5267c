"""One token in the sequences that have it: where it stands, and how they behave over time beside the others."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.core.arrays import FloatArray

BINS = 40
"""Bins of positions at most."""


def positions(
    starts: NDArray[np.int32], lengths: NDArray[np.int64], width: int, *, relative: bool = False
) -> pd.DataFrame:
    """Count where a token starts, beside what equal chances of every place would give.

    Parameters
    ----------
    starts
        (T,) 0-based starts of its occurrences.
    lengths
        (T,) letters of the sequence of each occurrence.
    width
        Letters of the token.
    relative
        Count the start as a share of the way from the first possible start (0) to the last (1).

    Returns
    -------
    pd.DataFrame
        ``low``, ``high`` (nt, 0-based, half-open, or shares), ``observed`` and ``expected`` occurrences: each
        occurrence is spread evenly over all places in its own sequence where the token fits.

    Examples
    --------
    >>> positions(np.array([0, 0, 1]), np.array([4, 4, 3]), 2)[["observed", "expected"]].round(2).to_numpy().tolist()
    [[2.0, 1.17], [1.0, 1.17], [0.0, 0.67]]
    """
    last = np.maximum(lengths - width, 0)
    if relative:
        edges = np.linspace(0.0, 1.0, BINS // 2 + 1)
        seen = starts / np.maximum(last, 1)
    else:
        step = max(1, -(-int(last.max(initial=0) + 1) // BINS))
        edges = np.arange(0, last.max(initial=0) + 1 + step, step, dtype=np.float64)
        seen = starts.astype(np.float64)
    expected = np.zeros(len(edges) - 1)
    for end, count in zip(*np.unique(last, return_counts=True), strict=True):
        possible = np.arange(end + 1) / (max(end, 1) if relative else 1)
        expected += np.histogram(possible, bins=edges)[0] * count / (end + 1)
    observed = np.histogram(seen, bins=edges)[0]
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "observed": observed, "expected": expected})


def course(hours: FloatArray, values: FloatArray) -> pd.DataFrame:
    """Average the sequences of a group at each hour, with the 95% interval of the mean (Student's t).

    Parameters
    ----------
    hours
        (H,) distinct hours.
    values
        (N, H) log2 expression, NaN where missing.

    Returns
    -------
    pd.DataFrame
        ``hours``, ``n``, ``mean``, ``low``, ``high``; the interval is NaN below two sequences.
    """
    present = np.isfinite(values)
    n = present.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(present, values, 0.0).sum(axis=0) / n
        spread = np.where(present, values - mean, 0.0)
        error = np.sqrt((spread**2).sum(axis=0) / (n - 1) / n)
        margin = stats.t.ppf(0.975, n - 1.0) * error
    return pd.DataFrame({"hours": hours, "n": n, "mean": mean, "low": mean - margin, "high": mean + margin})
