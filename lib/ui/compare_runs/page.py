"""The Compare runs page: two to ten finished runs on the sequences that are fair to all of them."""

from typing import cast

import numpy as np
import pandas as pd
import streamlit as st

from lib.analysis.comparison import ELSEWHERE, LEARNED, OTHERWISE, Common
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets.dataset import PartName
from lib.figures import compared
from lib.figures.compared import plot_both
from lib.report import html
from lib.store import groups, runs
from lib.store.files import home
from lib.store.runs import Run
from lib.tasks.scores import PART_NAMES
from lib.ui import errors
from lib.ui.compare_runs import choose, classes, differences, disagree, metrics, pairs
from lib.ui.widgets import cached, cards, charts, leakage, state, url_widgets
from lib.ui.widgets.downloads import csv_button
from lib.ui.widgets.text import plain
from lib.views.comparison import Comparison, Judged
from lib.views.judging import Member, compare, list_targets


def draw_windows(view: Comparison, each: FloatArray) -> None:
    """Draw two of the runs against each other; ``each`` (K, N) is how well each run meets each sequence."""
    name = view.judged.each_name
    st.subheader(f"Each window: {name}", anchor=False)
    first, second = disagree.choose(view, ("Along", "along"), ("Against", "against"))
    if first == second:
        st.info("Choose two different runs.")
        return
    runs = (view.series[first], view.series[second])
    charts.draw(
        lambda: plot_both(view.found.ids.tolist(), each[first], each[second], runs, score=name),
        name=f"{view.name} {name}",
        key=f"compare-windows-{view.runs[first].id}-{view.runs[second].id}-{view.part}",
        kept=view.key,
        numbers=lambda: table(view, each),
        alt=f"{name} of {view.labels[second]} against that of {view.labels[first]} for {view.n:,} windows",
    )
    known = np.isfinite(each[[first, second]]).all(axis=0)
    better = int((each[first] > each[second])[known].sum())
    st.caption(
        f"{plain(view.labels[first])} meets {better:,} of {int(known.sum()):,} windows better than "
        f"{plain(view.labels[second])}. "
        "Above the dashed line the second run is better; colours are those of the better run."
    )


def table(view: Comparison, each: FloatArray) -> pd.DataFrame:
    """Give one row for each common sequence: id, and how well each run meets it."""
    columns = {f"{view.judged.each_name}, {label}": values for label, values in zip(view.labels, each, strict=True)}
    return pd.DataFrame({"id": view.found.ids, **columns})


def draw(view: Comparison) -> None:
    """Draw the picture that is chosen; of classifiers their curves."""
    if view.view == "classes":
        classes.draw(view)
        return
    st.subheader("Predicted against observed", anchor=False)
    layout = url_widgets.segments("Layout", "layout", {"panels": "Side by side", "overlaid": "Overlaid"})
    make = compared.side_by_side if layout == "panels" else compared.overlaid
    found = view.found
    charts.draw(
        lambda: make(found.ids.tolist(), found.observed, found.predicted, view.series, label=view.label),
        name=f"{view.name} scatter",
        key=f"compare-scatter-{layout}",
        kept=view.key,
        alt=f"Predicted against observed {view.label} of {len(view.runs)} runs for the same {view.n:,} sequences",
        numbers=lambda: frame(view),
    )
    shown = len(compared.choose_drawn(view.n, len(view.runs)))
    some = f" Drawn are {shown:,} of {view.n:,} sequences, chosen at random." if shown < view.n else ""
    st.caption(f"n = {view.n:,} common sequences, the same in each. Dashed line: prediction = observation.{some}")


def frame(view: Comparison) -> pd.DataFrame:
    """Give one row for each common sequence: id, observed value, and what each run predicts."""
    found = view.found
    predicted = {f"predicted by {label}": values for label, values in zip(view.labels, found.predicted, strict=True)}
    return pd.DataFrame({"id": found.ids, f"observed {view.label}": found.observed, **predicted})


_WHY = {
    ELSEWHERE: "lie in another part of some run",
    OTHERWISE: "are spelled or measured differently",
    LEARNED: "are duplicates of sequences that some run learned from or was stopped by",
}


