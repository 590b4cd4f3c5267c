"""How right classes are. Observed is (N, 1) of 0 and 1, or one-hot (N, K); predicted (N, T) are log-odds or logits.

Two classes are one column: log-odds of the second class, the positive one. K > 2 classes are a column each: logits of a
softmax. A class is decided at a threshold of the probability where there are two, and is the likeliest one of more.

All metrics of all resamples of a bootstrap are sums over weighted sequences, as in ``lib.tasks.bootstrap``;
areas come from one sort of the scores and running sums of the weights. A metric that the data do not define is NaN: an
area where one class alone was observed, Matthews' correlation there too (it is 0 where all are called the same).
A prediction that is not finite makes everything NaN.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit, log_softmax, softmax

from lib.core.arrays import FloatArray
from lib.tasks.bootstrap import intervals, together
from lib.tasks.metrics import check
from lib.tasks.ranking import areas, auprc, auroc, mean, order_by_class
from lib.tasks.thresholds import wilson

IntArray = NDArray[np.int64]
METRICS = tuple("mcc accuracy balanced_accuracy f1 auroc auprc log_loss brier ece".split())
THRESHOLD = 0.5
BINS = 10


def classes_in(targets: FloatArray) -> int:
    """Count the classes K of targets or predictions (N, T)."""
    return 2 if targets.shape[1] == 1 else targets.shape[1]


def labels(targets: FloatArray) -> IntArray:
    """Give the number of the class of each of N sequences, (N,), from targets (N, T).

    >>> labels(np.array([[0.0], [1.0]])).tolist(), labels(np.array([[0.0, 0.0, 1.0]])).tolist()
    ([0, 1], [2])
    """
    found = targets[:, 0] > THRESHOLD if targets.shape[1] == 1 else targets.argmax(axis=1)
    return np.asarray(found, dtype=np.int64)


def probabilities(predicted: FloatArray) -> FloatArray:
    """Turn log-odds (N, 1) or logits (N, K) into the probability of each class, (N, K), each row of sum 1.

    >>> probabilities(np.array([[0.0], [np.log(3)]])).round(3).tolist()
    [[0.5, 0.5], [0.25, 0.75]]
    """
    if predicted.shape[1] == 1:
        return np.concatenate([expit(-predicted), expit(predicted)], axis=1)
    return np.asarray(softmax(predicted, axis=1), dtype=np.float64)


def decide(predicted: FloatArray, threshold: float = THRESHOLD) -> IntArray:
    """Give the number of the class that is decided for each of N sequences, (N,).

    Parameters
    ----------
    predicted
        (N, T).
    threshold
        Probability of the positive class from which on it is decided, where there are two.
    """
    if predicted.shape[1] == 1:
        return np.asarray(expit(predicted[:, 0]) >= threshold, dtype=np.int64)
    return np.asarray(predicted.argmax(axis=1), dtype=np.int64)


def confusion(observed: IntArray, called: IntArray, classes: int) -> IntArray:
    """Count the sequences (K, K) by observed class in rows and decided one in columns."""
    return np.bincount(observed * classes + called, minlength=classes * classes).reshape(classes, classes)


def mcc(observed: IntArray, called: IntArray, classes: int) -> float:
    """Give Matthews' correlation of two classes (doi:10.1016/0005-2795(75)90109-9) or more.

    For K classes it is Gorodkin's (doi:10.1016/j.compbiolchem.2004.09.006).

    >>> round(mcc(np.array([1, 1, 1, 0, 0]), np.array([1, 1, 0, 0, 0]), 2), 3)
    0.667
    """
    return float(
        _from_counts(confusion(observed, called, classes).reshape(-1, 1).astype(np.float64), classes)["mcc"][0]
    )


def scores(observed: FloatArray, predicted: FloatArray, *, threshold: float = THRESHOLD) -> dict[str, Any]:
    """Give n and each of ``METRICS``.

    F1 is that of the positive class of two, else the mean over the classes; areas of more than two classes are the mean
    of each against the rest. ``brier`` is the mean squared error of the probabilities, of the positive class or summed
    over the classes; ``ece`` how far probabilities lie from shares in ten bins (doi:10.1609/aaai.v29i1.9602).

    Parameters
    ----------
    observed, predicted
        (N, T) each.
    """
    check(observed, predicted)
    once = np.ones((len(observed), 1))
    found = resample(observed, predicted, once, METRICS, threshold=threshold)
    return {"n": len(observed), **{name: float(values[0]) for name, values in found.items()}}


def bootstrap(
    observed: FloatArray,
    predicted: FloatArray,
    *,
    threshold: float = THRESHOLD,
    replicates: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, tuple[float, float]]:
    """Give the percentile interval of each metric over resamples of the sequences, (NaN, NaN) where not defined."""
    found = resamples(observed, predicted, threshold=threshold, replicates=replicates, seed=seed)
    return intervals(found, level=level)


def resamples(
    observed: FloatArray,
    predicted: FloatArray,
    *,
    threshold: float = THRESHOLD,
    replicates: int = 1000,
    seed: int = 0,
) -> dict[str, FloatArray]:
    """Give each metric (R,) in R resamples of the sequences, which depend on how many there are and the seed alone."""
    by = partial(resample, threshold=threshold)
    return together(observed, [predicted], replicates=replicates, seed=seed, metrics=METRICS, by=by)[0]


def resample(
    observed: FloatArray,
    predicted: FloatArray,
    counts: FloatArray,
    metrics: Sequence[str] = METRICS,
    *,
    threshold: float = THRESHOLD,
) -> dict[str, FloatArray]:
    """Give each metric that is wanted, (R,), of R resamples.

    Parameters
    ----------
    observed, predicted
        (N, T) each.
    counts
        (N, R) how often each sequence stands in each resample.
    """
    wanted, nothing = set(metrics), np.full(counts.shape[1], np.nan)
    if not len(observed) or not np.isfinite(predicted).all():
        return dict.fromkeys(metrics, nothing)
    classes, y = classes_in(observed), labels(observed)
    cell = y * classes + decide(predicted, threshold)
    each = csr_array((np.ones(len(y)), (cell, np.arange(len(y)))), shape=(classes * classes, len(y)))
    found = _from_counts(np.asarray(each @ counts), classes)
    found |= _of_probabilities(y, predicted, counts)
    for name, area in (("auroc", auroc), ("auprc", auprc)):
        if name in wanted:
            found[name] = areas(y, predicted, counts, area)
    return {name: found[name] for name in metrics}


def per_class(
    observed: FloatArray, predicted: FloatArray, names: Sequence[str], *, threshold: float = THRESHOLD
) -> dict[str, dict[str, Any]]:
    """Give ``n`` members of each of K classes by its name, and precision, recall, F1 and areas against the rest."""
    classes, y = classes_in(observed), labels(observed)
    table = confusion(y, decide(predicted, threshold), classes).astype(np.float64)
    hits, called, there = np.diag(table), table.sum(axis=0), table.sum(axis=1)
    once = np.ones((len(y), 1))
    ordered = order_by_class(predicted)
    found = {}
    for number, name in enumerate(names):
        yes = y == number
        found[name] = {
            "n": int(there[number]),
            "precision": _ratio(hits[number], called[number]),
            "recall": _ratio(hits[number], there[number]),
            "f1": _ratio(2 * hits[number], called[number] + there[number]),
            "auroc": float(auroc(yes, ordered[:, number], once)[0]),
            "auprc": float(auprc(yes, ordered[:, number], once)[0]),
        }
    return found


def calibration(observed: FloatArray, predicted: FloatArray, *, bins: int = BINS) -> list[dict[str, Any]]:
    """Compare probabilities with what was observed, in bins of equal width that hold a sequence.

    Of two classes it is the probability of the positive one and how often it was observed; of more the probability of
    the class that is decided, and how often that was right.

    Returns
    -------
    list of dict
        ``low``, ``high`` of the bin, ``n``, mean probability ``predicted``, share ``observed`` with Wilson's 95%
        interval ``low_95``, ``high_95``.
    """
    sure, right = _sure(labels(observed), predicted)
    place = _bins(sure, bins)
    found = []
    for number in np.unique(place).tolist():
        inside = place == number
        n, hits = int(inside.sum()), int(right[inside].sum())
        low, high = wilson(hits, n)
        found.append(
            {
                "low": number / bins,
                "high": (number + 1) / bins,
                "n": n,
                "predicted": float(sure[inside].mean()),
                "observed": hits / n,
                "low_95": low,
                "high_95": high,
            }
        )
    return found


def _from_counts(cells: FloatArray, classes: int) -> dict[str, FloatArray]:
    """Give the metrics of decided classes (R,) from how many sequences are in each cell of R tables, (K * K, R)."""
    table = cells.reshape(classes, classes, -1)  # observed, decided, R
    total = table.sum(axis=(0, 1))
    hits, there, called = np.einsum("kkr->kr", table), table.sum(axis=1), table.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = 2 * hits / (there + called)  # NaN of a class that is neither there nor called
        cross = total * hits.sum(axis=0) - (there * called).sum(axis=0)
        spread_there, spread_called = total**2 - (there**2).sum(axis=0), total**2 - (called**2).sum(axis=0)
        correlation = np.where(spread_called > 0, cross / np.sqrt(spread_there * spread_called), 0.0)
        return {
            "accuracy": hits.sum(axis=0) / total,
            "balanced_accuracy": mean(hits / there),
            "f1": f1[1] if classes == 2 else mean(f1),
            "mcc": np.where(spread_there > 0, correlation, np.nan),
        }


def _of_probabilities(y: IntArray, predicted: FloatArray, counts: FloatArray) -> dict[str, FloatArray]:
    """Give the metrics of probabilities (R,), which are means over the sequences, but for the ECE."""
    total = counts.sum(axis=0)
    chance = probabilities(predicted)
    truth = np.eye(chance.shape[1])[y]
    both = np.concatenate([np.zeros_like(predicted), predicted], axis=1) if predicted.shape[1] == 1 else predicted
    surprise = -np.take_along_axis(log_softmax(both, axis=1), y[:, None], axis=1)[:, 0]
    squared = ((chance - truth) ** 2).sum(axis=1) / (2 if predicted.shape[1] == 1 else 1)
    sure, right = _sure(y, predicted)
    inside = csr_array((right - sure, (_bins(sure, BINS), np.arange(len(y)))), shape=(BINS, len(y)))
    return {
        "log_loss": surprise @ counts / total,
        "brier": squared @ counts / total,
        "ece": np.abs(np.asarray(inside @ counts)).sum(axis=0) / total,
    }


def _sure(y: IntArray, predicted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the probability that is compared with what was observed, (N,), and 1 where that was so."""
    chance = probabilities(predicted)
    if predicted.shape[1] == 1:
        return chance[:, 1], y.astype(np.float64)
    called = chance.argmax(axis=1)
    return np.take_along_axis(chance, called[:, None], axis=1)[:, 0], (called == y).astype(np.float64)


def _bins(sure: FloatArray, bins: int) -> IntArray:
    return np.minimum((sure * bins).astype(np.int64), bins - 1)


def _ratio(part: float, of: float) -> float:
    return float(part / of) if of else float("nan")
