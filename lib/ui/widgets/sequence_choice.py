"""The choice of one sequence of a dataset: by its id, or one that tells much about a run."""

from collections.abc import Callable

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.store.runs import Run
from lib.ui.attribution.data import pick
from lib.ui.widgets import state
from lib.ui.widgets.text import plain

OFFERED = 300
KINDS = {
    "highest": "highest prediction",
    "lowest": "lowest prediction",
    "best": "best predicted",
    "worst": "worst predicted",
}

OF_CLASSES = {
    "highest": "highest probability",
    "lowest": "lowest probability",
    "best": "most sure and right",
    "worst": "most sure and wrong",
}

Choose = Callable[[str], None]
"""What happens with the id that is chosen."""


def by_id(dataset: Dataset, choose: Choose, *, key: str) -> None:
    """Draw the search by id: some test sequences are offered, and any id may be typed."""
    rows = dataset.rows("test")[:OFFERED]
    offered = [str(name) for name in dataset.ids[rows]]
    now = state.sequence_id()
    if now and now not in offered:
        offered.insert(0, now)
    state.put(key, now)

    def changed() -> None:
        asked = st.session_state[key]
        if asked:
            choose(matching(dataset, asked))

    st.selectbox(
        f"Sequence (n = {len(dataset):,})",
        offered,
        key=key,
        index=None,
        accept_new_options=True,
        on_change=changed,
        placeholder="Type an id",
        width=250,
        help=f"The list shows {len(rows):,} sequences of the test part; type any id of the dataset, or a part of one.",
    )


def matching(dataset: Dataset, asked: str) -> str:
    """Give the id that was asked for: the same, else the first that holds the text, else the text itself."""
    if dataset.position(asked) is not None:
        return asked
    text = asked.strip().lower()
    return next((str(name) for name in dataset.ids if text and text in str(name).lower()), asked)


def telling(dataset: Dataset, run: Run, target: int, choose: Choose, *, key: str) -> None:
    """Draw the suggestions: the sequences of the test part that a run predicts highest, lowest, best and worst."""
    with st.popover("Suggest one", icon=":material/auto_awesome:", key=key):
        st.caption(f"Telling sequences of the test part, which {plain(run.name)} never saw.")
        for kind, label in (OF_CLASSES if dataset.classes else KINDS).items():
            st.button(
                label.capitalize(),
                key=f"{key}-{kind}",
                width="stretch",
                on_click=lambda kind=kind: choose(pick(dataset, run, target, kind)),
            )
