"""A sweep: which settings are best by validation, all runs as lines through their settings, and as a table."""

from typing import Any

import pandas as pd
import streamlit as st

from lib.figures.parallel import Dimension, order, parallel
from lib.figures.search import draw_importance, draw_search_history
from lib.jobs import bayesian
from lib.jobs.sweeps import format_value, value_of
from lib.store import groups, runs
from lib.store.groups import Group
from lib.store.runs import Run
from lib.ui.runs import table
from lib.ui.widgets import cached, charts, columns, downloads, leakage, run_score, theme
from lib.ui.widgets.progress_text import LOOKS, duration, number
from lib.ui.widgets.text import plain

_STYLE = """<style>
.parcoords .axis path, .parcoords .axis line {stroke: light-dark(#8A969F, #7C8894) !important}
.parcoords text {text-shadow: none !important}
</style>"""
WHY = "the best of many test results would be too good by chance"


def draw(group: Group, members: list[Run], dataset: str) -> None:
    """Draw what came out so far."""
    axes: list[dict[str, Any]] = list(group.facts.get("axes", []))
    best = groups.best(members)
    if best is None:
        st.info("No run has finished yet. The runs appear here one by one, the best by validation on top.")
    else:
        _sentence(axes, members, best)
        leakage.headline([cached.dataset(group.dataset)], "test" if groups.over(members) else "validation")
        _picture(group, axes, members)
        if group.facts.get("method") == bayesian.METHOD:
            _search(group, axes, members)
    _table(group, axes, members, dataset)


def special(axes: list[dict[str, Any]], run: Run) -> str:
    """Say in words which values a run has, escaped for Markdown."""
    values = [(axis["label"], value_of(run, axis["key"])) for axis in axes]
    return ", ".join(f"{plain(label)} {plain(format_value(value))}" for label, value in values if value is not None)


def _sentence(axes: list[dict[str, Any]], members: list[Run], best: Run) -> None:
    n = (best.results.get("validation") or runs.metrics(best.id).get("validation") or {}).get("n")
    counted = f", n = {n:,}" if isinstance(n, int) else ""
    by = run_score.metric(best).label
    found = f"**{special(axes, best)}**, with a validation {by} of **{number(groups.validation(best))}**{counted}."
    if not groups.over(members):
        st.markdown(f"##### Best so far by validation: {found}")
        st.caption(f"The test result of the best is shown when the sweep is over, and of no other run: {WHY}.")
        return
    st.markdown(f"##### Best by validation: {found}")
    tested = best.results.get("n")
    low, high = table.interval_of(best)
    wide = f" [{number(low)}, {number(high)}]" if low is not None and high is not None else ""
    counted = f", n = {tested:,}" if isinstance(tested, int) else ""
    st.markdown(
        f"Its test {by} is **{number(run_score.read_test(best))}**{wide}{counted}. It is shown for this run "
        f"alone: {WHY}.",
        help="In brackets the 95% bootstrap interval. The test part was seen neither in training nor in this choice.",
    )


def _picture(group: Group, axes: list[dict[str, Any]], members: list[Run]) -> None:
    known = [(run, score) for run in members if (score := groups.validation(run)) is not None]
    dimensions = []
    for axis in axes:
        values = [value_of(run, axis["key"]) for run, _ in known]
        if any(value is None for value in values):
            continue
        shown = values if axis["number"] else [format_value(value) for value in values if value is not None]
        kept = [value for value in shown if value is not None]
        dimensions.append(Dimension(axis["label"], kept, number=axis["number"], log=axis["log"]))
    best = groups.best(members)
    st.html(_STYLE)
    about = f"; the best is {special(axes, best)}" if best else ""
    charts.draw(
        lambda: parallel(dimensions, [score for _, score in known], score=_score(members), dark=theme.is_dark()),
        name=f"{group.name} parallel coordinates",
        key=f"parallel-{group.id}",
        alt=f"Parallel coordinates of {len(known)} runs through {', '.join(axis['label'] for axis in axes)} to "
        f"{_score(members)} from {number(min(score for _, score in known))} to "
        f"{number(max(score for _, score in known))}{about}",
        numbers=lambda: frame(axes, members),
    )
    st.caption(
        f"Each line is one run (n = {len(known)}), from its settings to its {_score(members)[0].lower()}"
        f"{_score(members)[1:]}, which is its colour too. "
        "Drag along an axis to keep only the lines through that stretch; drag a name to move its axis."
    )


