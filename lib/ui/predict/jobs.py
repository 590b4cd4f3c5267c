"""Predictions of many sequences, which a worker makes: their progress and their results."""

import streamlit as st

from lib.store import runs
from lib.ui.widgets import downloads, progress
from lib.ui.widgets.progress_text import LOOKS, ago
from lib.ui.widgets.text import plain

SHOWN = 5


def past() -> None:
    """Draw the newest predictions that a worker made or makes; nothing where there are none."""
    known = runs.all(kind="predict")[:SHOWN]
    if not known:
        return
    st.subheader("Predictions in the background", anchor=False)
    for run in known:
        if run.state != runs.FINISHED:
            progress.run_progress(run.id)
            continue
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="medium"):
            st.markdown(f"**{plain(run.name)}** {LOOKS[run.state].badge}", width="content")
            st.caption(f"n = {run.results.get('n', 0):,} · {ago(run.ended or run.created)}", width="content")
            downloads.csv_button(
                lambda name=run.id: runs.predictions(name),
                name=run.name,
                key=f"predicted-{run.id}",
                label="Download predictions (CSV)",
            )
