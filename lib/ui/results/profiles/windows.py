"""The windows of a part as a table that can be sorted, the best or the worst first; a row opens its window."""

from typing import Any

import streamlit as st

from lib.ui.results.profiles.data import ProfileView, windows_table
from lib.ui.widgets import url_widgets
from lib.ui.widgets.downloads import csv_button

SHOWN = 2000
_ORDER = {"worst": "Worst first", "best": "Best first", "counts": "Most counts first"}


def draw(view: ProfileView) -> str | None:
    """Draw the table and give the window that is chosen in it."""
    order = url_widgets.segments("Windows", "windows", _ORDER)
    whole = windows_table(view)
    column = "counts, observed" if order == "counts" else "profile Pearson"
    frame = whole.sort_values(column, ascending=order == "worst", kind="stable", na_position="last").head(SHOWN)
    number = st.column_config.NumberColumn
    event: Any = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=330,
        placeholder="–",
        key=f"windows-table-{order}-{view.run.id}-{view.part}-{view.target}",
        alt=f"Table of {len(frame):,} windows with profile Pearson, counts and place in the genome",
        column_config={
            "profile Pearson": number(format="%.3f", help="Correlation of observed and predicted profile"),
            "mean profile": number(format="%.3f", help="That of the mean profile of the training windows"),
            "counts, observed": number(format="%.0f", help="Counts of the window"),
            "counts, predicted": number(format="%.0f", help="Counts that the run predicts"),
            "from": number(format="%d", help="First position in the genome, from 1"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        more = f" The first {SHOWN:,} of {len(whole):,} are shown." if len(whole) > SHOWN else ""
        st.caption(f"Choose a row to see its window below. A click on a heading sorts.{more}", width="content")
        csv_button(lambda: whole, name=f"{view.run.name} {view.part} windows", key="windows-csv", label="Windows (CSV)")
    rows = event.selection.rows
    return str(frame["window"].iloc[rows[0]]) if rows and rows[0] < len(frame) else None
