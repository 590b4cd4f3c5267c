"""How right predicted profiles are. Counts are (N, T, L): N windows, T tracks, L bases; predicted shares are too.

Scores of a window and track are defined where it has reads. Their means weigh every window and track alike, so that few
windows with many reads do not decide. Predicted shares that are not finite make every metric NaN.

Keys of the metrics, beside those of ``lib.tasks.metrics`` for log(1 + counts) (``r2``, ``pearson``, ...):

- ``profile_pearson``, ``profile_pearson_mean``, ``profile_pearson_variance``: median, mean and variance over windows of
  the correlation of predicted shares and counts along the window (a flat prediction has 0);
- ``profile_auroc``, ``profile_auprc``: how well shares find peaks in bins of 10 nt (see ``lib.tasks.peaks``), and
  ``profile_auroc_1``, ``_2``, ``_4``, the same at other bin sizes;
- ``profile_nll``: multinomial negative log-likelihood of the reads of a window, in nats a read, mean over windows;
- ``profile_jsd``: Jensen-Shannon distance in base 2 (0 the same, 1 nothing in common), mean over windows;
- ``loss``: 0.8 times the multinomial negative log-likelihood of a window plus 0.2 times the squared error of
  log(1 + counts), the mean over windows and tracks: the test loss of the published study.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, rel_entr

from lib.core.arrays import FloatArray
from lib.tasks import bootstrap, metrics, peaks
from lib.tasks.metrics import KEYS as COUNT_METRICS

Counts = NDArray[np.floating]
HEADLINE = 10
"""Bin size in nt of the areas without a number in their key."""
LOSS_WEIGHTS = (0.8, 0.2)
_SMALLEST = 1e-12  # a predicted share is counted as at least this
_PARTS = ("auroc", "auprc")


def area_key(what: str, size: int) -> str:
    """Name an area at a bin size.

    >>> area_key("auroc", 10), area_key("auprc", 2)
    ('profile_auroc', 'profile_auprc_2')
    """
    return f"profile_{what}" + ("" if size == HEADLINE else f"_{size}")


AREAS = {area_key(what, size): (what, size) for size in reversed(peaks.BIN_SIZES) for what in _PARTS}
PROFILE_METRICS = (
    "profile_pearson",
    "profile_pearson_mean",
    "profile_pearson_variance",
    *AREAS,
    "profile_nll",
    "profile_jsd",
    "loss",
)
METRICS = (*PROFILE_METRICS, *COUNT_METRICS)


def correlations(counts: Counts, shares: FloatArray) -> FloatArray:
    """Correlate counts and predicted shares along each window (..., L), (...); NaN where the counts are all equal.

    >>> correlations(np.array([[0.0, 2.0, 4.0], [1.0, 1.0, 1.0]]), np.array([[0.2, 0.3, 0.5]])).round(3).tolist()
    [0.982, nan]
    """
    y = counts - counts.mean(axis=-1, keepdims=True, dtype=np.float64)
    f = shares - shares.mean(axis=-1, keepdims=True)
    flat = np.ptp(shares, axis=-1) == 0
    yy, ff = (y**2).sum(axis=-1), np.where(flat, 0.0, (f**2).sum(axis=-1))
    norm = np.sqrt(yy * ff)
    found = np.clip((y * f).sum(axis=-1) / np.where(norm > 0, norm, 1.0), -1.0, 1.0)
    return np.asarray(np.where(np.ptp(counts, axis=-1) > 0, np.where(norm > 0, found, 0.0), np.nan))


def surprises(counts: Counts, shares: FloatArray) -> FloatArray:
    """Give the multinomial negative log-likelihood of the reads of each window (..., L), (...), in nats.

    That of ``scipy.stats.multinomial``, its coefficient included; 0 without reads.
    """
    k = counts.astype(np.float64)
    likely = (k * np.log(np.maximum(shares, _SMALLEST))).sum(axis=-1)
    return np.asarray(gammaln(k + 1).sum(axis=-1) - gammaln(k.sum(axis=-1) + 1) - likely, dtype=np.float64)


def distances(counts: Counts, shares: FloatArray) -> FloatArray:
    """Give the Jensen-Shannon distance in base 2 of counts and predicted shares (..., L), (...); NaN without reads."""
    total = counts.sum(axis=-1, keepdims=True, dtype=np.float64)
    p, q = counts / np.where(total > 0, total, np.nan), shares / shares.sum(axis=-1, keepdims=True)
    middle = (p + q) / 2
    both = (rel_entr(p, middle) + rel_entr(q, middle)).sum(axis=-1) / 2 / np.log(2.0)
    return np.asarray(np.sqrt(np.clip(both, 0.0, 1.0)))


class Judged:
    """What N windows and their prediction add to the metrics of any resample.

    Parameters
    ----------
    counts, shares
        (N, T, L) counts, and predicted shares, each row of sum 1.
    observed, predicted
        (N, T) log(1 + counts) each.
    """

    def __init__(self, counts: Counts, shares: FloatArray, observed: FloatArray, predicted: FloatArray) -> None:
        if counts.shape != shares.shape or counts.shape[:2] != observed.shape:
            raise ValueError(f"counts are {counts.shape}, shares {shares.shape}, targets {observed.shape}")
        self.observed, self.predicted = observed, predicted
        self.finite = bool(np.isfinite(shares).all())
        reads = counts.sum(axis=2, dtype=np.float64)
        there = reads > 0
        surprise = surprises(counts, shares)
        self.pearson = correlations(counts, shares)
        self.nll = np.where(there, surprise / np.where(there, reads, 1.0), np.nan)
        self.jsd = distances(counts, shares)
        self.loss = LOSS_WEIGHTS[0] * surprise + LOSS_WEIGHTS[1] * (predicted - observed) ** 2
        called = peaks.labels(counts)
        self.bins = {size: peaks.rank_bins(*peaks.bin_positions(called, shares, size)) for size in peaks.BIN_SIZES}

    def resample(self, counts: FloatArray, wanted: Sequence[str] = METRICS) -> dict[str, FloatArray]:
        """Give each metric that is wanted, (R,), of R resamples that hold each window ``counts`` (N, R) times."""
        ours = [name for name in wanted if name not in COUNT_METRICS]
        theirs = [name for name in wanted if name in COUNT_METRICS]
        found: dict[str, FloatArray] = {}
        if theirs:
            of_counts = metrics.resample(self.observed, self.predicted, counts, theirs)
            found |= {name: of_counts[name] for name in theirs}
        if not self.finite:
            return found | dict.fromkeys(ours, np.full(counts.shape[1], np.nan))
        if any(name.startswith("profile_pearson") for name in ours):
            found |= _spread(self.pearson, counts)
        for key, values in (("profile_nll", self.nll), ("profile_jsd", self.jsd), ("loss", self.loss)):
            if key in ours:
                found[key] = _means(values, counts)[0]
        for size in {AREAS[name][1] for name in ours if name in AREAS}:
            both = peaks.areas(self.bins[size], counts)
            found |= {area_key(what, size): values for what, values in zip(_PARTS, both, strict=True)}
        return {name: found[name] for name in wanted}


def scores(judged: Judged, wanted: Sequence[str] = METRICS) -> dict[str, float]:
    """Give each metric that is wanted of all windows."""
    found = judged.resample(np.ones((len(judged.observed), 1)), wanted)
    return {name: float(values[0]) for name, values in found.items()}


def resample(judged: Judged, *, replicates: int = 1000, seed: int = 0) -> dict[str, FloatArray]:
    """Give each metric, (R,), of R resamples of the windows, N of N with replacement."""

    def by(_: FloatArray, __: FloatArray, counts: FloatArray, wanted: Sequence[str]) -> Mapping[str, FloatArray]:
        return judged.resample(counts, wanted)

    drawn = bootstrap.together(
        judged.observed, [judged.predicted], replicates=replicates, seed=seed, metrics=METRICS, by=by
    )
    return drawn[0]


def _means(values: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the mean (R,) of the defined values (N, T) in resamples (N, R), and how many there are."""
    known = ~np.isnan(values)
    n = known.sum(axis=1, dtype=np.float64) @ counts
    total = np.where(known, values, 0.0).sum(axis=1) @ counts
    return np.asarray(total / np.where(n > 0, n, np.nan)), n


