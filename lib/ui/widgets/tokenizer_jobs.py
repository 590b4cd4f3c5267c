"""Tokenizers that are ready to cut, and reports of what their tokens do: from the store, made now, or made by a job.

What takes a few seconds is made while the person waits. What takes longer is offered as a job, whose progress is then
drawn here; a second one for the same work is never started.
"""

from typing import Literal

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.jobs.tokens import find_tokens, start_tokens
from lib.store import runs, token_reports, tokenizers
from lib.store.files import home
from lib.store.rbp_identity import id_of
from lib.store.token_reports import TokenReport
from lib.tokenizers import Corpus, FittedTokenizer, Tokenizer
from lib.tokenizers.fitting import estimate_seconds
from lib.ui.widgets import cached, progress, state
from lib.ui.widgets.progress_text import duration
from lib.ui.widgets.text import plain

INLINE_SECONDS = 3.0
"""Expected time up to which people wait instead of starting a job."""


def ready(dataset: Dataset | None, tokenizer: Tokenizer) -> FittedTokenizer | None:
    """Give a fitted tokenizer; None where it is not ready yet, after drawing what happens or what to do.

    Raises
    ------
    UserError
        If it cannot be fitted.
    """
    if not tokenizers.has(dataset, tokenizer):
        seconds = _fit_seconds(dataset, tokenizer)
        if dataset is not None and seconds > INLINE_SECONDS:
            _job(dataset, tokenizer, seconds + token_reports.estimate_seconds(dataset))
            return None
    with st.spinner(f"Fitting {plain(tokenizer.label)}"):
        return tokenizers.load_or_fit(dataset, tokenizer)


def report_ready(dataset: Dataset, tokenizer: Tokenizer) -> TokenReport | None:
    """Give the report of what the tokens of a dataset do; None where it is not ready yet, as for ``ready``.

    Raises
    ------
    UserError
        If the tokenizer cannot be fitted.
    """
    if not token_reports.has(dataset, tokenizer):
        fitting = 0.0 if tokenizers.has(dataset, tokenizer) else _fit_seconds(dataset, tokenizer)
        seconds = fitting + token_reports.estimate_seconds(dataset)
        if seconds > INLINE_SECONDS:
            _job(dataset, tokenizer, seconds, primary=True)
            return None
    return _report(str(home()), token_reports.key_of(dataset, tokenizer), dataset, tokenizer)


@st.cache_resource(max_entries=8, show_spinner="Cutting the training sequences and comparing tokens with the target")
def _report(home: str, key: str, _dataset: Dataset, _tokenizer: Tokenizer) -> TokenReport:
    return token_reports.report(_dataset, _tokenizer)


def _fit_seconds(dataset: Dataset | None, tokenizer: Tokenizer) -> float:
    return estimate_seconds(tokenizer, Corpus() if dataset is None else Corpus.of(dataset))


def _other_table(dataset: Dataset) -> str:
    """Give the id of the table of the workspace that the dataset was given in place of its own, empty for its own."""
    own = cached.dataset(dataset.id)
    chosen, frozen = id_of(dataset.rbp, dataset.pwms), id_of(own.rbp, own.pwms)
    return "" if chosen == frozen else chosen


def _job(dataset: Dataset, tokenizer: Tokenizer, seconds: float, *, primary: bool = False) -> None:
    key = token_reports.key_of(dataset, tokenizer)
    run = find_tokens(dataset.id, key)
    if run is not None and run.state != runs.FINISHED:
        progress.run_progress(run.id)
        return
    with st.container(border=True, gap="small"):
        st.markdown(
            f"**{plain(tokenizer.label)}** has not been trained on {plain(dataset.name)} yet. It takes about "
            f"{duration(max(seconds, 1))} and runs in the background: you may leave this page meanwhile."
        )
        kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
        icon = ":material/model_training:"
        if st.button("Train tokenizer", type=kind, icon=icon, key=f"train-tokenizer-{key}"):
            start_tokens(dataset.id, tokenizer, rbp=_other_table(dataset), owner=state.owner())
            st.rerun()
