"""Decay after an onset: expression stays constant until t0, then declines exponentially.

On the log2 scale the model is a hinge, ``y(t) = a - b * max(0, t - t0)`` with b of either sign, fitted to each sequence
by unweighted least squares. The decay rate is ``b * ln 2`` (1/h) and the half-life ``ln 2 / rate = 1 / b`` (h).
The least-squares hinge is exact: between two neighbouring times it is either the crossing of the left mean with the
right regression line, or it has its onset at one of the two times (Hudson 1966, doi:10.1080/01621459.1966.10482198).

The onset is never before the first time and never after the third-last one, so that the decline covers three times or
more (with three times in all the onset is the first): a rate from fewer points would follow the noise.

The 95% interval of the rate is a profile-likelihood interval: all rates b for which some onset and level give a sum of
squares of at most ``SSE_min * (1 + F(0.95; 1, n - p) / (n - p))``, n times and p = 3 parameters (2 where the onset is
fixed). It therefore includes what the unknown onset adds to the uncertainty. It assumes independent errors of equal
size on the log2 scale; under these, 95 of 100 such intervals cover the true rate, to a good approximation.

The half-life is given only where the whole interval of the rate lies above 0. Where the interval includes 0 the data
do not tell a decay from none: ``half_life`` is NaN, ``half_life_low`` is the shortest half-life that the data allow and
``half_life_high`` is infinite. Where the whole interval is below 0, expression rises and all three are NaN.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.core.arrays import FloatArray
from lib.core.errors import UserError

COLUMNS = tuple("rate rate_low rate_high half_life half_life_low half_life_high onset level fit_r2".split())
CONFIDENCE = 0.95
NEEDED_TIMES = 3
_STEPS = 16  # onsets tried between two neighbouring times for the interval of the rate
_LN2 = float(np.log(2.0))
_LEAST = float(np.finfo(np.float64).tiny)


def fit(hours: FloatArray, values: FloatArray) -> pd.DataFrame:
    """Fit the onset model to each of N sequences.

    Parameters
    ----------
    hours
        (H,) distinct times, ascending.
    values
        (N, H) log2 expression; NaN where missing. A sequence with fewer than three values gets NaN throughout.

    Returns
    -------
    DataFrame
        N rows: ``rate``, ``rate_low``, ``rate_high`` (1/h, 95% interval), ``half_life``, ``half_life_low``,
        ``half_life_high`` (h), ``onset`` (h), ``level`` (log2 expression before the onset), ``fit_r2`` (share of the
        variance over time that the fit explains, in sample; NaN where the values do not vary).

    Raises
    ------
    UserError
        If there are fewer than three times.
    """
    if len(hours) < NEEDED_TIMES:
        found = ", ".join(f"{hour:g}h" for hour in hours)
        raise UserError(
            f"A decay fit needs {NEEDED_TIMES} or more times; the table has {found}. "
            "Choose the difference of two times, or a single column, as the target."
        )
    results = np.full((len(values), len(COLUMNS)), np.nan)
    present = ~np.isnan(values)
    patterns, members = np.unique(present, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if pattern.sum() >= NEEDED_TIMES:
            rows = np.flatnonzero(members.ravel() == number)
            results[rows] = _fit_complete(hours[pattern], values[np.ix_(rows, pattern)])
    return pd.DataFrame(results, columns=list(COLUMNS))


def curve(fit_row: Mapping[str, float], hours: FloatArray) -> FloatArray:
    """Give the fitted log2 expression (H,) of one sequence, from its row of ``fit``, at any hours."""
    decline = fit_row["rate"] / _LN2
    return np.asarray(fit_row["level"] - decline * np.maximum(0.0, hours - fit_row["onset"]), dtype=np.float64)


def sentence(fit_row: Mapping[str, float]) -> str:
    """Say what a row of ``fit`` tells about the half-life.

    >>> sentence({"rate": 0.35, "half_life": 2.0, "half_life_low": 1.5, "half_life_high": 3.0})
    'Half-life 2.0 h (95% interval 1.5 to 3.0 h).'
    """
    if np.isnan(fit_row["rate"]):
        return "No decay fit: fewer than three time points have a value."
    if not np.isnan(fit_row["half_life"]):
        low, high = fit_row["half_life_low"], fit_row["half_life_high"]
        return f"Half-life {fit_row['half_life']:.1f} h (95% interval {low:.1f} to {high:.1f} h)."
    if np.isinf(fit_row["half_life_high"]):
        shortest = fit_row["half_life_low"]
        bound = f", at least {shortest:.1f} h" if np.isfinite(shortest) else ""
        return f"Half-life not defined{bound}: the 95% interval of the decay rate includes 0."
    return "Half-life not defined: expression rises over time."


def _fit_complete(t: FloatArray, y: FloatArray) -> FloatArray:
    """Fit rows (M, H) without missing values; gives (M, len(COLUMNS))."""
    last = len(t) - NEEDED_TIMES
    centre = y.mean(axis=1)
    yc = y - centre[:, None]
    total = np.einsum("nh,nh->n", yc, yc)
    best = np.full(len(y), np.inf)
    onset, decline = np.empty(len(y)), np.empty(len(y))
    for knot in t[: last + 1]:
        slope, _, sse = _hinge(knot, t, yc, total)
        _keep(best, onset, decline, sse=sse, at=np.full(len(y), knot), slope=slope)
    for left in range(1, last + 1):
        slope, at, sse = _crossing(t, y, left)
        sse = np.where((at > t[left - 1]) & (at < t[left]), sse, np.inf)
        _keep(best, onset, decline, sse=sse, at=at, slope=slope)
    x = np.maximum(0.0, t[None, :] - onset[:, None])
    level = centre + decline * x.mean(axis=1)
    sse = ((y - level[:, None] + decline[:, None] * x) ** 2).sum(axis=1)
    low, high = _interval(t, yc, total, sse, decline)
    with np.errstate(invalid="ignore", divide="ignore"):
        r2 = np.where(total > 0, 1 - sse / total, np.nan)
    rates = decline * _LN2, low * _LN2, high * _LN2
    return np.column_stack([*rates, *_half_lives(*rates), onset, level, r2])


def _hinge(onset: float, t: FloatArray, yc: FloatArray, total: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """Least squares for one onset: decline (M,) in log2 per hour, spread of the regressor, sum of squares (M,)."""
    x = np.maximum(0.0, t - onset)
    x = x - x.mean()
    sxx = float(x @ x)
    decline = -(yc @ x) / sxx
    return decline, sxx, np.maximum(total - decline**2 * sxx, 0.0)


def _crossing(t: FloatArray, y: FloatArray, left: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Join the mean of the first ``left`` times to the line through the others: decline, onset, sum of squares."""
    early, late, x = y[:, :left], y[:, left:], t[left:] - t[left:].mean()
    mean, middle = early.mean(axis=1), late.mean(axis=1)
    slope = (late - middle[:, None]) @ x / (x @ x)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # of a flat line it is nowhere, or infinite
        at = t[left:].mean() + (mean - middle) / slope
    line = middle[:, None] + slope[:, None] * x
    return -slope, at, ((early - mean[:, None]) ** 2).sum(axis=1) + ((late - line) ** 2).sum(axis=1)


