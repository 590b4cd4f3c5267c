"""The Results page of a model of profiles: where the counts lie, how many there are, and what the model used."""

import streamlit as st

from lib.analysis.profile_card import sentence
from lib.datasets.dataset import Dataset
from lib.report.profiles import in_words
from lib.store import groups
from lib.store.runs import Run
from lib.ui import errors, leakage, results_ensemble, results_more, results_part, side, state
from lib.ui.results_profiles import around, distribution, files, scores, window, windows
from lib.ui.results_profiles.data import ProfileView
from lib.ui.results_scatter import scatter
from lib.ui.results_words import PART_NAMES
from lib.ui.text import plain


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the results."""
    said = st.container()
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        hidden = bool(groups.kept_back([run]))
        track = results_part.target(dataset.target_names)
        view = ProfileView(run, dataset, track, results_part.part(hidden=hidden))
        results_more.downloads(view, files.offers(view))
    if hidden:
        results_part.kept_back(run)
    if not len(view.places):
        st.info(f"The {PART_NAMES[view.part]} part holds no windows.")
        return
    found = scores.scores(view)
    with said:
        words = sentence(found[0], in_words(found[1:]), n=len(view.places), part=view.part)
        st.markdown(f"### {plain(found[0].label)} {words}", help="Numbers in brackets are the 95% interval.")
        leakage.headline([dataset], view.part)
        if view.metrics.get("members"):
            st.caption("Its members are compared by the counts of windows, not by their profiles:")
            results_ensemble.draw(view)
    _overview(view)
    st.subheader("One window", anchor=False)
    with errors.guard():
        window.draw(view)
    st.subheader("Mean profile around a motif", anchor=False)
    around.draw(view)
    results_more.made(view)


def _overview(view: ProfileView) -> None:
    """Draw how windows are met, the score card, the counts and the table; what is chosen opens below."""
    left, right = side.columns(2, key="profiles")
    with left:
        picked = [distribution.draw(view), *scatter(view, view.points)[:1]]
    with right:
        scores.draw(view)
        picked.append(windows.draw(view))
    _open([name for name in picked if name])


def _open(names: list[str]) -> None:
    """Open the window that was chosen last: what was chosen before stays chosen in its own picture."""
    before = st.session_state.get("windows-picked", [])
    fresh = [name for name in names if name not in before]
    st.session_state["windows-picked"] = names
    if fresh and fresh[-1] != state.sequence_id():
        state.choose(sequence=fresh[-1])
        st.rerun()
