"""Where two runs disagree: residual against residual, and the sequences on which they lie furthest apart."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.figures.compared import disagreement, probabilities
from lib.tasks.class_card import name_class
from lib.tasks.scores import write_signed
from lib.ui import errors
from lib.ui.results.links import attribution_url
from lib.ui.widgets import cached, charts, columns, state, url_widgets
from lib.ui.widgets.downloads import csv_button
from lib.ui.widgets.text import plain
from lib.views.comparison import Comparison


def choose(view: Comparison, first: tuple[str, str], second: tuple[str, str]) -> tuple[int, int]:
    """Draw the choice of two runs and give their places; of two runs there is none to draw.

    Parameters
    ----------
    first, second
        What is read beside each choice, and its name in the link.
    """
    if len(view.runs) == 2:
        return 0, 1
    names = {run.id: label for run, label in zip(view.runs, view.labels, strict=True)}
    places = {run.id: place for place, run in enumerate(view.runs)}
    with st.container(horizontal=True):
        one = url_widgets.select(*first, names)
        other = url_widgets.select(*second, names, default=view.runs[1].id)
    return places[one], places[other]


if TYPE_CHECKING:
    import plotly.graph_objects as go

SHOWN = 50
_NUMBERS = (
    "On the dashed line both are off by the same: what neither can know, such as noise. Far from it one run sees what "
    "the other does not. Click a point to open its sequence."
)
_CLASSES = (
    "Filled purple: sequences that are {}; open orange: the rest. Above and left of the crossing lines, or below and "
    "right of them, the runs call a sequence differently. Click a point to open its sequence."
)


@st.fragment
def draw(view: Comparison) -> None:
    """Draw the picture and the table of two of the runs; a click renews only this."""
    with errors.guard():
        st.subheader("Where they disagree", anchor=False)
        first, second = choose(view, ("One run", "first"), ("Another run", "second"))
        if first == second:
            st.info("Choose two different runs.")
            return
        frame = table(view, first, second)
        left, right = columns.columns(2, key="disagree")
        with left:
            ids = _picture(view, first, second)
        with right:
            _table(view, frame, first, second)
        _one(view, frame, ids, first, second)


def _picture(view: Comparison, first: int, second: int) -> list[str]:
    found = view.found
    runs, classes = (view.series[first], view.series[second]), view.view == "classes"
    one, other = found.predicted[first], found.predicted[second]

    def make() -> "go.Figure":
        if classes:
            return probabilities(found.ids.tolist(), one, other, found.observed > 0, runs)
        return disagreement(found.ids.tolist(), one - found.observed, other - found.observed, runs, unit=view.unit)

    event: Any = charts.draw(
        make,
        name=f"{view.name} {'probabilities' if classes else 'residuals'}",
        key=f"disagree-{view.runs[first].id}-{view.runs[second].id}-{view.part}",
        kept=view.key,
        numbers=lambda: table(view, first, second),
        on_select="rerun",
        selection_mode=("points",),
        alt=f"{'Probabilities' if classes else 'Residuals'} of {view.labels[second]} against those of "
        f"{view.labels[first]} for {view.n:,} sequences",
    )
    st.caption(_CLASSES.format(plain(name_class(view.target))) if classes else _NUMBERS)
    return [str(found.ids[place]) for place in event.selection.point_indices if place < view.n]


def table(view: Comparison, first: int, second: int) -> pd.DataFrame:
    """Give the common sequences, those on which two runs lie furthest apart first."""
    found = view.found
    one, other = found.predicted[first], found.predicted[second]
    frame = pd.DataFrame(
        {
            "id": found.ids,
            "observed": found.observed,
            view.labels[first]: one,
            view.labels[second]: other,
            "apart": other - one,
            "closer": np.where(
                np.abs(one - found.observed) <= np.abs(other - found.observed), view.labels[first], view.labels[second]
            ),
        }
    )
    return frame.iloc[np.argsort(-np.abs(other - one), kind="stable")].reset_index(drop=True)


def _table(view: Comparison, frame: pd.DataFrame, first: int, second: int) -> None:
    run = view.runs[first]
    shown = frame.head(SHOWN).copy()
    shown.insert(1, "explain", [attribution_url(run.id, run.dataset, name) for name in shown["id"]])
    number = st.column_config.NumberColumn
    st.markdown(f"**The {len(shown)} sequences on which they lie furthest apart**")
    st.dataframe(
        shown,
        hide_index=True,
        key=f"apart-{first}-{second}",
        height=430,
        alt=f"Table of the {len(shown)} sequences on which the two runs disagree most",
        column_config={
            name: number(format="%.2f", help=plain(view.unit) or None)
            for name in ("observed", view.labels[first], view.labels[second], "apart")
        }
        | {"explain": st.column_config.LinkColumn("", display_text="Explain", width="small")},
    )
    csv_button(lambda: frame, name=f"{view.name} disagreement", key="disagree-csv", label="All sequences (CSV)")


def _one(view: Comparison, frame: pd.DataFrame, ids: list[str], first: int, second: int) -> None:
    """Draw the sequence that was clicked, or that the link names, with the way to its explanation by either run."""
    name = ids[0] if ids else state.sequence_id()
    rows = frame[frame["id"] == name]
    if rows.empty:
        return
    if ids:
        state.choose(sequence=name)
    row = rows.iloc[0]
    dataset = cached.dataset(view.runs[first].dataset)
    place = dataset.position(str(name))
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="large"):
        st.markdown(f"**{plain(str(name))}**", width="content")
        st.markdown(f"observed **{write_signed(row['observed'], 2)}**", width="content", help=plain(view.unit) or None)
        for number in (first, second):
            label, predicted = view.labels[number], row[view.labels[number]]
            off = write_signed(predicted - row["observed"], 2)
            st.markdown(f"{plain(label)} **{write_signed(predicted, 2)}** (off by {off})", width="content")
        if place is not None:
            st.markdown(f"{len(dataset.sequences[place]):,} nt", width="content")
        for number in (first, second):
            run = view.runs[number]
            state.link(
                state.ATTRIBUTION,
                f"Explain by {view.labels[number]}",
                icon=":material/biotech:",
                run=run.id,
                dataset=run.dataset,
                sequence=str(name),
            )
