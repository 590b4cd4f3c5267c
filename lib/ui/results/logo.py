"""The logo of the sequence that is chosen on Results: which nucleotides the run used for it, with its trust badge."""

import streamlit as st

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.store.fitted import load_fitted
from lib.store.runs import Run
from lib.ui.attribution.data import Subject, truth_track
from lib.ui.attribution.provenance import explain
from lib.ui.ruler import LettersTrack, Track, ruler
from lib.ui.widgets import run_tokens, trust_badge
from lib.ui.widgets.text import plain

LONGEST = 2_000
"""Nucleotides up to which a logo is drawn without being asked for; Attribution draws longer ones."""


def draw(run: Run, dataset: Dataset, row: int, *, target: int = 0) -> None:
    """Draw the logo of one sequence of the dataset, by the default method of the model; nothing of long ones."""
    sequence = str(dataset.sequences[row])
    if len(sequence) > LONGEST:
        return
    from lib.attribution import METHODS
    from lib.attribution.defaults import list_methods

    subject = Subject(run, dataset, str(dataset.ids[row]), sequence, row, target)
    try:
        with st.spinner("Opening the model"):
            names = list_methods(load_fitted(run.id))
        if not names:
            return
        method = METHODS.create(names[0])
        explained = explain(subject, method)
    except UserError as error:
        st.caption(f":material/info: {plain(str(error))}")
        return
    trust = trust_badge.quick(explained, method, run, target=target, head=subject.head)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**Attribution, {explained.method}**", width="content")
        trust_badge.button(trust, below=trust_badge.describe(explained))
    tracks: list[Track] = [LettersTrack("Attribution", explained.scores, subject.unit)]
    known = (run_tokens.track(run, explained), truth_track(subject))
    ruler(sequence, [*tracks, *(track for track in known if track is not None)], key=f"results-ruler-{run.id}")
    st.caption("Letters above the line raise the prediction, letters below lower it.")
