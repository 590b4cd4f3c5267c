"""The Language model view: what the encoder of a run expects, which nucleotides depend on each other, and attention."""

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.store.runs import Run
from lib.ui.attribution import controls, view
from lib.ui.attribution.language import attention, dependencies, reconstruction
from lib.ui.attribution.provenance import require_short
from lib.ui.widgets import url_widgets

LOOKS = {
    "reconstruction": "Masked reconstruction",
    "dependency": "Dependency map",
    "attention": "Attention",
}
HELP = (
    "Masked reconstruction: the probability of each base where the model cannot see it. Dependency map: how far a "
    "mutation of one nucleotide changes what the model expects at another. Attention: where the encoder looks."
)
_DRAW = {"reconstruction": reconstruction.draw, "dependency": dependencies.draw, "attention": attention.draw}


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the view."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        subject = controls.choose_subject(run, dataset, heads=False)
        if subject is None:
            return
        wanted = view.draw_options(subject, longest=0, mutagenesis=False)
        look = url_widgets.segments("Show", "look", LOOKS, help=HELP)
    require_short(subject)

    _DRAW[look](subject, wanted)
