"""The Pretrain page: the newest pretraining or the one that the link names, and the form for another."""

import streamlit as st

from lib.store import pretrainings, runs
from lib.store.runs import Run
from lib.ui.pretrain import answer, start
from lib.ui.pretrain.start import PARAM
from lib.ui.widgets import cached, cards, progress, state
from lib.ui.widgets.progress_text import LOOKS, ago


def page() -> None:
    """Draw the page."""
    progress.look_after()
    known = {run.id: run for run in runs.all(kind=pretrainings.KIND)}
    run = _chosen(known)
    if run is None:
        st.markdown(
            "A pretraining needs sequences and no measurements. It hides letters and lets the model guess them, and "
            "lets it say how each sequence folds. Training then begins with what was learned."
        )
        start.draw()
        return
    if run.state == runs.FINISHED:
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            progress.heading(run)
            if run.dataset and cached.dataset(run.dataset).simulated:
                cards.simulated_badge()
        answer.draw(run)
    else:
        progress.run_progress(run.id)
        answer.curve(run)
    if st.toggle("New pretraining", key="pretrain-new", help="On other sequences, or with other settings"):
        start.draw()


def _chosen(known: dict[str, Run]) -> Run | None:
    """Draw the choice among the pretrainings; give the one of the link, else the newest that is not over in vain."""
    if not known:
        return None
    asked = str(st.query_params.get(PARAM, ""))
    if asked and asked not in known:
        st.warning("The pretraining of this link is not there any more; this is the newest one.")
    alive = (run for run in known.values() if run.state == runs.FINISHED or not run.over)
    shown = known.get(asked) or next(alive, next(iter(known.values())))
    if len(known) > 1:
        names = {run.id: f"{run.name} · {ago(run.created)} · {LOOKS[run.state].word}" for run in known.values()}
        state.put("pretraining-shown", shown.id, like=tuple(names.values()))

        def changed() -> None:
            st.query_params[PARAM] = st.session_state["pretraining-shown"]

        st.selectbox(
            "Pretraining",
            list(names),
            format_func=names.__getitem__,
            key="pretraining-shown",
            on_change=changed,
            width=480,
        )
    if asked != shown.id:
        st.query_params[PARAM] = shown.id
    return shown
