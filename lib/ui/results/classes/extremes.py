"""The sequences that a classifier is most sure and wrong about, or most sure and right, each with its explanation."""

import numpy as np
import pandas as pd
import streamlit as st

from lib.tasks import class_metrics
from lib.ui.results.classes import chosen
from lib.ui.results.links import attribution_url
from lib.ui.widgets import url_widgets
from lib.ui.widgets.downloads import csv_button
from lib.views.class_view import ClassView, tabulate_calls

SHOWN = 20


@st.fragment
def draw(view: ClassView) -> None:
    """Draw the twenty worst or best, as the link says."""
    which = url_widgets.segments("Sequences", "extremes", {"worst": f"Worst {SHOWN}", "best": f"Best {SHOWN}"})
    frame = table(view, worst=which == "worst")
    if frame.empty:
        st.info("Every sequence is called right.", icon=":material/check:")
        return
    st.dataframe(
        frame,
        hide_index=True,
        key=f"extremes-{which}-{view.run.id}-{view.judged}",
        height=388,
        alt=f"The {len(frame)} sequences that are called {'wrong' if which == 'worst' else 'right'} with the most "
        "confidence, with links to their explanations",
        column_config=chosen.columns(frame)
        | {
            "explain": st.column_config.LinkColumn(
                "", display_text="Explain", width="small", help="Which nucleotides the run used"
            )
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            "Worst: called wrong, the true class with the lowest probability first. Look for what they share; a wrong "
            "label looks the same. Best: called right, the highest first."
        )
        csv_button(
            lambda: pd.concat([table(view, worst=rank == "worst").assign(rank=rank) for rank in ("worst", "best")]),
            name=f"{view.run.name} {view.part} worst and best",
            key="extremes-csv",
            label="Worst and best (CSV)",
        )


def table(view: ClassView, *, worst: bool) -> pd.DataFrame:
    """Give the facts of what is called wrong (or right) with the most confidence; of two classes called from 0.5 on."""
    predicted = view.values()[view.places]
    right = class_metrics.decide(predicted) == view.observed
    sure = np.take_along_axis(view.probabilities(), view.observed[:, None], axis=1)[:, 0]
    places = np.flatnonzero(~right if worst else right)
    places = places[np.argsort(sure[places] if worst else -sure[places], kind="stable")][:SHOWN]
    frame = tabulate_calls(view, places)
    # Of more than two classes the one that it is called is explained: why was it called so?
    explained = [""] * len(frame) if view.binary else frame["predicted class"]
    pairs = zip(frame["id"], explained, strict=True)
    links = [attribution_url(view.run.id, view.run.dataset, str(name), target) for name, target in pairs]
    frame.insert(1, "explain", links)
    return frame
