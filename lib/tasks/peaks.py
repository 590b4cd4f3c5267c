"""Which positions of a window are peaks, and how well predicted shares find them, at several resolutions.

The rule is that of BPNet (Avsec et al. 2021, doi:10.1038/s41588-021-00782-6), with its demand on reads made for each
position and not for the whole window, so that windows with few reads count too:

- a position is a *peak* (positive) if at least 1.5% of the reads of its window and track lie there, and at least 3;
- it is *no peak* (negative) if less than 0.5% of the reads lie there;
- anything between is *ambiguous* and left out, as are windows without reads.

At a bin size above 1, neighbouring positions share a bin (the last one of a window may be shorter): a bin is a peak if
it holds one, else ambiguous if it holds an ambiguous position, else no peak; what is predicted for a bin is the largest
share in it. All bins of all windows and tracks are ranked together.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lib.core.arrays import FloatArray


@njit(cache=True, nogil=True)
def walk(yes: Any, window: Any, last: Any, counts: Any) -> Any:
    """Walk down the ranks once for each resample, ties as one step.

    Parameters
    ----------
    yes, window, last
        (M,) each, as ``lib.tasks.peaks.Ranked`` has them.
    counts
        (R, N) how often each window stands in each resample.

    Returns
    -------
    array
        (2, R) AUROC and AUPRC, NaN where not defined.
    """
    found = np.full((2, counts.shape[0]), np.nan)
    for resample in range(counts.shape[0]):
        weights = counts[resample]
        hits, false, new_hits, new_false, above, precision = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for place in range(len(yes)):
            if yes[place]:
                new_hits += weights[window[place]]
            else:
                new_false += weights[window[place]]
            if last[place]:
                above += new_false * (hits + new_hits / 2)
                hits += new_hits
                false += new_false
                if new_hits > 0:
                    precision += new_hits * hits / (hits + false)
                new_hits, new_false = 0.0, 0.0
        if hits > 0:
            found[1, resample] = precision / hits
            if false > 0:
                found[0, resample] = above / (hits * false)
    return found


PEAK, NO_PEAK = 0.015, 0.005
"""Shares of the reads of a window from which on a position is a peak, and below which it is none."""
FEWEST_READS = 3
BIN_SIZES = (1, 2, 4, 10)
"""Bin sizes in nt, as BPNet has them."""

Labels = NDArray[np.int8]


class Ranked(NamedTuple):
    """M bins that are a peak or none, those with the largest predicted share first.

    Parameters
    ----------
    yes
        (M,) whether each is a peak.
    window
        (M,) the row of its window.
    last
        (M,) whether the next one has another share, so that a threshold may lie behind it.
    """

    yes: NDArray[np.bool_]
    window: NDArray[np.int64]
    last: NDArray[np.bool_]


def labels(counts: NDArray[Any]) -> Labels:
    """Call the positions of windows (..., L): 1 peak, 0 no peak, -1 ambiguous.

    >>> labels(np.array([[0, 1, 2, 97], [0, 0, 0, 0]])).tolist()
    [[0, -1, -1, 1], [-1, -1, -1, -1]]
    """
    total = counts.sum(axis=-1, keepdims=True, dtype=np.float64)
    share = counts / np.where(total > 0, total, np.nan)
    called = np.full(counts.shape, -1, dtype=np.int8)
    called[share < NO_PEAK] = 0
    called[(share >= PEAK) & (counts >= FEWEST_READS)] = 1
    return called


def bin_positions(called: Labels, shares: FloatArray, size: int) -> tuple[Labels, FloatArray]:
    """Put positions (..., L) into bins of ``size`` nt: labels and largest shares, (..., B) each.

    >>> labels = np.array([0, -1, 0, 0, 1], dtype=np.int8)
    >>> called, shares = bin_positions(labels, np.array([0.1, 0.2, 0.3, 0.2, 0.2]), 2)
    >>> called.tolist(), shares.tolist()
    ([-1, 0, 1], [0.2, 0.3, 0.2])
    """
    starts = np.arange(0, called.shape[-1], size)
    rank = np.array([0, 2, 1], dtype=np.int8)[called]  # no peak, peak, ambiguous
    top = np.maximum.reduceat(rank, starts, axis=-1)
    return np.array([0, -1, 1], dtype=np.int8)[top], np.maximum.reduceat(shares, starts, axis=-1)


def rank_bins(called: Labels, shares: FloatArray) -> Ranked:
    """Order the bins (N, ..., B) of N windows by their predicted shares, ambiguous ones left out."""
    window = np.broadcast_to(np.arange(len(called)).reshape(-1, *([1] * (called.ndim - 1))), called.shape)
    clear = called >= 0
    score, yes, window = shares[clear], called[clear] == 1, window[clear]
    order = np.argsort(-score, kind="stable")
    score = score[order]
    last = np.append(score[1:] != score[:-1], True) if len(score) else np.zeros(0, dtype=np.bool_)
    return Ranked(yes[order], window[order].astype(np.int64), last)


def areas(bins: Ranked, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give AUROC and AUPRC (average precision) of R resamples, (R,) each; NaN without peaks, AUROC also without others.

    Parameters
    ----------
    bins
        From ``rank_bins``.
    counts
        (N, R) how often each window stands in each resample.
    """
    pass  # compiled code, wanted only where peaks are judged

    found = walk(bins.yes, bins.window, bins.last, np.ascontiguousarray(counts.T, dtype=np.float64))
    return found[0], found[1]
