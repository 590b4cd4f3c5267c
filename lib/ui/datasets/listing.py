"""The table of datasets; a click on a row chooses it."""

import base64
from collections import Counter
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from lib.ui.widgets import state

if TYPE_CHECKING:
    from lib.store.datasets import DatasetRow

SHOWN = 7
"""Rows that are shown without scrolling."""

_BADGE = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='112' height='24' viewBox='-8 0 112 24'><defs>"
    "<pattern id='h' width='7' height='7' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'>"
    "<rect width='7' height='7' fill='#fff'/><rect width='3' height='7' fill='#d9d9d9'/></pattern></defs>"
    "<rect x='1' y='1' width='94' height='22' rx='6' fill='url(#h)' stroke='#555'/>"
    "<text x='48' y='16.5' text-anchor='middle' font-family='sans-serif' font-size='12' font-weight='600' fill='#222'>"
    "simulated</text></svg>"
)
SIMULATED_PICTURE = "data:image/svg+xml;base64," + base64.b64encode(_BADGE.encode()).decode()


def table(rows: "list[DatasetRow]") -> None:
    """Draw the table; the chosen dataset is the selected row."""
    from lib.store import runs

    counts = Counter(run.dataset for run in runs.all())
    frame = pd.DataFrame(
        [
            {
                "Name": row.name,
                "n": row.rows,
                "Target": row.target,
                "Split": row.split_kind,
                "Frozen": row.created,
                "Runs": counts[row.id],
                "Left out": row.rejected,
                "Data": SIMULATED_PICTURE if row.simulated else None,
            }
            for row in rows
        ]
    )
    ids = [row.id for row in rows]
    chosen = state.dataset_id()
    key = f"datasets-{chosen}-{len(ids)}"

    def clicked() -> None:
        picked = st.session_state[key]["selection"]["rows"]
        state.choose(dataset=ids[picked[0]] if picked else None)

    st.dataframe(
        frame,
        hide_index=True,
        placeholder="",
        key=key,
        on_select=clicked,
        selection_mode="single-row-required" if chosen in ids else "single-row",
        selection_default={"selection": {"rows": [ids.index(chosen)]}} if chosen in ids else None,
        height="content" if len(ids) <= SHOWN else 37 + 35 * SHOWN,
        alt=f"{len(ids)} datasets with name, number of sequences, target, split, date and runs",
        column_config={
            "Name": st.column_config.TextColumn(width="medium"),
            "n": st.column_config.NumberColumn(format="localized", help="Sequences"),
            "Frozen": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", timezone=st.context.timezone),
            "Data": st.column_config.ImageColumn(help="Simulated data are made up, with planted motifs", width="small"),
        },
    )
