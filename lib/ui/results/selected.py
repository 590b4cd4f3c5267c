"""What is selected in a picture: the facts of one sequence, or a table of several of which one can be chosen."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from lib.views.run_view import RunView

SHOWN = 500
"""Sequences that are listed at most."""


def draw_selected(
    view: RunView,
    frame: pd.DataFrame,
    count: int,
    draw_one: Callable[[Any], None],
    *,
    columns: Mapping[str, Any],
    alt: str,
) -> None:
    """Draw the selected sequences.

    Parameters
    ----------
    frame, count
        Facts of the selected sequences, ``SHOWN`` at most, and how many are selected in all.
    draw_one
        Draws one row of them with the way to its explanation.
    columns, alt
        How the columns are written, and which they are.
    """
    if frame.empty:
        st.info(
            "Click a point to see which sequence it is and which nucleotides the model used. To select several, choose "
            "the lasso beside the picture and draw around them.",
            icon=":material/ads_click:",
        )
        return
    if count == 1:
        draw_one(frame.iloc[0])
        return
    more = f" The first {SHOWN:,} are listed." if count > SHOWN else ""
    st.markdown(f"**{count:,} sequences selected.** Choose a row to explain it.{more}")
    event: Any = st.dataframe(
        frame,
        key=f"selected-{view.run.id}-{view.judged}-{view.target}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=280,
        column_config=columns,
        alt=f"Table of the {len(frame)} selected sequences: {alt}",
    )
    picked = event.selection.rows
    if picked and picked[0] < len(frame):
        draw_one(frame.iloc[picked[0]])
