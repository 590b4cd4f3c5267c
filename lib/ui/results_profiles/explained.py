"""Attributions of a head of a model of profiles, kept in memory for everybody."""

import streamlit as st

from lib.attribution.base import Attribution, Method
from lib.core.registry import values_of
from lib.store.files import home
from lib.store.fitted import fitted
from lib.store.runs import Run
from lib.ui import cached


def explain(run: Run, method: Method, sequence: str, *, head: str, target: int) -> Attribution:
    """Attribute one head and track of a run for one window.

    Raises
    ------
    UserError
        If the model or the window does not allow the method.
    """
    settings = tuple(sorted(values_of(method).items()))
    return _explained(str(home()), run.id, str(run.ended), method.name, settings, sequence, head, target)


@st.cache_data(max_entries=128, show_spinner="Asking the model which nucleotides it used")
def _explained(
    home: str,
    run_id: str,
    ended: str,
    method: str,
    settings: tuple[tuple[str, object], ...],
    sequence: str,
    head: str,
    target: int,
) -> Attribution:
    from lib.attribution import METHODS, heads

    made = METHODS.create(method, dict(settings))
    name = str(cached.metrics(run_id)["targets"][target])
    return heads.attribute(made, fitted(run_id), [sequence], head=head, target=target, target_name=name)[0]
