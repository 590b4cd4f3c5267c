"""The Results page of a model of profiles: where the counts lie, how many there are, and what the model used."""

import io
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from lib.datasets.dataset import Dataset
from lib.figures.files import to_png, to_svg
from lib.figures.paper import on_paper
from lib.figures.scatter import predicted_against_real
from lib.store import groups
from lib.store.runs import Run
from lib.tasks.profile_card import sentence
from lib.tasks.scores import PART_NAMES
from lib.ui import errors
from lib.ui.results import diagnostics, ensemble, split_selector
from lib.ui.results.diagnostics import Offer, learned, table
from lib.ui.results.profiles import around, distribution, scores, window, windows
from lib.ui.results.profiles.data import ProfileView, windows_table
from lib.ui.results.scatter import scatter
from lib.ui.widgets import cached, columns, leakage, state
from lib.ui.widgets.text import plain
from lib.views.profile_scores import in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def offers(view: ProfileView) -> list[Offer]:
    """Give the files, each made when it is asked for."""

    def scatter() -> "Figure":
        title = f"{view.run.name}, {PART_NAMES[view.part]} part (n = {len(view.rows):,})"
        return on_paper(predicted_against_real(view.points, title=title), size=(4.2, 4.2))

    return [
        *table("Predicted counts", "predictions", lambda: cached.predictions(view.run.id)),
        Offer("Predicted profiles", "profiles", "npz", lambda: arrays(view)),
        *table("Scores", "scores", lambda: scores.frame(view)),
        *table("Windows", "windows", lambda: windows_table(view)),
        Offer("Scatter of counts", "scatter", "svg", lambda: to_svg(scatter())),
        Offer("Scatter of counts", "scatter", "png", lambda: to_png(scatter())),
        *learned(view),
    ]


def arrays(view: ProfileView) -> bytes:
    """Write the profiles of the part as npz: ``ids`` (n,), ``tracks`` (T,), ``observed``, ``predicted`` (n, T, L)."""
    rows, file = view.places, io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        ids=np.asarray(view.dataset.ids[rows]).astype(np.str_),
        tracks=np.array(view.dataset.tracks, dtype=np.str_),
        observed=view.counts[rows],
        predicted=view.shares["predicted"][rows],
    )
    return file.getvalue()


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the results."""
    said = st.container()
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        hidden = bool(groups.runs_without_test([run]))
        track = split_selector.target(dataset.target_names)
        view = ProfileView(run, dataset, track, split_selector.part(hidden=hidden))
        diagnostics.downloads(view, offers(view))
    if hidden:
        split_selector.kept_back(run)
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
            ensemble.draw(view)
    _overview(view)
    st.subheader("One window", anchor=False)
    with errors.guard():
        window.draw(view)
    st.subheader("Mean profile around a motif", anchor=False)
    around.draw(view)
    diagnostics.made(view)


def _overview(view: ProfileView) -> None:
    """Draw how windows are met, the score card, the counts and the table; what is chosen opens below."""
    left, right = columns.columns(2, key="profiles")
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
