"""The Attribution page: which nucleotides a run used for one sequence, and whether one may believe it."""

import streamlit as st

from lib.attribution.base import Attribution, Method
from lib.core.errors import UserError
from lib.core.registry import values_of
from lib.store.attributions import attribute
from lib.store.files import home
from lib.ui import attribution_choose, attribution_files, attribution_view, cached, cards, progress, results
from lib.ui.attribution_data import Subject
from lib.ui.text import plain

LONGEST = 20_000
LONGEST_MAP = 2000
"""Nucleotides up to which the mutagenesis map is made without asking: three predictions each."""


def page() -> None:
    """Draw the page."""
    run = results.finished_run()
    if run is None:
        return
    dataset = cached.dataset(run.dataset)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"**{plain(run.name)}** · {progress.model_label(run.model)} on {plain(dataset.name)}", width="content"
        )
        if dataset.simulated:
            cards.simulated_badge()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        subject = attribution_choose.subject(run, dataset)
        method = attribution_choose.method(run) if subject is not None else None
        if subject is None or method is None:
            return
        wanted = attribution_view.options(subject, longest=LONGEST_MAP)
    if len(subject.sequence) > LONGEST:
        found = f"{subject.name} has {len(subject.sequence):,} nt; an attribution can have {LONGEST:,}"
        raise UserError(f"{found}. Paste the part that is of interest.")
    explained = explain(subject, method)
    mutated = None
    if wanted.mutagenesis and explained.effects is None:
        from lib.attribution import METHODS

        mutated = explain(subject, METHODS.create(attribution_choose.ANY_MODEL))
    effects = explained if explained.effects is not None else mutated
    attribution_view.draw(subject, explained, effects if wanted.mutagenesis else None, wanted)
    attribution_files.downloads(subject, explained, effects, wanted)


def explain(subject: Subject, method: Method) -> Attribution:
    """Attribute the sequence, from the files of the run where that was done before."""
    settings = tuple(sorted(values_of(method).items()))
    asked = (str(home()), subject.run.id, str(subject.run.ended), method.name, settings)
    return _explained(*asked, subject.sequence, subject.target)


@st.cache_data(max_entries=64, show_spinner="Asking the model which nucleotides it used")
def _explained(
    home: str,
    run_id: str,
    ended: str,
    method: str,
    settings: tuple[tuple[str, object], ...],
    sequence: str,
    target: int,
) -> Attribution:
    from lib.attribution import METHODS

    made = METHODS.create(method, dict(settings))
    return attribute(run_id, made, [sequence], target=target)[0]
