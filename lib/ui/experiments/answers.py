"""Experiments as jobs on the page: start one, follow it, choose among those that were made."""

import streamlit as st

from lib.core.errors import UserError
from lib.jobs import experiment
from lib.store import experiments, runs
from lib.store.experiments import Asked
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.experiments.subject import Subject
from lib.ui.widgets import progress, state
from lib.ui.widgets.progress_text import LOOKS, ago
from lib.ui.widgets.text import plain

PARAM = "experiment"


def start_button(asked: Asked | None, *, label: str = "Start experiment", note: str = "") -> None:
    """Draw the primary button that queues an experiment; it waits where there is nothing to ask yet."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button(
            label, type="primary", icon=":material/science:", key="experiment-start", disabled=asked is None
        )
        if note:
            st.caption(note, width="content")
    if pressed and asked is not None:
        try:
            st.query_params[PARAM] = experiment.start_experiment(asked, owner=state.owner())
        except UserError as error:
            errors.show(error)
        else:
            st.rerun()


def choose_experiment(subject: Subject, sort: str) -> Run | None:
    """Draw the choice among the experiments of this run, and the progress of one at work; give a finished one."""
    known = {run.id: run for run in experiments.of(subject.run.id, sort)}
    if not known:
        return None
    asked = str(st.query_params.get(PARAM, ""))
    newest = next(iter(known.values()))
    alive = (run for run in known.values() if run.state == runs.FINISHED or not run.over)
    shown = known.get(asked) or next(alive, newest)
    if len(known) > 1:
        names = {run.id: f"{run.name} · {ago(run.created)} · {LOOKS[run.state].word}" for run in known.values()}
        key = f"experiment-of-{subject.run.id}-{sort}"
        st.session_state[key] = shown.id

        def changed() -> None:
            st.query_params[PARAM] = st.session_state[key]

        st.selectbox(
            "Experiments so far", list(names), format_func=names.__getitem__, key=key, on_change=changed, width=480
        )
    if shown.state != runs.FINISHED:
        progress.run_progress(shown.id)
        return None
    if asked != shown.id:
        st.query_params[PARAM] = shown.id
    if shown.payload["target"] != subject.target:
        name = subject.dataset.target_names[shown.payload["target"]]
        st.caption(f"This experiment asked for {plain(name)}; start it again for another target.")
    return shown