def page() -> None:
    """Draw the page."""
    chosen = choose.choose_runs()
    if not chosen:
        return
    labels = choose.labels_of(chosen)
    st.html(html.style("score_card.css"))
    if any(cached.dataset(run.dataset).simulated for run in chosen):
        cards.draw_simulated_badge()
    try:
        view = _view(chosen, labels)
    except UserError as error:
        errors.show(error)
        _settings(chosen, labels)
        return
    metric = metrics.draw(view)
    _settings(chosen, labels)
    draw(view)
    pairs.draw(view, metric)
    if view.judged.each is not None:
        draw_windows(view, view.judged.each)
    disagree.draw(view)


def _view(chosen: list[Run], labels: list[str]) -> Comparison:
    """Draw the choice of part and target, and say on how many sequences the runs are compared."""
    known = list_targets([cached.dataset(run.dataset) for run in chosen])
    hidden = groups.runs_without_test(chosen)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        target, classed = next(iter(known)), bool(cached.dataset(chosen[0].dataset).classes)
        if len(known) > 1:
            target = url_widgets.select(
                "Class of curves" if classed else "Target", "target", {name: name for name in known}
            )
        parts = {
            part: PART_NAMES[part].capitalize() for part in ("test", "validation") if part == "validation" or not hidden
        }
        part = url_widgets.segments(
            "Part of the dataset",
            "on",
            parts,
            help="The test part was never seen in training. By the validation part trainings are stopped and settings "
            "are chosen, so a model looks a little too good there.",
        )
    if hidden:
        names = ", ".join(label for run, label in zip(chosen, labels, strict=True) if run.id in hidden)
        st.caption(
            f":material/visibility_off: Test results of {plain(names)} are kept back, for they belong to a sweep: the "
            "best of many test results would be too good by chance. The runs are compared on the validation part."
        )
    versions = tuple((run.id, run.dataset, str(run.ended)) for run in chosen)
    found, judged = _compare(str(home()), versions, target, part)
    _draw_count(len(found.ids), found.dropped, part, len(chosen), same=len({run.dataset for run in chosen}) == 1)
    leakage.headline([cached.dataset(run.dataset) for run in chosen], cast(PartName, part))
    unit = known[target] if judged.unit is None else judged.unit
    return Comparison(tuple(chosen), tuple(labels), part, target, unit, found, judged)


@st.cache_resource(max_entries=8, show_spinner="Comparing the runs")
def _compare(home: str, versions: tuple[tuple[str, str, str], ...], target: str, part: str) -> tuple[Common, Judged]:
    """Compare runs, each given by its id, its dataset and when it ended; kept for everybody."""
    members = [Member(run, cached.dataset(dataset), runs.predictions(run)) for run, dataset, _ in versions]
    return compare(members, target, part)


def _draw_count(n: int, dropped: dict[str, int], part: str, runs: int, *, same: bool) -> None:
    out = ", ".join(f"{count:,} {_WHY[reason]}" for reason, count in dropped.items() if count)
    if same and not out:
        who = "Both" if runs == 2 else f"All {runs}"
        st.caption(f"{who} runs have the same {PART_NAMES[part]} part, n = {n:,} sequences.")
        return
    st.info(
        f"Compared on **n = {n:,}** common {PART_NAMES[part]} sequences."
        + (f" Left out of the first run's part: {out}." if out else ""),
        icon=":material/join_inner:",
    )


def _settings(chosen: list[Run], labels: list[str]) -> None:
    st.subheader("What tells them apart", anchor=False)
    names = {run.dataset: cached.dataset(run.dataset).name for run in chosen}
    whole = differences.table(chosen, labels, names)
    frame = differences.differing(whole)
    if frame.empty:
        st.caption("Nothing: these runs have the same settings, seed and data.")
    else:
        st.dataframe(
            frame,
            hide_index=True,
            key="compare-settings-table",
            placeholder=differences.NOTHING,
            alt=f"Table of the {len(frame)} settings in which the {len(chosen)} runs differ",
            height="content" if len(frame) < 16 else 560,
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        same = len(whole) - len(frame)
        st.caption(f"Only what differs is listed; {same} settings are the same in all.", width="content")
        csv_button(
            lambda: whole, name="settings of compared runs", key="compare-settings-csv", label="All settings (CSV)"
        )
        for run, label in zip(chosen, labels, strict=True):
            state.link(state.RESULTS, label, icon=":material/insights:", run=run.id, dataset=run.dataset)
