"""Predicted against real beside the score card; what is selected in the picture opens below it."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib.figures.scatter import MOST_DRAWN, OUTLYING, Points, plot_predicted_against_observed, rows_of
from lib.report.html import show
from lib.tasks.scores import PART_NAMES
from lib.ui import errors
from lib.ui.results import logo
from lib.ui.results.data import scores
from lib.ui.results.extremes import write_numbers
from lib.ui.results.selected import SHOWN, draw_selected
from lib.ui.widgets import charts, columns, state
from lib.ui.widgets.text import plain
from lib.views.blocks import Block, Paragraph
from lib.views.run_view import RunView, tabulate_sequences
from lib.views.score_card import ScoreCard


@st.fragment
def scatter_and_scores(view: RunView) -> None:
    """Draw the scatter and the score card side by side, and what is selected; a click renews only this."""
    with errors.guard():
        points = view.points
        left, right = columns.columns(2, key="results")
        with left:
            ids = scatter(view, points)
        with right:
            _score_card(view, len(view.rows))
        _draw_selected(view, ids)


def scatter(view: RunView, points: Points) -> list[str]:
    """Draw predicted against observed and give the ids that are selected in the picture."""
    n = len(points.ids)
    part = PART_NAMES[view.part]
    event: Any = charts.draw(
        lambda: plot_predicted_against_observed(points, title=f"Predicted against observed, {part} part (n = {n:,})"),
        name=f"{view.run.name} {view.part} scatter",
        # The figure and its key depend on what is shown alone: another figure would lose the selection.
        key=f"scatter-{view.run.id}-{view.part}-{view.target}",
        kept=view.key,
        numbers=lambda: point_frame(points),
        on_select="rerun",
        selection_mode=("points", "lasso", "box"),
        alt=f"Scatter of predicted against observed {points.label} for {n:,} sequences of the {part} part, "
        "with the line on which both are equal",
    )
    drawn = ""
    if n > MOST_DRAWN:
        drawn = (
            f" The crowded middle of the {n:,} sequences is a map of counts; the {OUTLYING:,} outlying ones are drawn "
            "one by one and can be chosen."
        )
    st.caption(f"Colour: density of points. Dashed line: prediction = observation. Bars: how values spread.{drawn}")
    chosen = [(point["curve_number"], point["point_index"]) for point in event.selection.points]
    return [points.ids[row] for row in rows_of(points, chosen)]


def point_frame(points: Points) -> pd.DataFrame:
    """Give the numbers behind the scatter: id, observed and predicted value, for an ensemble its spread too."""
    spread = {} if points.deviation is None else {"SD of members": points.deviation}
    observed, predicted = f"observed {points.label}", f"predicted {points.label}"
    return pd.DataFrame({"id": points.ids, observed: points.observed, predicted: points.predicted, **spread})


def _score_card(view: RunView, n: int) -> None:
    caption = f"Scores on the {PART_NAMES[view.part]} part, target {view.target_name}"
    bound = view.ceiling
    limit = bound[0] if bound else None
    blocks: list[Block] = [ScoreCard(scores(view), view.unit, n, caption, limit, metrics=view.judged_by)]
    if bound is not None:
        strong = f"Noise ceiling R² {bound[0]:.3f}{f' ({bound[1]})' if bound[1] else ''}:"
        text = "no model can explain more, because the rest of the measured variance is noise."
        blocks.append(Paragraph(text, strong, "ml-foot"))
    text = (
        "The baseline models were trained on the same split, automatically. They show what composition and short words "
        "alone explain."
    )
    st.html(show(*blocks, Paragraph(text, style="ml-foot")))


def _draw_selected(view: RunView, ids: list[str]) -> None:
    if not ids and state.sequence_id():
        ids = [state.sequence_id() or ""]
    draw_selected(
        view,
        tabulate_sequences(view, ids[:SHOWN]),
        len(ids),
        partial(_one, view),
        columns=write_numbers(view.unit),
        alt="id, observed, predicted, off by, GC content, length",
    )


def _one(view: RunView, row: Any) -> None:
    name = str(row["id"])
    if state.sequence_id() != name:
        state.choose(sequence=name)
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(name)}**", width="content")
        for label in ("observed", "predicted", "off by"):
            apart = f" ± {row['± SD']:.2f}" if label == "predicted" and "± SD" in row else ""
            said = f"{label} **{row[label]:+.2f}**{apart}".replace("-", "−")
            unit = f"{view.unit}; ± is the SD of the members" if apart else view.unit
            st.markdown(said, width="content", help=plain(unit))
        st.markdown(f"GC {row['GC (%)']:.0f}% · {row['length (nt)']:,} nt", width="content")
        state.link(
            state.ATTRIBUTION,
            "Explain this sequence",
            icon=":material/biotech:",
            run=view.run.id,
            dataset=view.run.dataset,
            sequence=name,
        )
    [place] = np.flatnonzero(view.dataset.ids == name)
    logo.draw(view.run, view.dataset, int(place), target=view.target)