def _spread(values: FloatArray, counts: FloatArray) -> dict[str, FloatArray]:
    """Give median, mean and sample variance (R,) of the defined values (N, T) in resamples (N, R)."""
    mean, n = _means(values, counts)
    square, _ = _means(values**2, counts)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(n > 1, np.maximum(square - mean**2, 0.0) * n / (n - 1), np.nan)
    return {
        "profile_pearson": _median(values, counts),
        "profile_pearson_mean": mean,
        "profile_pearson_variance": variance,
    }


def _median(values: FloatArray, counts: FloatArray) -> FloatArray:
    """Give the median (R,) of the defined values (N, T) in resamples (N, R): the mean of the two in the middle."""
    rows = np.broadcast_to(np.arange(len(values))[:, None], values.shape)
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    ordered, weights = values[known][order], counts[rows[known][order]]
    if not len(ordered):
        return np.full(counts.shape[1], np.nan)
    reached = np.cumsum(weights, axis=0)
    n = reached[-1]
    low, high = ((reached < middle).sum(axis=0) for middle in (np.floor((n + 1) / 2), np.floor(n / 2) + 1))
    last = len(ordered) - 1
    found = (ordered[np.minimum(low, last)] + ordered[np.minimum(high, last)]) / 2
    return np.asarray(np.where(n > 0, found, np.nan))
