"""Attributions that the pages show: from the files of the run, or, for what is only tried, from memory."""

from dataclasses import replace

import streamlit as st

from lib.attribution.base import Attribution, Method
from lib.core.errors import UserError
from lib.core.registry import values_of
from lib.store.attributions import attribute
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.ui.attribution.data import Subject

LONGEST = 20_000


def require_short(subject: Subject) -> None:
    """Refuse a sequence that is too long to be attributed.

    Raises
    ------
    UserError
        If it is.
    """
    if len(subject.sequence) > LONGEST:
        found = f"{subject.name} has {len(subject.sequence):,} nt; an attribution can have {LONGEST:,}"
        raise UserError(f"{found}. Paste the part that is of interest.")


def explain(subject: Subject, method: Method) -> Attribution:
    """Attribute the sequence, from the files of the run where that was done before."""
    settings = tuple(sorted(values_of(method).items()))
    asked = (str(home()), subject.run.id, str(subject.run.ended), method.name, settings)
    return _explained(*asked, subject.sequence, subject.target, subject.head)


@st.cache_data(max_entries=64, show_spinner="Asking the model which nucleotides it used")
def _explained(
    home: str,
    run_id: str,
    ended: str,
    method: str,
    settings: tuple[tuple[str, object], ...],
    sequence: str,
    target: int,
    head: str,
) -> Attribution:
    from lib.attribution import METHODS

    made = METHODS.create(method, dict(settings))
    return attribute(run_id, made, [sequence], target=target, head=head)[0]


def tried(subject: Subject, method: Method) -> Attribution:
    """Attribute a sequence that somebody is changing: kept in memory, for files of every letter typed help nobody."""
    settings = tuple(sorted(values_of(method).items()))
    asked = (str(home()), subject.run.id, str(subject.run.ended), method.name, settings)
    return _tried(*asked, subject.sequence, subject.target, subject.target_name)


@st.cache_data(max_entries=256, show_spinner=False)
def _tried(
    home: str,
    run_id: str,
    ended: str,
    method: str,
    settings: tuple[tuple[str, object], ...],
    sequence: str,
    target: int,
    target_name: str,
) -> Attribution:
    from lib.attribution import METHODS

    made = METHODS.create(method, dict(settings))
    return replace(made.attribute(load_fitted(run_id), [sequence], target=target)[0], target=target_name)
