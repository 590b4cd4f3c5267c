"""What is selected in the picture of probabilities: the facts of a sequence, and the way to its explanation."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.ui.results.selected import SHOWN, draw_selected
from lib.ui.widgets import state
from lib.ui.widgets.text import plain
from lib.views.class_view import ClassView, tabulate_calls


def draw(view: ClassView, rows: list[int], threshold: float) -> None:
    """Draw the selected sequences, numbers of what is judged; those of the link where none is selected."""
    if not rows and state.sequence_id():
        rows = np.flatnonzero(view.rows["id"].to_numpy(dtype=str) == state.sequence_id()).tolist()
    frame = tabulate_calls(view, np.array(rows[:SHOWN], dtype=np.intp), threshold)
    draw_selected(
        view,
        frame,
        len(rows),
        partial(_one, view),
        columns=columns(frame),
        alt="id, true and predicted class, probabilities, GC content",
    )


def columns(frame: pd.DataFrame) -> dict[str, Any]:
    """Say how the columns of ``tabulate_calls`` are written."""
    number = st.column_config.NumberColumn
    made = {name: number(format="%.3f") for name in frame.columns if name.startswith(("P(", "±"))}
    return made | {
        "GC (%)": number(format="%.0f"),
        "duplicate": st.column_config.CheckboxColumn(help="It is identical to a training sequence"),
    }


def _one(view: ClassView, row: Any) -> None:
    name = str(row["id"])
    if state.sequence_id() != name:
        state.choose(sequence=name)
    right = row["true class"] == row["predicted class"]
    mark = ":material/check: right" if right else ":material/close: wrong"
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="large"):
        st.markdown(f"**{plain(name)}**", width="content")
        st.markdown(f"true class **{plain(row['true class'])}**", width="content")
        st.markdown(f"called **{plain(row['predicted class'])}** ({mark})", width="content")
        shown = dict.fromkeys((f"P({view.chosen_name})", "P(true class)"))
        for label in shown:
            st.markdown(f"{plain(label)} **{row[label]:.3f}**", width="content", help="Predicted probability")
        duplicate = " · duplicate of a training sequence" if row["duplicate"] else ""
        st.markdown(f"GC {row['GC (%)']:.0f}% · {row['length (nt)']:,} nt{duplicate}", width="content")
        state.link(
            state.ATTRIBUTION,
            "Explain this sequence",
            icon=":material/biotech:",
            run=view.run.id,
            dataset=view.run.dataset,
            sequence=name,
            target=None if view.binary else view.chosen_name,
        )
