"""Two to ten runs on the same sequences: which is better, how sure that is, and which sequences are fair to all.

The test of a metric is the paired bootstrap of ``lib.tasks.bootstrap``; that of the absolute errors is
Wilcoxon's signed rank test (doi:10.2307/3001968), and that of what is called wrong McNemar's (doi:10.1007/BF02295996).
Each is corrected over the pairs by Holm's method (Scandinavian Journal of Statistics 1979, 6:65), which holds the
chance of any false claim at the level.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.tasks.bootstrap import apart
from lib.tasks.metrics import KEYS, column

FEWEST = 10
"""Common sequences that a comparison needs."""


@dataclass(frozen=True)
class Entry:
    """What one run knows and predicts: N sequences with the part they are in, (N,) each; DNA, upper case."""

    label: str
    ids: NDArray[np.str_]
    sequences: NDArray[np.str_]
    parts: NDArray[np.str_]
    observed: FloatArray
    predicted: FloatArray


class Common(NamedTuple):
    """The sequences that K runs may be compared on.

    Parameters
    ----------
    ids
        (N,) in the order of the first run.
    places
        (K, N) row of each in the run.
    observed
        (N,) in the unit of the target.
    predicted
        (K, N).
    dropped
        How many sequences of the part of the first run were left out, by reason.
    """

    ids: NDArray[np.str_]
    places: NDArray[np.intp]
    observed: FloatArray
    predicted: FloatArray
    dropped: dict[str, int]


ELSEWHERE = "not in this part of every run"
LEARNED = "duplicates of what a run learned from or was stopped by"
OTHERWISE = "measured or spelled differently"


def common(entries: Sequence[Entry], part: str) -> Common:
    """Find the sequences that lie in the same part of all runs and that none of them has learned from.

    A sequence counts as learned from if its letters stand in the train part, or (for the test part) in the validation
    part, of any run, under whatever id. Sequences whose letters or observed value differ between runs are left out.

    Parameters
    ----------
    entries
        K runs.
    part
        ``test`` or ``validation``.

    Raises
    ------
    UserError
        If fewer than ten are left; the sentence says why the others were left out.
    """
    first = entries[0]
    start = np.flatnonzero(first.parts == part)
    places = np.empty((len(entries), len(start)), dtype=np.intp)
    for number, entry in enumerate(entries):
        rows = np.append(np.flatnonzero(entry.parts == part), -1)  # the last stands for none
        places[number] = rows[pd.Index(entry.ids[rows[:-1]]).get_indexer(first.ids[start])]
    kept = (places >= 0).all(axis=0)
    dropped = {ELSEWHERE: int((~kept).sum())}
    same, unseen = np.ones(len(start), dtype=bool), np.ones(len(start), dtype=bool)
    learned = {"train", "validation"} - {part}
    for entry, where in zip(entries, places, strict=True):
        same &= entry.sequences[where] == first.sequences[start]
        same &= np.isclose(entry.observed[where], first.observed[start], rtol=1e-6, atol=1e-9)
        known = entry.sequences[np.isin(entry.parts, list(learned))]
        unseen &= ~np.isin(first.sequences[start], known)
    dropped[OTHERWISE] = int((kept & ~same).sum())
    dropped[LEARNED] = int((kept & same & ~unseen).sum())
    kept &= same & unseen
    places = places[:, kept]
    if places.shape[1] < FEWEST:
        raise UserError(_too_few(places.shape[1], len(start), part, dropped))
    predicted = np.stack([entry.predicted[where] for entry, where in zip(entries, places, strict=True)])
    return Common(first.ids[places[0]], places, first.observed[places[0]], predicted, dropped)


def _too_few(left: int, of: int, part: str, dropped: dict[str, int]) -> str:
    why = ", ".join(f"{count:,} {reason}" for reason, count in dropped.items() if count)
    found = f"These runs have {'no' if not left else left} {part} sequence{'' if left == 1 else 's'} in common"
    reason = f" (of {of:,} of the first run: {why})" if why else ""
    return (
        f"{found}{reason}; a fair comparison needs at least {FEWEST}. Compare runs on one dataset and split, or train "
        "one of them anew on the dataset of the other."
    )


def holm(p: FloatArray) -> FloatArray:
    """Correct M p values for having asked M questions, (M,) by Holm's method; NaN stays NaN and does not count.

    >>> holm(np.array([0.01, 0.04, 0.03, 0.005])).round(3).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    found = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found


