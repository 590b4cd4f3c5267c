"""A mean effect with its interval and p value, over sequences that each were measured with and without something."""

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
import pandas as pd
from scipy import stats

from lib.analysis.association import q_values
from lib.core.arrays import FloatArray


class Mean(TypedDict):
    """A mean with its 95% interval, the number of sequences and the p value against 0; NaN where there are too few."""

    mean: float
    low: float
    high: float
    n: int
    p: float


def summarise_paired(differences: FloatArray) -> Mean:
    """Summarise paired differences (B,), NaN where there is none, by Student's t (doi:10.1093/biomet/6.1.1).

    Differences that are all the same have no width; their p value is 0, or 1 where all of them are 0.

    >>> summarise_paired(np.array([1.0, 2.0, 3.0, np.nan]))["mean"]
    2.0
    """
    known = differences[np.isfinite(differences)]
    n = len(known)
    mean = float(known.mean()) if n else float("nan")
    if n < 2:
        return Mean(mean=mean, low=float("nan"), high=float("nan"), n=n, p=float("nan"))
    error = float(known.std(ddof=1)) / np.sqrt(n)
    if error <= 1e-12 * abs(mean) or error == 0:
        return Mean(mean=mean, low=mean, high=mean, n=n, p=float(mean == 0))
    half = float(stats.t.ppf(0.975, n - 1)) * error
    return Mean(mean=mean, low=mean - half, high=mean + half, n=n, p=float(2 * stats.t.sf(abs(mean) / error, n - 1)))


def with_q(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Join tables that have a column ``p`` and add ``q`` over all of their rows (Benjamini & Hochberg)."""
    table = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    table["q"] = q_values(table["p"].to_numpy(dtype=np.float64))
    return table
