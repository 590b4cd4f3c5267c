"""One class against the rest: ROC and precision-recall curves, and what a threshold of the probability gives.

Everything here is of N sequences with a yes or no and a score that should be higher for yes, (N,) each. A sequence is
called positive where its score is at or above the threshold. Intervals of counted shares are those of Wilson
(doi:10.1080/01621459.1927.10502953). Those of F1 and MCC are percentile bootstraps over the sequences: a resample of N
sequences is a draw of N from the four cells of the table, so no sequence has to be touched.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray

BoolArray = NDArray[np.bool_]
SHARES = ("recall", "specificity", "precision", "accuracy")
"""What is a share of counted sequences; ``f1`` and ``mcc`` are none."""
METRICS = (*SHARES, "f1", "mcc")
_Z = 1.959963984540054
_SPREAD = 400  # points of a curve against the threshold at most


class Curve(NamedTuple):
    """A curve of P points with the threshold that gives each; the first threshold of a ROC curve is infinite."""

    x: FloatArray
    y: FloatArray
    threshold: FloatArray


class Table(NamedTuple):
    """How many of N sequences are true and false positives and negatives."""

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def n(self) -> int:
        """Count the sequences."""
        return self.tp + self.fp + self.fn + self.tn


def roc(positive: BoolArray, score: FloatArray) -> Curve:
    """Give the true positive rate (y) against the false positive rate (x), from (0, 0) to (1, 1).

    Ties are one point. Both classes must be there, else the rates of the missing one are NaN.

    >>> roc(np.array([True, False, True]), np.array([0.9, 0.4, 0.2])).y.tolist()
    [0.0, 0.5, 0.5, 1.0]
    """
    threshold, tp, fp = _count(positive, score)
    yes, no = int(positive.sum()), int((~positive).sum())
    start = np.zeros(1)
    return Curve(
        np.concatenate([start, _share(fp, no)]),
        np.concatenate([start, _share(tp, yes)]),
        np.concatenate([[np.inf], threshold]),
    )


def precision_recall(positive: BoolArray, score: FloatArray) -> Curve:
    """Give the precision (y) against the recall (x), the highest threshold first; ties are one point."""
    threshold, tp, fp = _count(positive, score)
    return Curve(_share(tp, int(positive.sum())), tp / np.maximum(tp + fp, 1), threshold)


def thin_curve(curve: Curve, *, most: int = 600) -> Curve:
    """Thin a curve for a picture: corners of its steps alone, and of very many an even choice with both ends."""
    if len(curve.x) <= 2:
        return curve
    straight = (np.diff(curve.x)[:-1] == 0) & (np.diff(curve.x)[1:] == 0)
    straight |= (np.diff(curve.y)[:-1] == 0) & (np.diff(curve.y)[1:] == 0)
    kept = np.flatnonzero(np.concatenate([[True], ~straight, [True]]))
    if len(kept) > most:
        kept = kept[np.unique(np.linspace(0, len(kept) - 1, most).round().astype(np.intp))]
    return Curve(*(values[kept] for values in curve))


def log_odds(probability: FloatArray) -> FloatArray:
    """Turn probabilities (N,) into log-odds, as classifiers give them; none becomes infinite.

    >>> log_odds(np.array([0.5, 1.0])).round(1).tolist()
    [0.0, 36.7]
    """
    inside = np.clip(probability, 1e-300, 1 - 1.2e-16)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def table(positive: BoolArray, score: FloatArray, threshold: float) -> Table:
    """Count true and false positives and negatives at a threshold."""
    called = score >= threshold
    tp, fp = int((called & positive).sum()), int((called & ~positive).sum())
    return Table(tp, fp, int(positive.sum()) - tp, int((~positive).sum()) - fp)


def metrics(counts: Table) -> dict[str, float]:
    """Give each of ``METRICS``; NaN where it is not defined, such as a precision where nothing is called positive.

    MCC is 0 where all are called the same, for such calls tell nothing (Chicco and Jurman 2020,
    doi:10.1186/s12864-019-6413-7); with one class only it is NaN.

    >>> {name: round(value, 3) for name, value in metrics(Table(40, 10, 20, 30)).items()}  # doctest: +ELLIPSIS
    {'recall': 0.667, 'specificity': 0.75, 'precision': 0.8, 'accuracy': 0.7, 'f1': 0.727, 'mcc': 0.408}
    """
    found = _metrics(*(np.array([value], dtype=np.float64) for value in counts))
    return {name: float(values[0]) for name, values in found.items()}


def intervals(counts: Table, *, replicates: int = 1000, seed: int = 0) -> dict[str, tuple[float, float]]:
    """Give the 95% interval of each of ``METRICS``, (NaN, NaN) where it is not defined."""
    tp, fp, fn, tn = counts
    shares = {
        "recall": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "precision": (tp, tp + fp),
        "accuracy": (tp + tn, counts.n),
    }
    found = {name: wilson(hits, of) for name, (hits, of) in shares.items()}
    nothing = (float("nan"), float("nan"))
    if not counts.n:
        return dict.fromkeys(METRICS, nothing)
    drawn_cells = np.random.default_rng(seed).multinomial(counts.n, np.array(counts) / counts.n, size=replicates)
    resampled = _metrics(*drawn_cells.T.astype(np.float64))
    point = metrics(counts)
    for name in ("f1", "mcc"):
        known = resampled[name][np.isfinite(resampled[name])]
        ends = nothing if not len(known) or math.isnan(point[name]) else tuple(np.quantile(known, [0.025, 0.975]))
        found[name] = (float(ends[0]), float(ends[1]))
    return found


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Give Wilson's 95% interval of a share, (NaN, NaN) of nothing.

    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    if not of:
        return float("nan"), float("nan")
    share, z2 = hits / of, _Z**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def by_threshold(positive: BoolArray, score: FloatArray) -> pd.DataFrame:
    """Give ``threshold`` and each of ``METRICS`` at up to 400 thresholds between 0 and 1, ascending."""
    threshold = np.linspace(0.0, 1.0, _SPREAD + 1)
    order = np.argsort(score, kind="stable")
    below = np.searchsorted(score[order], threshold, side="left")  # sequences that are called negative
    yes = np.concatenate([[0], np.cumsum(positive[order])])
    fn, total = yes[below].astype(np.float64), float(yes[-1])
    tn = below - fn
    found = _metrics(total - fn, (len(score) - total) - tn, fn, tn)
    return pd.DataFrame({"threshold": threshold, **found})


def best(positive: BoolArray, score: FloatArray, *, metric: str = "mcc") -> float | None:
    """Give the threshold with the highest metric, halfway to the next lower score; None where it is never defined.

    Of several that are equally good it is the one that is closest to 0.5. Give it the validation part: a threshold that
    is chosen by the sequences it is then judged by looks better than it is.

    >>> best(np.array([False, False, True, True]), np.array([0.1, 0.3, 0.7, 0.9]))
    0.5
    """
    if not len(score):
        return None
    threshold, tp, fp = _count(positive, score)
    yes = float(positive.sum())
    value = _metrics(tp, fp, yes - tp, len(score) - yes - fp)[metric]
    if not np.isfinite(value).any():
        return None
    lower = np.concatenate([threshold[1:], [0.0]])
    between = (threshold + np.minimum(lower, threshold)) / 2
    top = np.flatnonzero(value >= np.nanmax(value) - 1e-12)
    return float(between[top[np.argmin(np.abs(between[top] - 0.5))]])


def rows(found: Mapping[str, float], ends: Mapping[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """Give one row for each metric: ``metric``, ``value``, ``low_95``, ``high_95``."""
    return [
        {"metric": name, "value": found[name], "low_95": ends[name][0], "high_95": ends[name][1]} for name in METRICS
    ]


def _count(positive: BoolArray, score: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give the distinct scores, falling, with the true and false positives at each as a threshold."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1) if len(ordered) else np.empty(0, dtype=np.intp)
    tp = np.cumsum(positive[order], dtype=np.float64)[last]
    return ordered[last], tp, last + 1.0 - tp


def _share(counts: FloatArray, of: int) -> FloatArray:
    return counts / of if of else np.full(len(counts), np.nan)


def _metrics(tp: FloatArray, fp: FloatArray, fn: FloatArray, tn: FloatArray) -> dict[str, FloatArray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        one_sided = ((tp + fp == 0) | (tn + fn == 0)) & (tp + fn > 0) & (tn + fp > 0)
        mcc = np.where(one_sided, 0.0, (tp * tn - fp * fn) / np.sqrt(product))
        return {
            "recall": tp / (tp + fn),
            "specificity": tn / (tn + fp),
            "precision": tp / (tp + fp),
            "accuracy": (tp + tn) / (tp + fp + fn + tn),
            "f1": 2 * tp / (2 * tp + fp + fn),
            "mcc": mcc,
        }
