"""Verdicts on runs on the pages: a badge in a colour, the numbers behind it, and one thing to do next."""

import streamlit as st

from lib.analysis.skill import Standing
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.store.runs import Run
from lib.ui.widgets.text import plain
from lib.views.verdict import Verdict, find_verdict

ICONS = {
    Standing.BETTER: ":material/check_circle:",
    Standing.LEVEL: ":material/drag_handle:",
    Standing.WORSE: ":material/arrow_downward:",
    Standing.NOTHING: ":material/block:",
    Standing.UNKNOWN: ":material/help:",
}
"""A sign for each standing, so that nothing hangs on colour alone."""


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the verdict on a finished run."""
    split = str((dataset.facts.get("split") or {}).get("kind", ""))
    verdict = of(run, split)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(plain(verdict.phrase), icon=ICONS[verdict.standing], color=verdict.colour)  # type: ignore[arg-type]
        st.markdown(plain(verdict.lead or verdict.numbers), width="content", help=HELP)
    if verdict.advice:
        st.caption(plain(verdict.advice))


HELP = (
    "Judged on held-out sequences: the score of the model minus that of the strongest baseline model. Brackets hold "
    "the 95% interval from resampled sequences, on which both models are judged. A difference whose interval holds 0 "
    "may be chance."
)


def of(run: Run, split: str = "") -> Verdict:
    """Judge a finished run; what was found is kept for everybody."""
    return _find(str(home()), run.id, str(run.ended), split)


def phrase(run: Run) -> str:
    """Give the verdict on a run in a few words for a table; empty where it is not judged."""
    try:
        verdict = of(run)
    except UserError:
        return ""
    return "" if verdict.standing is Standing.UNKNOWN else verdict.phrase


@st.cache_data(max_entries=2000, show_spinner=False)
def _find(home: str, run_id: str, ended: str, split: str) -> Verdict:
    return find_verdict(run_id, split=split)
