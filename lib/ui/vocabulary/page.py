"""The Vocabulary page: which tokens there are, and whether they mean anything."""

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.ui import errors
from lib.ui.rbp import choice
from lib.ui.rbp import view as rbp_view
from lib.ui.vocabulary import target, usage
from lib.ui.vocabulary import tokenizer as pick
from lib.ui.widgets import cards, state, tokenizer_jobs
from lib.ui.widgets.text import plain

TARGET, USE, TABLES = "target", "vocabulary", "rbp"
VIEWS = {TARGET: "Tokens and the target", USE: "Vocabulary", TABLES: "RBP tables"}


def page() -> None:
    """Draw the page."""
    dataset = state.pick_dataset()
    if dataset is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        n = len(dataset.rows("train"))
        st.markdown(f"**{plain(dataset.name)}** · training part, n = {n:,} sequences", width="content")
        if dataset.simulated:
            cards.simulated_badge()
    view = st.segmented_control(
        "View",
        list(VIEWS),
        format_func=VIEWS.__getitem__,
        default=TARGET,
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    if view == TABLES:
        rbp_view.view(choice.with_rbp(dataset) or dataset)
        return
    with errors.guard():
        _tokens(dataset, view or TARGET)


def _tokens(dataset: Dataset, view: str) -> None:
    tokenizer = pick.pick_tokenizer()
    if "rbp" in getattr(tokenizer, "needs", ()):
        dataset = choice.with_rbp(dataset) or dataset
    report = tokenizer_jobs.report_ready(dataset, tokenizer)
    if report is None:
        return
    if view == TARGET:
        target.tokens_and_target(dataset, tokenizer, report)
    else:
        usage.use(dataset, tokenizer, report)