def _search(group: Group, axes: list[dict[str, Any]], members: list[Run]) -> None:
    """Draw how a Bayesian search went so far, and which settings mattered."""
    stopped = sum(map(groups.was_pruned, members))
    early = f" {stopped} stopped early: they were worse than the median of the finished runs." if stopped else ""
    st.caption(f"Bayesian search: {len(members)} of {group.facts['asked']} runs chosen so far.{early}")
    scores = [groups.validation(run) for run in members]
    left, right = columns.columns([1.5, 1], key="search")
    with left:
        charts.draw(
            lambda: draw_search_history(scores, score=_score(members)),
            name=f"{group.name} history",
            key=f"history-{group.id}",
            alt=f"{_score(members)} of {len(members)} runs in turn, and the best so far",
        )
    with right:
        shares = bayesian.rate_settings(group.facts["search"], members)
        if not shares:
            st.caption(f"Which settings mattered is said after {bayesian.STARTUP} finished runs.")
            return
        labels = {axis["key"]: axis["label"] for axis in axes}
        charts.draw(
            lambda: draw_importance({labels[key]: share for key, share in shares.items()}),
            name=f"{group.name} importance",
            key=f"importance-{group.id}",
            alt="Bars of how much each setting mattered, as shares of the variance of the score",
        )


def _score(members: list[Run]) -> str:
    return f"Validation {run_score.together(members)}"


def frame(axes: list[dict[str, Any]], members: list[Run]) -> pd.DataFrame:
    """Give one row for each run, the best by validation first."""
    scores, score = [groups.validation(run) for run in members], _score(members)
    rows = []
    for place in order(scores):
        run, look = members[place], LOOKS[members[place].state]
        validation = run.results.get("validation") or {}
        rows.append(
            {"State": f"{look.sign} {'stopped early' if groups.was_pruned(run) else look.word}"}
            | {axis["label"]: value_of(run, axis["key"]) for axis in axes}
            | {
                score: scores[place],
                "Validation n": validation.get("n") if scores[place] is not None else None,
                "Seconds": None if run.seconds is None else round(run.seconds, 1),
                "Run": run.id,
            }
        )
    return pd.DataFrame(rows)


def _table(group: Group, axes: list[dict[str, Any]], members: list[Run], dataset: str) -> None:
    shown = frame(axes, members)
    event = st.dataframe(
        shown,
        key=f"sweep-{group.id}",
        hide_index=True,
        placeholder="–",
        on_select="rerun",
        selection_mode="single-row",
        alt=f"Table of {len(members)} runs with their settings and validation metric, the best first",
        column_config={
            _score(members): st.column_config.NumberColumn(format="%.3f", help=table.SCORED),
            "Validation n": st.column_config.NumberColumn(format="%d", help="Sequences in the validation part"),
            "Seconds": st.column_config.NumberColumn(format="%.1f", help="Time from its start to its end"),
            "Run": st.column_config.TextColumn(width="small"),
        }
        | {axis["label"]: st.column_config.NumberColumn(format="%.4g") for axis in axes if axis["number"]},
    )
    picked = event.selection.rows
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Select a row to open, clone or delete that run. Test results are left out on purpose.")
        downloads.csv_button(lambda: shown, name=group.name, key=f"sweep-csv-{group.id}")
    if picked and picked[0] < len(shown):
        chosen = {run.id: run for run in members}[str(shown["Run"].iloc[picked[0]])]
        st.caption(f"{special(axes, chosen)} · took {duration(chosen.seconds)}")
        table.draw_run(chosen, {group.dataset: dataset})