class Signed(NamedTuple):
    """A paired test of errors: mean difference, matched rank-biserial correlation (-1 to 1) and p value."""

    mean: float
    r: float
    p: float


def wilcoxon(first: FloatArray, second: FloatArray) -> Signed:
    """Test whether the absolute errors of one model, (N,), are larger than those of another on the same sequences.

    ``r`` is the sum of ranks of the sequences on which the first is further off, minus that of the others, over the
    sum of both: -1 where the first is closer everywhere. Sequences on which both are equally far off are left out.
    """
    by = first - second
    moved = by[by != 0]
    if not len(moved) or not np.isfinite(by).all():
        same = bool(len(by)) and bool(np.isfinite(by).all())
        return Signed(0.0, 0.0, 1.0) if same else Signed(*[float("nan")] * 3)
    ranks = stats.rankdata(np.abs(moved))
    r = float((ranks[moved > 0].sum() - ranks[moved < 0].sum()) / ranks.sum())
    return Signed(float(by.mean()), r, float(stats.wilcoxon(moved).pvalue))


def mcnemar(first: FloatArray, second: FloatArray) -> Signed:
    """Test whether one model calls more sequences wrong than another, (N,) each: 1 where wrong, 0 where right.

    Exact: of the sequences that only one of them calls wrong, half would be expected of either. ``r`` is the share of
    them that the first calls wrong minus that of the second: -1 where it is right on all.

    >>> found = mcnemar(np.array([1.0, 0, 0, 0]), np.array([0.0, 1, 1, 0]))
    >>> round(found.r, 3), found.p
    (-0.333, 1.0)
    """
    alone, other = int(((first == 1) & (second == 0)).sum()), int(((first == 0) & (second == 1)).sum())
    if not len(first):
        return Signed(*[float("nan")] * 3)
    if not alone + other:
        return Signed(0.0, 0.0, 1.0)
    p = float(stats.binomtest(alone, alone + other).pvalue)
    return Signed((alone - other) / len(first), (alone - other) / (alone + other), p)


def pairs(
    found: Common,
    resamples: Sequence[dict[str, FloatArray]],
    *,
    metric: str = "r2",
    values: Sequence[float] | None = None,
    errors: FloatArray | None = None,
    test: Callable[[FloatArray, FloatArray], Signed] = wilcoxon,
) -> pd.DataFrame:
    """Compare every two of K runs on the same sequences.

    Parameters
    ----------
    found
        The common sequences.
    resamples
        ``uncertainty.together`` of the K runs.
    metric
        Which metric is compared.
    values
        (K,) that metric of each run; None computes one of a regression.
    errors
        (K, M) how far off each run is, on the sequences where that is defined; None takes the absolute errors.
    test
        What compares the errors of two runs; its p value stands in ``p_wilcoxon`` whatever it is.

    Returns
    -------
    pd.DataFrame
        One row for each pair: numbers ``first`` and ``second`` of the runs, ``difference`` of the metric (first minus
        second), its 95% interval ``low`` and ``high``, ``p`` and ``p_holm`` of the paired bootstrap; ``error``, by how
        much the mean absolute error of the first is larger, ``r``, ``p_wilcoxon`` and ``p_wilcoxon_holm``.
    """
    if values is None:
        if metric not in KEYS:
            raise ValueError(f"there is no metric {metric!r}")
        values = [column(found.observed, predicted)[metric] for predicted in found.predicted]
    if errors is None:
        errors = np.abs(found.predicted - found.observed)
    rows = []
    for one, other in combinations(range(len(values)), 2):
        by = apart(values[one] - values[other], resamples[one][metric], resamples[other][metric])
        rank = test(errors[one], errors[other])
        rows.append((one, other, *by, *rank))
    names = ["first", "second", "difference", "low", "high", "p", "error", "r", "p_wilcoxon"]
    frame = pd.DataFrame(rows, columns=names)
    frame.insert(6, "p_holm", holm(frame["p"].to_numpy(dtype=float)))
    frame["p_wilcoxon_holm"] = holm(frame["p_wilcoxon"].to_numpy(dtype=float))
    return frame
