"""Whether a pretraining has read sequences of a test part, said wherever one is chosen."""

from typing import Any

import streamlit as st

from lib.core.registry import settings_of
from lib.datasets.dataset import Dataset
from lib.store import pretrainings, runs
from lib.store.files import home
from lib.store.pretrainings import KIND, Overlap
from lib.ui.widgets import state
from lib.ui.widgets.text import plain


def of_model(model: Any, dataset: Dataset) -> None:
    """Say it of the pretraining that a model begins with; where it can begin with one and does not, show the way."""
    name = next((item.name for item in settings_of(model) if item.runs == KIND), "")
    if not name:
        return
    chosen = str(getattr(model, name))
    if not chosen:
        state.link(state.PRETRAIN, "Pretrain one first", icon=":material/auto_stories:", read="train")
    elif runs.find(chosen) is not None:
        draw(chosen, dataset)


def draw(run_id: str, dataset: Dataset) -> None:
    """Say how many test sequences of a dataset a pretraining has read."""
    found = _overlap(str(home()), run_id, dataset.id, dataset)
    if found.read:
        st.warning(f"{plain(dataset.name)}: {found}", icon=":material/warning:")
    else:
        st.caption(
            f":material/verified: None of the {found.test:,} test sequences of {plain(dataset.name)} stands among the "
            "sequences of this pretraining, letter for letter."
        )


@st.cache_data(max_entries=64, show_spinner=False)
def _overlap(home: str, run_id: str, dataset_id: str, _dataset: Dataset) -> Overlap:
    return pretrainings.overlap(run_id, _dataset)
