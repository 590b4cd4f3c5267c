"""Checks of a result on the Results page: cross-validation, permuted labels, learning curve, as jobs."""

from typing import Any

import pandas as pd
import streamlit as st

from lib import tasks
from lib.core.errors import UserError
from lib.datasets import leakage
from lib.figures.checks import draw_learning, draw_pieces
from lib.jobs import check
from lib.report import evaluation
from lib.store import datasets, runs
from lib.store.runs import Run
from lib.training.checks import FOLDS, KINDS, LEARNING, PERMUTED, Gain, compute_gain, compute_p, summarise_pieces
from lib.ui import errors
from lib.ui.widgets import charts, progress, state
from lib.ui.widgets.progress_text import number
from lib.ui.widgets.text import plain

ABOUT = {
    FOLDS: "Does the score hang on this split? All sequences are cut into folds, similar ones together, and each is "
    "the test part once.",
    PERMUTED: "Would the model score as well by chance? It is trained on labels that were given to other sequences.",
    LEARNING: "Would more data help? The model is trained on growing parts of the training part.",
}
EXTERNAL = "external"
ABOUT[EXTERNAL] = "Does it hold for other data? All sequences of another dataset with the same target are predicted."
COUNTS = {FOLDS: ("Folds", (5, 10)), PERMUTED: ("Permutations", (5, 19, 49)), LEARNING: ("Draws of each size", (3, 5))}
"""What is counted, and how many can be chosen; 19 permutations are the fewest that can give p = 0.05."""


def draw(run: Run) -> None:
    """Draw what can be checked, and what checks found."""
    words = {**KINDS, EXTERNAL: "External test set"}
    with st.expander("Checks that reviewers ask for", icon=":material/fact_check:", key="checks"):
        what = st.segmented_control(
            "Check", list(words), format_func=words.__getitem__, default=FOLDS, required=True, key="check-what"
        )
        st.caption(ABOUT[what])
        if what == EXTERNAL:
            _external(run)
            return
        known = [job for job in check.list_checks(run) if job.payload["what"] == what]
        _start(run, what, again=bool(known))
        if not known:
            return
        latest = known[0]
        if latest.state != runs.FINISHED:
            progress.run_progress(latest.id)
            return
        try:
            found = check.read_check(latest)["pieces"]
        except UserError as error:
            errors.show(error)
            return
        _list_checks(run, what, found)


def _external(run: Run) -> None:
    names = {row.id: row.name for row in datasets.all() if row.id != run.dataset and row.task == run.spec.task}
    if not names:
        st.caption("There is no other dataset of this task in the workspace; bring one on Upload.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = st.selectbox("Dataset", list(names), format_func=names.__getitem__, key="check-other", width=320)
        if not st.button("Judge by this dataset", key="check-judge", icon=":material/play_arrow:"):
            return
    try:
        with st.spinner("Predicting"):
            found = evaluation.evaluate_elsewhere(run.id, other)
    except UserError as error:
        errors.show(error)
        return
    scores, intervals = found["metrics"], found["intervals"]
    rows = [
        {
            "Metric": metric.label,
            "External": scores.get(metric.key),
            "95% interval": _range(intervals.get(metric.key)),
            "Test part of this run": run.results.get(metric.key),
        }
        for metric in tasks.get(run.spec.task).card
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, placeholder="–", key="check-external")
    left = f" {found['copies']:,} sequences that were learned from are left out." if found["copies"] else ""
    if found["close_neighbours"]:
        close = f"{found['close_neighbours']:,} of {found['compared']:,} compared"
        left += f" {close} have a close neighbour among those: this part of the score may be memory."
    st.caption(f"n = {scores['n']:,} sequences of {plain(names[other])}.{left}", help=leakage.CLOSE)


def _range(interval: list[float | None] | None) -> str:
    if interval is None or None in interval:
        return ""
    return f"{number(interval[0])} to {number(interval[1])}"


def _start(run: Run, what: str, *, again: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label, counts = COUNTS[what]
        count = st.selectbox(label, counts, key=f"check-count-{what}", width=160)
        if st.button("Start again" if again else "Start this check", key="check-start", icon=":material/play_arrow:"):
            try:
                check.start_check(run.id, what, count=count, seed=run.spec.seed, owner=state.owner())
            except UserError as error:
                errors.show(error)
                return
            st.rerun()


def _list_checks(run: Run, what: str, found: list[dict[str, Any]]) -> None:
    metric = tasks.headline(run.spec.task)
    own = run.results.get(metric.key)
    st.markdown(say_check(what, found, metric.key, metric.label, own))
    charts.draw(
        lambda: (
            draw_learning(found, key=metric.key, score=f"Test {metric.label}")
            if what == LEARNING
            else draw_pieces(found, key=metric.key, score=f"Test {metric.label}", own=own)
        ),
        name=f"{run.name} {KINDS[what]}",
        key=f"check-{what}",
        alt=f"Test {metric.label} of {len(found)} trainings",
        numbers=lambda: table(found),
    )


def say_check(what: str, found: list[dict[str, Any]], key: str, label: str, own: float | None) -> str:
    """Say in Markdown what a check found."""
    known = summarise_pieces(found, key)
    if known["mean"] is None:
        return f"{plain(label)} is not defined for any of the {len(found)} trainings."
    spread = f" ± {known['sd']:.3f} (SD)" if known["sd"] is not None else ""
    mine = f" This run: {number(own)}." if own is not None else ""
    if what == LEARNING:
        return _say_gain(compute_gain(found, key), label, found[-1]["test"]["n"])
    kind = "folds" if what == FOLDS else "permutations"
    said = f"Test {plain(label)} over {known['count']} {kind}: **{known['mean']:.3f}{spread}**.{mine}"
    p = compute_p(found, key, own) if what == PERMUTED else None
    return said if p is None else f"{said} p = {p:.2g}, one-sided. Near zero is what chance gives."


def _say_gain(gain: Gain | None, label: str, n: int) -> str:
    if gain is None:
        return "There is one size alone, so nothing can be said of more data."
    error = "" if gain.error is None else f" (standard error over the draws {gain.error:.3f})"
    said = (
        f"From {gain.before:,} to {gain.last:,} training sequences the mean test {plain(label)} changes by "
        f"**{gain.gain:+.3f}**{error}; n = {n:,} test sequences."
    )
    if gain.error is None:
        return f"{said} Several draws tell a gain from chance."
    return f"{said} " + ("More data would probably help." if gain.is_clear else "That is no clear gain from more data.")


def table(found: list[dict[str, Any]]) -> pd.DataFrame:
    """Give one row for each training: sequences learned from, test sequences and all metrics."""
    return pd.DataFrame(
        [{"Training": piece["name"], "Training sequences": piece["train"], **piece["test"]} for piece in found]
    )
