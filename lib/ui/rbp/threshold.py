"""The threshold of an RBP table: a ``mean_rbp``, also by the share of motifs it leaves out, or a PWM's relative score.

It is kept in the link (``rbp_min``, ``pwm_min``), so that the widgets can follow each other and a link shows the same.
"""

import math

import numpy as np
import streamlit as st

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.ui.attribution.data import PWM_DEFAULT, PWM_LOWEST, suggest_thresholds
from lib.ui.rbp import choice
from lib.ui.rbp.choice import THRESHOLDS
from lib.ui.widgets import state
from lib.ui.widgets.text import plain

MOTIFS, PWMS = THRESHOLDS
_DIGITS = 6
_SHARE_STEP = 0.5


def choose(dataset: Dataset, *, length: int) -> float:
    """Draw the threshold of a dataset's table and give it.

    Parameters
    ----------
    length
        Letters of a typical sequence, for a first threshold that leaves about a dozen hits by chance.
    """
    if dataset.rbp is None:
        return _relative()
    values, score = np.sort(dataset.rbp["mean_rbp"].to_numpy(dtype=np.float64)), choice.score_of(dataset)
    lowest, _, telling = suggest_thresholds(dataset.rbp, length)
    threshold = _ask(MOTIFS)
    if threshold is None:
        threshold = round_down(max(lowest, telling))
    # The link decides what both widgets show; each of them writes only the link. In a small table many shares mean one
    # threshold, and a share that means it stays as it was set, else the arrow keys would get nowhere.
    state.put("rbp-threshold", threshold)
    share = st.session_state.get("rbp-share")
    if share is None or at_share(values, share) != threshold:
        state.put("rbp-share", share_below(values, threshold))
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.number_input(
            f"{plain(score)} of at least",
            key="rbp-threshold",
            step=_step(values),
            format="%.6g",
            width=190,
            on_change=lambda: keep(MOTIFS, st.session_state["rbp-threshold"]),
            help=f"Motifs with a smaller {plain(score)} are left out",
        )
        st.slider(
            "Weakest motifs left out (%)",
            0.0,
            100.0,
            step=_SHARE_STEP,
            format="%.1f",
            key="rbp-share",
            width=420,
            on_change=lambda: keep(MOTIFS, at_share(values, st.session_state["rbp-share"])),
            help="The threshold as a quantile of the table",
        )
    return threshold


def _relative() -> float:
    asked = _ask(PWMS)
    known = asked is not None and PWM_LOWEST <= asked <= 1.0
    state.put("pwm-threshold", round(asked, 2) if known and asked is not None else PWM_DEFAULT)
    relative = st.slider(
        "Relative score of at least",
        PWM_LOWEST,
        1.0,
        step=0.01,
        key="pwm-threshold",
        width=420,
        on_change=lambda: keep(PWMS, st.session_state["pwm-threshold"]),
        help="Of the log odds of a word: 1 is the best word of the PWM, 0 its worst",
    )
    return round(float(relative), 2)


def keep(name: str, threshold: float | None) -> None:
    """Put a threshold into the link; None leaves it out."""
    if threshold is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = f"{threshold:.{_DIGITS}g}"


def _ask(name: str) -> float | None:
    try:
        asked = float(st.query_params.get(name, ""))
    except ValueError:
        return None
    return asked if math.isfinite(asked) else None


def round_down(value: float) -> float:
    """Write a threshold in six digits that is not larger, so that a motif of this value is kept.

    >>> round_down(0.8117487792770841), round_down(-1.23456789), round_down(3.32)
    (0.811748, -1.23457, 3.32)
    """
    near = float(f"{value:.{_DIGITS}g}")
    if near <= value:
        return near
    step = 10.0 ** (math.floor(math.log10(abs(value))) - _DIGITS + 1) if value else 0.0
    return float(f"{near - step:.{_DIGITS}g}")


def share_below(values: FloatArray, threshold: float) -> float:
    """Give the share of ascending values (M,) below a threshold, in % and in the steps of the slider.

    >>> share_below(np.array([1.0, 2.0, 3.0, 4.0]), 3.0)
    50.0
    """
    share = 100 * float(np.searchsorted(values, threshold)) / max(len(values), 1)
    return round(share / _SHARE_STEP) * _SHARE_STEP


def at_share(values: FloatArray, share: float) -> float:
    """Give the threshold that leaves out a share of ascending values (M,), in %; the largest is always kept.

    >>> at_share(np.array([1.0, 2.0, 3.0, 4.0]), 50.0), at_share(np.array([1.0, 2.0]), 100.0)
    (3.0, 2.0)
    """
    return round_down(float(values[min(int(share / 100 * len(values)), len(values) - 1)]))


def _step(values: FloatArray) -> float:
    """Give a step of 1, 2 or 5 times a power of ten, about a hundredth of the range."""
    width = float(values[-1] - values[0]) / 100
    if width <= 0:
        return 0.1
    power = 10.0 ** math.floor(math.log10(width))
    return float(power * next(factor for factor in (1, 2, 5, 10) if factor * power >= width * (1 - 1e-9)))
