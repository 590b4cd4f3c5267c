"""The Results page of a model of profiles: where the counts lie, how many there are, and what the model used."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from lib.datasets.dataset import Dataset
from lib.figures.files import to_png, to_svg
from lib.figures.paper import on_paper
from lib.figures.profiles import Guide, each_window, find_known
from lib.figures.scatter import plot_predicted_against_observed
from lib.store import groups
from lib.store.runs import Run
from lib.tasks.profile_card import sentence
from lib.tasks.scores import PART_NAMES
from lib.ui import errors
from lib.ui.results import diagnostics, ensemble, split_selector
from lib.ui.results.data import open_view
from lib.ui.results.diagnostics import Offer, offer_learning, table
from lib.ui.results.profiles import around, scores, window
from lib.ui.results.profiles.data import ProfileView, windows_table
from lib.ui.results.scatter import scatter
from lib.ui.widgets import cached, charts, columns, leakage, state, url_widgets
from lib.ui.widgets.downloads import csv_button
from lib.ui.widgets.text import plain
from lib.views.profile_scores import in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 2000
_ORDER = {"worst": "Worst first", "best": "Best first", "counts": "Most counts first"}
BASELINES = {"mean": "mean profile, median"}


def offers(view: ProfileView) -> list[Offer]:
    """Give the files, each made when it is asked for."""

    def scatter() -> "Figure":
        title = f"{view.run.name}, {PART_NAMES[view.part]} part (n = {len(view.rows):,})"
        return on_paper(plot_predicted_against_observed(view.points, title=title), size=(4.2, 4.2))

    return [
        *table("Predicted counts", "predictions", lambda: cached.predictions(view.run.id)),
        Offer("Predicted profiles", "profiles", "npz", lambda: arrays(view)),
        *table("Scores", "scores", lambda: scores.frame(view)),
        *table("Windows", "windows", lambda: windows_table(view)),
        Offer("Scatter of counts", "scatter", "svg", lambda: to_svg(scatter())),
        Offer("Scatter of counts", "scatter", "png", lambda: to_png(scatter())),
        *offer_learning(view),
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
        view = open_view(ProfileView, run, dataset, track, split_selector.part(hidden=hidden))
        diagnostics.downloads(view, offers(view))
    if hidden:
        split_selector.explain_held_back(run)
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
            ensemble.draw_ensemble(view)
    _overview(view)
    st.subheader("One window", anchor=False)
    with errors.guard():
        window.draw(view)
    st.subheader("Mean profile around a motif", anchor=False)
    around.draw(view)
    diagnostics.draw_training(view)


def draw_distribution(view: ProfileView) -> str | None:
    """Draw the windows by their correlation and give the one that is chosen in the picture."""
    values, ids = view.pearson, view.rows["id"].tolist()
    rows = find_known(values)
    event: Any = charts.draw(
        lambda: each_window(ids, values, list_guides(view), title=title_distribution(view), score="Profile Pearson r"),
        name=f"{view.run.name} {view.part} profile Pearson",
        key=f"windows-{view.run.id}-{view.part}-{view.target}",
        kept=view.key,
        numbers=lambda: windows_table(view),
        on_select="rerun",
        selection_mode="points",
        alt=f"Histogram of the profile Pearson correlation of {len(rows):,} windows, and each window as a point",
    )
    chosen = [point["point_index"] for point in event.selection.points if point["curve_number"] == 0]
    return str(ids[rows[chosen[0]]]) if chosen and chosen[0] < len(rows) else None


def title_distribution(view: ProfileView) -> str:
    """Say what the distribution shows."""
    n = len(find_known(view.pearson))
    return f"Profile Pearson of each window, {PART_NAMES[view.part]} part (n = {n:,})"


def list_guides(view: ProfileView) -> list[Guide]:
    """Give the medians of the run and of what it is compared with."""
    found = [Guide("median", _median(view.pearson))]
    for name, label in BASELINES.items():
        values = view.correlation(name)
        if values is not None:
            found.append(Guide(label, _median(values)))
    if view.replicate_pearson is not None:
        found.append(Guide("replicates, median", _median(view.replicate_pearson)))
    return [guide for guide in found if np.isfinite(guide.value)]


def _median(values: np.ndarray) -> float:
    defined = values[np.isfinite(values)]
    return float(np.median(defined)) if len(defined) else float("nan")


def draw_windows(view: ProfileView) -> str | None:
    """Draw the table and give the window that is chosen in it."""
    order = url_widgets.segments("Windows", "windows", _ORDER)
    whole = windows_table(view)
    column = "counts, observed" if order == "counts" else "profile Pearson"
    frame = whole.sort_values(column, ascending=order == "worst", kind="stable", na_position="last").head(SHOWN)
    number = st.column_config.NumberColumn
    event: Any = st.dataframe(
        frame,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=330,
        placeholder="–",
        key=f"windows-table-{order}-{view.run.id}-{view.part}-{view.target}",
        alt=f"Table of {len(frame):,} windows with profile Pearson, counts and place in the genome",
        column_config={
            "profile Pearson": number(format="%.3f", help="Correlation of observed and predicted profile"),
            "mean profile": number(format="%.3f", help="That of the mean profile of the training windows"),
            "counts, observed": number(format="%.0f", help="Counts of the window"),
            "counts, predicted": number(format="%.0f", help="Counts that the run predicts"),
            "from": number(format="%d", help="First position in the genome, from 1"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        more = f" The first {SHOWN:,} of {len(whole):,} are shown." if len(whole) > SHOWN else ""
        st.caption(f"Choose a row to see its window below. A click on a heading sorts.{more}", width="content")
        csv_button(lambda: whole, name=f"{view.run.name} {view.part} windows", key="windows-csv", label="Windows (CSV)")
    rows = event.selection.rows
    return str(frame["window"].iloc[rows[0]]) if rows and rows[0] < len(frame) else None


def _overview(view: ProfileView) -> None:
    """Draw how windows are met, the score card, the counts and the table; what is chosen opens below."""
    left, right = columns.columns(2, key="profiles")
    with left:
        picked = [draw_distribution(view), *scatter(view, view.points)[:1]]
    with right:
        scores.draw(view)
        picked.append(draw_windows(view))
    _open([name for name in picked if name])


def _open(names: list[str]) -> None:
    """Open the window that was chosen last: what was chosen before stays chosen in its own picture."""
    before = st.session_state.get("windows-picked", [])
    fresh = [name for name in names if name not in before]
    st.session_state["windows-picked"] = names
    if fresh and fresh[-1] != state.sequence_id():
        state.choose(sequence=fresh[-1])
        st.rerun()
