"""Which target and part of the dataset the Results page judges by."""

from collections.abc import Sequence

import streamlit as st

from lib.datasets.dataset import PARTS, PartName
from lib.store.runs import Run
from lib.tasks.scores import PART_NAMES
from lib.ui.widgets import state


def target(names: Sequence[str]) -> int:
    """Draw the choice of one of several targets, nothing where there is one, and give its number."""
    chosen: str | None = names[0]
    if len(names) > 1:
        chosen = st.selectbox("Target", names, key="target", bind="query-params", width=300)
    return list(names).index(chosen or names[0])


def part(*, hidden: bool) -> PartName:
    """Draw the choice of the part; the test part of a run whose test results are kept back is not offered."""
    parts: list[PartName] = [name for name in reversed(PARTS) if name != "test" or not hidden]
    chosen = st.segmented_control(
        "Part of the dataset",
        parts,
        format_func=lambda name: PART_NAMES[name].capitalize(),
        default=parts[0],
        required=True,
        key="part_of_sweep" if hidden else "part",
        bind="query-params",
        help="Judge a model by its test part only: it was never seen in training. The training part shows how "
        "much was learned by heart, the validation part is where training stopped.",
    )
    return chosen or parts[0]


def explain_held_back(run: Run) -> None:
    """Say why the test results of a run of a sweep are not shown."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            ":material/visibility_off: This run belongs to a sweep. Its test results are kept back, for the best of "
            "many test results would be too good by chance; they are shown for the best by validation once all are "
            "over.",
            width="stretch",
        )
        state.link(state.GROUPS, "Open the sweep", icon=":material/grid_view:", group=run.group_id)
