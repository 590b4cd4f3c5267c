"""Several chosen runs on the Runs page: make an ensemble of them, or say why that cannot be."""

import streamlit as st

from lib.core.errors import UserError
from lib.jobs.ensembles import require_fitting, start_ensemble
from lib.store.runs import Run
from lib.ui.widgets import progress, state
from lib.ui.widgets.text import plain

MADE = "ensembles-made"
_WHAT = (
    "It predicts the mean of these runs, which is often better than each of them, and says how far they lie "
    "apart. Nothing is trained anew. Their models are copied, so the runs may be deleted afterwards."
)


def offer(picked: list[Run], names: dict[str, str]) -> None:
    """Draw what an ensemble of the picked runs would be, and start it; ``names`` are those of the datasets."""
    with st.container(border=True):
        try:
            require_fitting(picked)
        except UserError as error:
            st.markdown(f"**{len(picked)} runs selected**")
            st.info(plain(str(error)), icon=":material/info:")
            return
        dataset = picked[0].dataset
        st.markdown(f"**Ensemble of these {len(picked)} runs** on {plain(names.get(dataset, dataset))}")
        st.markdown("\n".join(f"- {member_words(run)}" for run in picked))
        st.caption(_WHAT)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            suggested = f"Ensemble of {len(picked)} runs"
            name = st.text_input("Name", placeholder=suggested, key="ensemble-name", max_chars=120, width=360)
            asked = st.button("Make an ensemble", type="primary", icon=":material/join_inner:", key="make-ensemble")
        if asked:
            run_id = start_ensemble([run.id for run in picked], name=name or suggested, owner=state.owner())
            st.session_state[MADE] = made() + 1
            st.session_state.pop("ensemble-name", None)
            state.choose(dataset=dataset, run=run_id, sequence=None)
            st.toast("The ensemble is being made; it takes seconds.", icon=":material/play_circle:")
            st.rerun()


def made() -> int:
    """Count the ensembles made in this session: the table of runs begins anew, with nothing selected, after each."""
    return int(st.session_state.get(MADE, 0))


def member_words(run: Run) -> str:
    """Name a run with its model and seed."""
    return f"**{plain(run.name)}** · {progress.model_label(run.model)} · seed {run.spec.seed}"
