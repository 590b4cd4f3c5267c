"""Finished discoveries as the Motifs page opens them, kept for everybody."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.core.alphabet import BASES
from lib.datasets.dataset import Dataset
from lib.motifs.pattern import Pattern
from lib.store import groups, patterns
from lib.store.files import home
from lib.store.rbp_identity import id_of
from lib.store.runs import Run
from lib.tokenizers.token import CONTINUES
from lib.views.patterns import PatternView

SHORTEST = 4
"""Letters of a token that is compared with patterns: shorter ones lie in every pattern."""


def open_view(run: Run, dataset: Dataset, job: Run, *, rna: bool) -> PatternView:
    """Give the view of a finished discovery, with the RBP table of the dataset that its patterns are compared with.

    Raises
    ------
    UserError
        If its files are gone or damaged.
    """
    table = "" if dataset.rbp is None and not dataset.pwms else id_of(dataset.rbp, dataset.pwms)
    names = (run.id, run.name, job.id, job.name, str(job.ended), dataset.id, table)
    held_back = bool(groups.runs_without_test([run]))  # it decides what the badge of the model is given by
    return _open(str(home()), names, (run, dataset, job), rna=rna, held_back=held_back)


@st.cache_resource(max_entries=8, show_spinner="Comparing with known motifs")
def _open(
    home: str, names: tuple[str, ...], _of: tuple[Run, Dataset, Run], *, rna: bool, held_back: bool
) -> PatternView:
    run, dataset, job = _of
    view = PatternView(run, dataset, job, tuple(patterns.load(job.id)), rna)
    _ = view.matches  # what takes long, so that it is waited for here and once
    return view


def match_tokens(view: PatternView, name: str) -> pd.DataFrame | None:
    """Compare a pattern with the tokens of the run's own tokenizer; None where the run reads nucleotides."""
    pattern = view.find_pattern(name)
    if view.run.spec.tokenizer is None or pattern is None:
        return None
    return _token_matches(str(home()), view.run.id, str(view.run.ended), view.job.id, name, pattern)


@st.cache_data(max_entries=64, show_spinner="Comparing with the tokens of this run")
def _token_matches(
    home: str, run_id: str, ended: str, job_id: str, name: str, _pattern: Pattern
) -> pd.DataFrame | None:
    from lib.motifs.match import match, word
    from lib.store.fitted import load_fitted

    model: Any = load_fitted(run_id)  # a run with a tokenizer holds a model that has it
    texts = dict.fromkeys(piece.removeprefix(CONTINUES) for piece in model.tokenizer.vocabulary.pieces)
    tokens = {text: word(text) for text in texts if len(text) >= SHORTEST and set(text) <= set(BASES)}
    return match([_pattern], tokens, top=8) if tokens else None


def write_signed(value: float) -> str:
    """Write a difference with its sign.

    >>> write_signed(0.314), write_signed(-2.0)
    ('+0.31', '−2.00')
    """
    return f"{value:+.2f}".replace("-", "−")
