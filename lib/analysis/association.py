"""Whether sequences with a token differ in their target from those without it, for every token at once.

The tests are those of scipy: Mann-Whitney U in its normal approximation with correction for ties and continuity
(doi:10.1214/aoms/1177730491), and Welch's t (doi:10.1093/biomet/34.1-2.28). Many tokens are tested, so each p value
comes with the q value of Benjamini and Hochberg (doi:10.1111/j.2517-6161.1995.tb02031.x).

An association is no cause: tokens that overlap or share a composition go together.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, stats

from lib.core.arrays import FloatArray

if TYPE_CHECKING:
    from lib.tokenizers import Encoded

LEAST = 10
"""Sequences with a token, and sequences without it, that a test needs."""
MANN_WHITNEY, WELCH = "mann-whitney", "welch"
TESTS: Mapping[str, str] = {MANN_WHITNEY: "Mann-Whitney U", WELCH: "Welch's t"}
"""The tests by name; the columns of ``associate`` are ``p_`` and ``q_`` with the name, - as _."""


def count_matrix(encoded: "Encoded", size: int) -> sparse.csr_array:
    """Count how often each of V entries of a vocabulary stands in each of N sequences, (N, V).

    Parameters
    ----------
    encoded
        The tokens of N sequences.
    size
        Entries of the vocabulary, V.
    """
    ones = np.ones(len(encoded.ids), dtype=np.int32)
    shape = (len(encoded), size)
    counts = sparse.csr_array((ones, encoded.ids.astype(np.int64), encoded.bounds.astype(np.int64)), shape=shape)
    counts.sum_duplicates()
    return counts


def associate(counts: sparse.csr_array, target: FloatArray, *, least: int = LEAST) -> pd.DataFrame:
    """Compare the target of the sequences with each token with that of those without it.

    Parameters
    ----------
    counts
        (N, V) how often token j stands in sequence i.
    target
        (N,) in its unit, never NaN.
    least
        Tokens with fewer sequences, with or without, are described but neither tested nor counted among the tests.

    Returns
    -------
    pd.DataFrame
        One row per token, in their order: ``n_with``, ``n_without``, ``mean_with``, ``mean_without``, ``difference``
        (with minus without, in the unit of the target) and its 95% interval by Welch ``low``, ``high``; ``cohens_d``
        (pooled standard deviation); ``superiority``, the chance that a sequence with it lies above one without it,
        ties half (the common-language effect); ``rank_biserial``, twice that minus 1; ``correlation`` (Pearson) of
        the number of copies with the target over all N; ``p_mann_whitney``, ``q_mann_whitney``, ``p_welch``,
        ``q_welch``, NaN where not tested; ``tested``.

    Examples
    --------
    Sequences with the token have 3 and 4, those without it 1, 2 and 3.5:

    >>> table = associate(sparse.csr_array([[0], [1], [0], [2], [0]]), np.array([1, 3, 2, 4, 3.5]), least=2)
    >>> table[["n_with", "n_without", "mean_with", "superiority"]].round(3).to_dict("records")
    [{'n_with': 2, 'n_without': 3, 'mean_with': 3.5, 'superiority': 0.833}]
    """
    size = counts.shape[0]
    has = sparse.csr_array((np.ones(counts.nnz), counts.indices, counts.indptr), shape=counts.shape)
    n_with = np.asarray(has.sum(axis=0), dtype=np.float64)
    n_without = size - n_with
    centred = target - target.mean() if size else target
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _welch(has, centred, n_with, n_without) | _mann_whitney(has, target, n_with, n_without)
        found["correlation"] = _pearson(counts, centred)
    tested = (n_with >= least) & (n_without >= least)
    table = pd.DataFrame({"n_with": n_with.astype(np.int64), "n_without": n_without.astype(np.int64), **found})
    table[["mean_with", "mean_without"]] += target.mean() if size else 0.0
    for name in ("mann_whitney", "welch"):
        table[f"p_{name}"] = np.where(tested, table[f"p_{name}"], np.nan)
        table[f"q_{name}"] = q_values(table[f"p_{name}"].to_numpy())
    table["tested"] = tested & np.isfinite(table["p_mann_whitney"])
    return table


def q_values(p: FloatArray) -> FloatArray:
    """Give the q values of Benjamini and Hochberg over the p values that are not NaN.

    >>> q_values(np.array([0.01, np.nan, 0.04, 0.03])).tolist()
    [0.03, nan, 0.04, 0.04]
    """
    found = np.full(len(p), np.nan)
    known = np.isfinite(p)
    if known.any():
        found[known] = stats.false_discovery_control(p[known])
    return found


def _welch(
    has: sparse.csr_array, centred: FloatArray, n_with: FloatArray, n_without: FloatArray
) -> dict[str, FloatArray]:
    """Means, their difference with its interval, Cohen's d and p of Welch's t; targets are centred for precision."""
    total, total_squares = centred.sum(), np.square(centred).sum()
    sum_with, squares_with = has.T @ centred, has.T @ np.square(centred)
    mean_with, mean_without = sum_with / n_with, (total - sum_with) / n_without
    spread_with = np.maximum(squares_with - n_with * mean_with**2, 0.0)
    spread_without = np.maximum(total_squares - squares_with - n_without * mean_without**2, 0.0)
    share_with = spread_with / (n_with - 1) / n_with
    share_without = spread_without / (n_without - 1) / n_without
    error = np.sqrt(share_with + share_without)
    freedom = error**4 / (share_with**2 / (n_with - 1) + share_without**2 / (n_without - 1))
    difference = mean_with - mean_without
    margin = stats.t.ppf(0.975, freedom) * error
    pooled = np.sqrt((spread_with + spread_without) / (n_with + n_without - 2))
    return {
        "mean_with": mean_with,
        "mean_without": mean_without,
        "difference": difference,
        "low": difference - margin,
        "high": difference + margin,
        "cohens_d": difference / pooled,
        "p_welch": 2 * stats.t.sf(np.abs(difference / error), freedom),
    }


def _mann_whitney(
    has: sparse.csr_array, target: FloatArray, n_with: FloatArray, n_without: FloatArray
) -> dict[str, FloatArray]:
    """Chance of superiority, rank-biserial correlation and p of the Mann-Whitney U test."""
    size = len(target)
    ranks = stats.rankdata(target)
    above = has.T @ ranks - n_with * (n_with + 1) / 2  # pairs in which the sequence with the token lies higher
    pairs = n_with * n_without
    ties = np.unique(target, return_counts=True)[1].astype(np.float64)
    deviation = np.sqrt(pairs / 12 * (size + 1 - (ties**3 - ties).sum() / max(size * (size - 1), 1)))
    deviation[deviation == 0] = np.nan  # a constant target ranks nothing
    z = (np.abs(above - pairs / 2) - 0.5) / deviation
    superiority = above / pairs
    return {
        "superiority": superiority,
        "rank_biserial": 2 * superiority - 1,
        "p_mann_whitney": np.minimum(2 * stats.norm.sf(z), 1.0),
    }


def _pearson(counts: sparse.csr_array, centred: FloatArray) -> NDArray[np.float64]:
    size = counts.shape[0]
    numbers = counts.astype(np.float64)
    sums = np.asarray(numbers.sum(axis=0))
    squares = np.asarray(numbers.multiply(numbers).sum(axis=0))
    spread = np.maximum(squares - sums**2 / max(size, 1), 0.0)
    spread[spread < 1e-9 * np.maximum(squares, 1)] = np.nan
    found: FloatArray = (numbers.T @ centred) / np.sqrt(spread * np.square(centred).sum())
    return found
