"""The Runs page: live cards of what runs, the queue in its order, then the table of everything that is over."""

import streamlit as st

from lib.jobs import runner
from lib.store import datasets, runs
from lib.store.runs import Run
from lib.ui import errors
from lib.ui.runs import table
from lib.ui.widgets import progress, state
from lib.ui.widgets.progress_text import ago, where
from lib.ui.widgets.text import plain

EVERY_SECONDS = 2.0
HIGHEST = 9
SHOWN_QUEUED = 50


def page() -> None:
    """Draw the page."""
    progress.look_after()
    known = runs.all()
    if not known:
        _nothing()
        return
    names = {row.id: row.name for row in datasets.all()}
    running, queued = runs.running(), runs.queue()
    _watch(_signature(running, queued))
    for run in running:
        progress.run_progress(run.id)
    if queued:
        _queue(queued, names)
    if not running and not queued:
        st.caption("Nothing is running and nothing is queued.")
    over = [run for run in known if run.over]
    if over:
        st.subheader("Past runs", anchor=False)
        table.past_runs(over, names)


def _nothing() -> None:
    if datasets.all():
        state.empty(
            "Nothing has been trained yet. Choose a model and start the first run.", state.TRAIN, "Train a model"
        )
    else:
        sentence = "Nothing has been trained yet, and there is no dataset. Bring your files, or try the simulated demo."
        state.empty(sentence, state.UPLOAD, "Bring data")


def _signature(running: list[Run], queued: list[Run]) -> tuple[tuple[str, int], ...]:
    return tuple((run.id, run.priority) for run in [*running, *queued])


@st.fragment(run_every=EVERY_SECONDS)
def _watch(seen: tuple[tuple[str, int], ...]) -> None:
    """Draw the page anew when a run starts, ends or changes its place; nothing is drawn here."""
    with errors.guard():
        if _signature(runs.running(), runs.queue()) != seen:
            st.rerun(scope="app")


def _queue(queued: list[Run], names: dict[str, str]) -> None:
    st.subheader(
        f"Queue ({len(queued):,})",
        anchor=False,
        help="The next run is the one at the top. Work of seconds may start beside a long training.",
    )
    with st.container(border=True, gap="xsmall"):
        for place, run in enumerate(queued[:SHOWN_QUEUED], start=1):
            _describe_queue(place, run, names)
        if len(queued) > SHOWN_QUEUED:
            st.caption(f"and {len(queued) - SHOWN_QUEUED:,} more")


def _describe_queue(place: int, run: Run, names: dict[str, str]) -> None:
    words, priority, cancel = st.columns([5, 2, 1.4], vertical_alignment="center")
    dataset = f" · {plain(names.get(run.dataset, run.dataset))}" if run.dataset else ""
    with words, st.container(gap=None):
        st.markdown(f"**{place}.** {plain(run.name)}")
        wish = f" · {where(run)}" if where(run) else ""
        st.caption(f"{progress.model_label(run.model)}{dataset}{wish} · queued {ago(run.queued)}")
    with priority:
        st.number_input(
            "Priority",
            label_visibility="visible" if place == 1 else "collapsed",
            min_value=-HIGHEST,
            max_value=HIGHEST,
            value=run.priority,
            step=1,
            key=f"priority-{run.id}",
            help="Runs of a higher priority start first; among equals the one that waited longest.",
            on_change=_prioritise,
            args=(run.id,),
        )
    with cancel:
        if st.button("Cancel run", key=f"cancel-{run.id}", icon=":material/close:", help="Take it out of the queue"):
            runner().cancel(run.id)
            st.rerun()


def _prioritise(run_id: str) -> None:
    runs.set_priority(run_id, int(st.session_state[f"priority-{run_id}"]))
