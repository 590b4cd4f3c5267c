"""The sequences that a run predicts worst and best, each with the way to its explanation."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.ui.results.links import attribution_url
from lib.ui.widgets import url_widgets
from lib.ui.widgets.downloads import csv_button
from lib.ui.widgets.text import plain
from lib.views.run_view import RunView, tabulate_sequences

SHOWN = 20
_NUMBERS = ("observed", "predicted", "± SD", "off by")


@st.fragment
def draw_extremes(
    view: RunView,
    tabulate: Callable[[bool], pd.DataFrame],
    configure: Callable[[pd.DataFrame], Mapping[str, Any]],
    *,
    caption: str,
    empty: str = "",
) -> None:
    """Draw the twenty worst or best sequences, as the link says.

    Parameters
    ----------
    tabulate
        Gives the worst sequences (True), or the best, with a column ``explain`` of links.
    configure
        Says how the columns of such a table are written.
    caption, empty
        What stands below the table, and in its place where it has no rows.
    """
    which = url_widgets.segments("Sequences", "extremes", {"worst": f"Worst {SHOWN}", "best": f"Best {SHOWN}"})
    frame = tabulate(which == "worst")
    if frame.empty and empty:
        st.info(empty, icon=":material/check:")
        return
    link = st.column_config.LinkColumn("", display_text="Explain", width="small", help="Which nucleotides the run used")
    st.dataframe(
        frame,
        hide_index=True,
        key=f"extremes-{which}-{view.run.id}-{view.judged}-{view.target}",
        height=388,
        alt=f"The {len(frame)} sequences that are predicted {which}, with links to their explanations",
        column_config={**configure(frame), "explain": link},
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(caption)
        csv_button(
            lambda: pd.concat([tabulate(rank == "worst").assign(rank=rank) for rank in ("worst", "best")]),
            name=f"{view.run.name} {view.part} worst and best",
            key="extremes-csv",
            label="Worst and best (CSV)",
        )


def draw(view: RunView) -> None:
    """Draw the sequences with the largest or smallest errors."""
    draw_extremes(
        view,
        lambda worst: tabulate_errors(view, worst=worst),
        lambda _: write_numbers(view.unit),
        caption="**Explain** opens the sequence on the Attribution page. Among the worst look for what they share: low "
        "counts, a motif, a length that training hardly saw.",
    )


def write_numbers(unit: str) -> dict[str, Any]:
    """Say how the columns of ``tabulate_sequences`` are written."""
    number = st.column_config.NumberColumn
    return {name: number(format="%.2f", help=plain(unit) or None) for name in _NUMBERS} | {
        "GC (%)": number(format="%.0f")
    }


def tabulate_errors(view: RunView, *, worst: bool) -> pd.DataFrame:
    """Give the facts of the sequences with the largest or smallest absolute error, the most extreme first."""
    points = view.points
    size = np.abs(points.predicted - points.observed)
    places = np.argsort(-size if worst else size, kind="stable")[:SHOWN]
    frame = tabulate_sequences(view, [points.ids[place] for place in places])
    links = [attribution_url(view.run.id, view.run.dataset, str(name)) for name in frame["id"]]
    frame.insert(1, "explain", links)
    return frame
