"""The Experiments page: a run, a question, its answer."""

import streamlit as st

from lib.store import runs
from lib.store.experiments import KIND, SORTS
from lib.ui.experiments import ablate, answers, design, insert, pairs
from lib.ui.experiments.subject import Subject
from lib.ui.results import page as results
from lib.ui.widgets import cached, class_labels

VIEWS = {
    "Insert motifs": ("What does each motif do when it is put into other sequences?", insert.draw),
    "Pairs and spacing": ("Do two motifs do more together than apart, and at which distance?", pairs.draw),
    "Take motifs out": ("What do the motifs do where they stand, against as much changed elsewhere?", ablate.draw),
    "Design": ("Which few edits bring a sequence to the value I want?", design.draw),
}
"""Name of each view: the question that it answers, and what draws it."""
_SORTS = dict(zip(SORTS, VIEWS, strict=True))
_FIRST = "experiments-first"


def page() -> None:
    """Draw the page."""
    run = results.choose_finished_run()
    if run is None:
        return
    dataset = cached.dataset(run.dataset)
    results.headline(run, dataset)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first = _first()
        view = st.segmented_control(
            "Experiment", list(VIEWS), default=first, required=True, key="what", bind="query-params"
        )
        target = class_labels.pick_target(dataset, width=220)
    question, draw = VIEWS[view or first]
    st.subheader(question, anchor=False)
    draw(Subject(run, dataset, target))


def _first() -> str:
    """Give the view to begin with: that of the experiment in the link; the same one until the page is left."""
    if "what" not in st.session_state:
        asked = runs.find(str(st.query_params.get(answers.PARAM, "")))
        sort = asked.payload["experiment"] if asked is not None and asked.kind == KIND else SORTS[0]
        st.session_state[_FIRST] = _SORTS[sort]
    return str(st.session_state.get(_FIRST, next(iter(VIEWS))))
