"""Which two of the compared runs stand against each other."""

import streamlit as st

from lib.ui.compare_runs.data import View
from lib.ui.widgets import url_widgets


def choose(view: View, first: tuple[str, str], second: tuple[str, str]) -> tuple[int, int]:
    """Draw the choice of two runs and give their places; of two runs there is none to draw.

    Parameters
    ----------
    first, second
        What is read beside each choice, and its name in the link.
    """
    if len(view.runs) == 2:
        return 0, 1
    names = {run.id: label for run, label in zip(view.runs, view.labels, strict=True)}
    places = {run.id: place for place, run in enumerate(view.runs)}
    with st.container(horizontal=True):
        one = url_widgets.select(*first, names)
        other = url_widgets.select(*second, names, default=view.runs[1].id)
    return places[one], places[other]
