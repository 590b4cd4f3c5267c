"""Attributions that the pages show: from the files of the run, or, for what is only tried, from memory."""

from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st

from lib.attribution.base import Attribution, Method
from lib.core.errors import UserError
from lib.core.registry import Value, values_of
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


class Question(NamedTuple):
    """What is attributed, and how: all that an answer in memory depends on."""

    home: str
    run_id: str
    ended: str
    method: str
    settings: tuple[tuple[str, Value], ...]
    sequence: str
    target: int
    head: str

    def create_method(self) -> Method:
        """Build the method with its settings."""
        from lib.attribution import METHODS

        return METHODS.create(self.method, dict(self.settings))


def make_question(subject: Subject, method: Method) -> Question:
    """Ask for the attribution of a subject."""
    settings = tuple(sorted(values_of(method).items()))
    run = subject.run
    asked = (str(home()), run.id, str(run.ended), method.name, settings)
    return Question(*asked, subject.sequence, subject.target, subject.head)


def explain(subject: Subject, method: Method) -> Attribution:
    """Attribute the sequence, from the files of the run where that was done before."""
    return _explain(make_question(subject, method))


@st.cache_data(max_entries=64, show_spinner="Asking the model which nucleotides it used")
def _explain(asked: Question) -> Attribution:
    options: dict[str, Any] = {"target": asked.target, "head": asked.head}
    return attribute(asked.run_id, asked.create_method(), [asked.sequence], **options)[0]


def try_out(subject: Subject, method: Method) -> Attribution:
    """Attribute a sequence that somebody is changing: kept in memory, for files of every letter typed help nobody."""
    return replace(_try_out(make_question(subject, method)), target=subject.target_name)


@st.cache_data(max_entries=256, show_spinner=False)
def _try_out(asked: Question) -> Attribution:
    return asked.create_method().attribute(load_fitted(asked.run_id), [asked.sequence], target=asked.target)[0]