def _keep(
    best: FloatArray, onset: FloatArray, decline: FloatArray, *, sse: FloatArray, at: FloatArray, slope: FloatArray
) -> None:
    """Take over, in place, what fits better than the best so far."""
    better = sse < best
    best[better], onset[better], decline[better] = sse[better], at[better], slope[better]


def _interval(
    t: FloatArray, yc: FloatArray, total: FloatArray, sse: FloatArray, decline: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Profile-likelihood interval of the decline (M,), over a fine grid of onsets."""
    last = len(t) - NEEDED_TIMES
    freedom = len(t) - (3 if last else 2)
    from scipy.special import fdtri  # as long to load as all else of an import

    limit = sse * (1 + fdtri(1, freedom, CONFIDENCE) / freedom)
    low, high = decline.copy(), decline.copy()
    grid = [np.linspace(t[place], t[place + 1], _STEPS, endpoint=False) for place in range(last)]
    for onset in np.concatenate([*grid, t[[last]]]):
        slope, sxx, here = _hinge(onset, t, yc, total)
        reach = np.sqrt(np.maximum(limit - here, 0.0) / sxx)
        inside = here <= limit
        np.minimum(low, slope - reach, out=low, where=inside)
        np.maximum(high, slope + reach, out=high, where=inside)
    return low, high


def _half_lives(rate: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give half-life, shortest and longest one (M,); a rate too small for its inverse to be a number counts as 0."""
    rate, low, high = (np.where(np.abs(number) < _LEAST, 0.0, number) for number in (rate, low, high))
    with np.errstate(divide="ignore", invalid="ignore"):
        sure = low > 0
        half_life = np.where(sure, _LN2 / rate, np.nan)
        shortest = np.where(high > 0, _LN2 / high, np.where(high == 0, np.inf, np.nan))
        longest = np.where(sure, _LN2 / low, np.where(high >= 0, np.inf, np.nan))
    return half_life, shortest, longest
