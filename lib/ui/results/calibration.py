"""Whether the spread of an ensemble says how far it is off; nothing for other models."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis.calibration import bins, coverage, factor
from lib.analysis.correlation import Correlation, spearman
from lib.analysis.slices import FEWEST
from lib.figures.calibration import calibration
from lib.tasks.scores import PART_NAMES, signed
from lib.ui.results.data import View
from lib.ui.widgets import charts


def draw_calibration(view: View) -> None:
    """Draw error against spread and what mean ± z SD holds, for a run with members."""
    if view.spread not in view.rows:
        return
    st.subheader("Does its spread say how far it is off?", anchor=False)
    spread = view.rows[view.spread].to_numpy(dtype=float)
    error = view.points.predicted - view.points.observed
    if len(spread) < 2 * FEWEST or not np.ptp(spread) > 0:
        found = f"n = {len(spread):,} sequences" if np.ptp(spread) > 0 else "the same spread everywhere"
        st.caption(f"Found {found}; this needs at least {2 * FEWEST} sequences whose spread differs.")
        return
    by, held = bins(spread, error), coverage(spread, error)
    st.markdown(words(spearman(spread, np.abs(error)), held, factor(spread, error), part=PART_NAMES[view.part]))
    charts.draw(
        lambda: calibration(by, held, unit=view.unit),
        name=f"{view.run.name} {view.part} calibration",
        key=f"calibration-{view.run.id}-{view.part}-{view.target}",
        kept=view.key,
        alt=f"Mean absolute error of {len(by)} groups of equal spread, and the share of observed values within mean ± "
        "z SD of the members",
        numbers=lambda: numbers(by, held),
    )
    st.caption(
        f"n = {len(spread):,}. Left: each point is a group of sequences of about equal spread, with the 95% interval "
        "of its mean error; on the dashed line the spread would be as large as the error. Right: on the dashed line "
        "mean ± z SD would hold what it should if errors were normal."
    )


def words(rank: Correlation, held: pd.DataFrame, times: float, *, part: str) -> str:
    """Say in Markdown whether the spread warns, how much it holds, and that it is no confidence interval."""
    row = held[held["expected"] == 0.95].iloc[0]
    low, high = 100 * row["low"], 100 * row["high"]
    said = f"Mean ± 1.96 SD of the members holds **{100 * row['observed']:.0f}%** [{low:.0f}, {high:.0f}] of the {part}"
    said += " part, where 95% would be right"
    if np.isfinite(times):
        said += f"; errors are on the whole about **{times:.1f} times** as large as the spread"
    said += "."
    if rank.known:
        more = "Where the members lie further apart it errs more" if rank.low > 0 else "The spread is no sure warning"
        said += f" {more}: rank correlation ρ {signed(rank.r, 2)} [{signed(rank.low, 2)}, {signed(rank.high, 2)}]."
    return f"{said} It is a spread, and no confidence interval."


def numbers(by: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Give both panels in one table."""
    return pd.concat([by.assign(panel="error by spread"), held.assign(panel="coverage")], ignore_index=True)
