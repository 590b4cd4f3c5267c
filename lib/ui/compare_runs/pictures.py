"""Predicted against observed of each run, side by side or overlaid."""

import pandas as pd
import streamlit as st

from lib.figures import compared
from lib.ui.compare_runs import classes
from lib.ui.compare_runs.data import View
from lib.ui.widgets import charts, url_widgets


def draw(view: View) -> None:
    """Draw the picture that is chosen; of classifiers their curves."""
    if view.task == "classification":
        classes.draw(view)
        return
    st.subheader("Predicted against observed", anchor=False)
    layout = url_widgets.segments("Layout", "layout", {"panels": "Side by side", "overlaid": "Overlaid"})
    make = compared.side_by_side if layout == "panels" else compared.overlaid
    found = view.found
    charts.draw(
        lambda: make(found.ids.tolist(), found.observed, found.predicted, view.series, label=view.label),
        name=f"{view.name} scatter",
        key=f"compare-scatter-{layout}",
        kept=view.key,
        alt=f"Predicted against observed {view.label} of {len(view.runs)} runs for the same {view.n:,} sequences",
        numbers=lambda: frame(view),
    )
    shown = len(compared.drawn(view.n, len(view.runs)))
    some = f" Drawn are {shown:,} of {view.n:,} sequences, chosen at random." if shown < view.n else ""
    st.caption(f"n = {view.n:,} common sequences, the same in each. Dashed line: prediction = observation.{some}")


def frame(view: View) -> pd.DataFrame:
    """Give one row for each common sequence: id, observed value, and what each run predicts."""
    found = view.found
    predicted = {f"predicted by {label}": values for label, values in zip(view.labels, found.predicted, strict=True)}
    return pd.DataFrame({"id": found.ids, f"observed {view.label}": found.observed, **predicted})
