"""Areas below the curves of classes, in many resamples at once: one sort of the scores, and sums of the weights.

Weights (N, R) say how often each of N sequences stands in each of R resamples.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray

Area = Callable[[NDArray[np.bool_], FloatArray, FloatArray], FloatArray]


def order_by_class(predicted: FloatArray) -> FloatArray:
    """Give what orders the sequences by each class, (N, K): log-odds, which do not round to 1 as probabilities do."""
    if predicted.shape[1] == 1:
        return np.concatenate([-predicted, predicted], axis=1)
    others = np.stack([np.delete(predicted, k, axis=1) for k in range(predicted.shape[1])], axis=2)  # N, K - 1, K
    top = others.max(axis=1)
    return np.asarray(predicted - top - np.log(np.exp(others - top[:, None]).sum(axis=1)), dtype=np.float64)


def areas(y: NDArray[np.int64], predicted: FloatArray, counts: FloatArray, area: Area) -> FloatArray:
    """Give an area (R,) of the positive class of two, or the mean over the classes against their rest."""
    ordered = order_by_class(predicted)
    if predicted.shape[1] == 1:
        return np.asarray(area(y == 1, ordered[:, 1], counts))
    return mean(np.stack([area(y == k, ordered[:, k], counts) for k in range(ordered.shape[1])]))


def _sum_ties(yes: NDArray[np.bool_], score: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Add up the weights of positives and of all within groups of equal scores, the highest first, (G, R) each."""
    order = np.argsort(-score, kind="stable")
    first = np.flatnonzero(np.append(True, np.diff(score[order]) != 0))
    weights = counts[order]
    positive = np.where(yes[order, None], weights, 0.0)
    if len(first) == len(order):
        return positive, weights
    return np.add.reduceat(positive, first, axis=0), np.add.reduceat(weights, first, axis=0)


def auroc(yes: NDArray[np.bool_], score: FloatArray, counts: FloatArray) -> FloatArray:
    """Give the chance that a positive scores above a negative, ties by half, in R resamples."""
    positive, both = _sum_ties(yes, score, counts)
    negative = both - positive
    above = np.cumsum(positive, axis=0) - positive / 2
    total = positive.sum(axis=0) * negative.sum(axis=0)
    found = np.einsum("gr,gr->r", above, negative)
    return np.asarray(found / np.where(total > 0, total, np.nan))


def auprc(yes: NDArray[np.bool_], score: FloatArray, counts: FloatArray) -> FloatArray:
    """Give the average precision in R resamples: the precision at each threshold, weighted by the recall it adds."""
    positive, both = _sum_ties(yes, score, counts)
    total = positive.sum(axis=0)
    precision = np.cumsum(positive, axis=0) / np.maximum(np.cumsum(both, axis=0), 1e-300)
    found = np.einsum("gr,gr->r", precision, positive)
    return np.asarray(found / np.where(total > 0, total, np.nan))


def mean(values: FloatArray) -> FloatArray:
    """Average (K, R) over the classes for which it is defined."""
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.where(known.any(axis=0), known.sum(axis=0), np.nan))
