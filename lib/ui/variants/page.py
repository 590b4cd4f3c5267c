"""The Variants page: upload variants, start the measurement, follow it, and read the newest answer."""

import streamlit as st

from lib.core.errors import UserError
from lib.jobs import variants as job
from lib.store import runs
from lib.store import variants as store
from lib.store.runs import Run
from lib.store.variants import KIND, RANDOM, Asked
from lib.ui import errors
from lib.ui.experiments.words import count
from lib.ui.variants import answer, bring
from lib.ui.widgets import progress, state

PARAM = "variants"


def page() -> None:
    """Draw the page."""
    done = [run for run in runs.all(kind="train") if run.state == runs.FINISHED]
    if not done:
        state.empty("Effects need a trained model, and no run has finished yet.", state.TRAIN, "Train a model")
        return
    first = next((run for run in done if run.id == state.run_id()), None)
    first = first or next((run for run in done if run.dataset == state.dataset_id()), done[0])
    waiting = bool(st.session_state.get(bring.TEXT) or st.session_state.get(bring.FILE))
    with st.expander("Upload variants", expanded=waiting or not store.past(first.dataset), key="variants-bring"):
        _start(bring.draw(first, done))
    shown = _choose(first.dataset)
    if shown is not None:
        answer.draw(shown)


def _start(brought: bring.Brought | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        random = st.number_input(
            "Random variants",
            0,
            5000,
            RANDOM,
            step=100,
            key="variants-random",
            width=150,
            help="So many for each kind and size of your variants, in the same sequences. They tell how large an "
            "effect is among those of any change; 0 for none.",
        )
        pressed = st.button(
            "Measure effects",
            type="primary",
            icon=":material/play_arrow:",
            key="variants-start",
            disabled=brought is None,
        )
        if brought is None:
            st.caption("Upload variants and choose a run to ask.", width="content")
    if not pressed or brought is None:
        return
    found = brought.found
    asked = Asked(
        brought.runs, brought.targets, found.variants, found.sequences, int(random), measured=brought.measured
    )
    try:
        st.query_params[PARAM] = job.start_variants(asked, owner=state.owner())
    except UserError as error:
        errors.show(error)
        return
    for name in (answer.PICKED, answer.BY):
        st.query_params.pop(name, None)
    st.rerun()


def _choose(dataset: str) -> Run | None:
    """Draw the choice among the measurements so far, and the progress of one at work; give a finished one."""
    known = {run.id: run for run in store.past(dataset)}
    asked = runs.find(str(st.query_params.get(PARAM, "")))
    if asked is not None and asked.kind == KIND and asked.id not in known:
        known[asked.id] = asked
    if not known:
        return None
    alive = (run for run in known.values() if run.state == runs.FINISHED or not run.over)
    shown = known.get(asked.id) if asked is not None else None
    shown = shown or next(alive, next(iter(known.values())))
    if len(known) > 1:
        # Nothing in a label may change while it is shown, or the browser asks for one that is not there any more.
        names = {run.id: f"{run.name} by {count(len(run.payload['runs']), 'run')} [{run.id}]" for run in known.values()}
        key = "variants-so-far"
        state.put(key, shown.id)

        def changed() -> None:
            st.query_params[PARAM] = st.session_state[key]
            st.query_params.pop(answer.PICKED, None)

        st.selectbox(
            "Variants so far", list(names), format_func=names.__getitem__, key=key, on_change=changed, width=480
        )
    if shown.state != runs.FINISHED:
        progress.run_progress(shown.id)
        return None
    if st.query_params.get(PARAM) != shown.id:
        st.query_params[PARAM] = shown.id
    return shown
