"""The sequences that a run predicts worst and best, each with the way to its explanation."""

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
def draw(view: RunView) -> None:
    """Draw the twenty worst or best, as the link says."""
    which = url_widgets.segments("Sequences", "extremes", {"worst": f"Worst {SHOWN}", "best": f"Best {SHOWN}"})
    frame = table(view, worst=which == "worst")
    number = st.column_config.NumberColumn
    st.dataframe(
        frame,
        hide_index=True,
        key=f"extremes-{which}-{view.run.id}-{view.part}-{view.target}",
        height=388,
        alt=f"The {len(frame)} sequences that are predicted {which}, with links to their explanations",
        column_config={name: number(format="%.2f", help=plain(view.unit) or None) for name in _NUMBERS}
        | {
            "GC (%)": number(format="%.0f"),
            "explain": st.column_config.LinkColumn(
                "", display_text="Explain", width="small", help="Which nucleotides the run used"
            ),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "**Explain** opens the sequence on the Attribution page. Among the worst look for what they share: "
            "low counts, a motif, a length that training hardly saw."
        )
        csv_button(
            lambda: pd.concat([table(view, worst=rank == "worst").assign(rank=rank) for rank in ("worst", "best")]),
            name=f"{view.run.name} {view.part} worst and best",
            key="extremes-csv",
            label="Worst and best (CSV)",
        )


def table(view: RunView, *, worst: bool) -> pd.DataFrame:
    """Give the facts of the sequences with the largest or smallest absolute error, the most extreme first."""
    points = view.points
    size = np.abs(points.predicted - points.observed)
    places = np.argsort(-size if worst else size, kind="stable")[:SHOWN]
    frame = tabulate_sequences(view, [points.ids[place] for place in places])
    links = [attribution_url(view.run.id, view.run.dataset, str(name)) for name in frame["id"]]
    frame.insert(1, "explain", links)
    return frame
