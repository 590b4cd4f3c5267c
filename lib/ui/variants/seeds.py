"""One training alone has no interval: offer the seeds that there are, or to train some."""

import streamlit as st

from lib.core.errors import UserError
from lib.jobs import variants as job
from lib.store import runs
from lib.store.run import Run
from lib.store.variants import Asked
from lib.ui import errors
from lib.ui.experiments.words import count
from lib.ui.widgets import state
from lib.views.variants import Answer

MORE = 4


def draw(answer: Answer, asked: Run) -> None:
    """Draw the offer."""
    seeds = {one.spec.seed: one for one in job.find_replicates(asked) if one.spec.seed != asked.spec.seed}
    alike = [one for one in seeds.values() if one.id not in answer.run.payload["runs"]]
    ready = [one for one in alike if one.state == runs.FINISHED][: job.MOST_RUNS - len(answer.run.payload["runs"])]
    coming = [one for one in alike if not one.over]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        alone = int(answer.frame["n"].iloc[0]) == 1
        none = "There is no interval: one training cannot tell how far chance moves an effect. Seeds of it can."
        few = "Two trainings give wide intervals. More seeds make them narrow."
        st.caption(none if alone else few, width="content")
        if ready:
            label = "Ask its other seed too" if len(ready) == 1 else f"Ask its {len(ready)} other seeds too"
            if st.button(label, icon=":material/casino:", key="variants-ask-seeds", type="tertiary"):
                _ask(answer, ready)
        elif coming:
            st.caption(f":material/hourglass_top: {count(len(coming), 'seed')} being trained.", width="content")
        elif st.button(f"Train {MORE} seeds", icon=":material/casino:", key="variants-train-seeds", type="tertiary"):
            _train(asked)


def _ask(answer: Answer, ready: list[Run]) -> None:
    said = answer.run.payload
    together = (*said["runs"], *(one.id for one in ready))
    targets = (*said["targets"], *(answer.target for _ in ready))
    wish = Asked(together, targets, answer.variants, answer.sequences, said["random"], said["seed"], answer.measured)
    try:
        st.query_params["variants"] = job.start_variants(wish, owner=state.owner())
        st.query_params.pop("by", None)
    except UserError as error:
        errors.show(error)
    else:
        st.rerun(scope="app")


def _train(asked: Run) -> None:
    try:
        made = job.train_other_seeds(asked.id, MORE, owner=state.owner())
    except UserError as error:
        errors.show(error)
    else:
        st.toast(f"{count(len(made), 'training')} queued. Ask them too when they have finished.")
