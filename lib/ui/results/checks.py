"""Checks of a result on the Results page: cross-validation, permuted labels, learning curve, as jobs."""

from typing import Any

import pandas as pd
import streamlit as st

from lib import tasks
from lib.core.errors import UserError
from lib.figures.checks import draw_learning, draw_pieces
from lib.jobs import check
from lib.report import evaluation
from lib.store import datasets, runs
from lib.store.runs import Run
from lib.training.checks import FOLDS, KINDS, LEARNING, PERMUTED, summarise_pieces
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
COUNTS = {FOLDS: (5, 10), PERMUTED: (3, 5, 10), LEARNING: (5,)}


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
        _found(run, what, found)


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
    st.caption(f"n = {scores['n']:,} sequences of {plain(names[other])}.{left}")


def _range(interval: list[float | None] | None) -> str:
    if interval is None or None in interval:
        return ""
    return f"{number(interval[0])} to {number(interval[1])}"


def _start(run: Run, what: str, *, again: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        counts = COUNTS[what]
        count = counts[0]
        if len(counts) > 1:
            label = "Folds" if what == FOLDS else "Permutations"
            count = st.selectbox(label, counts, key=f"check-count-{what}", width=140)
        if st.button("Start again" if again else "Start this check", key="check-start", icon=":material/play_arrow:"):
            try:
                check.start_check(run.id, what, count=count, seed=run.spec.seed, owner=state.owner())
            except UserError as error:
                errors.show(error)
                return
            st.rerun()


def _found(run: Run, what: str, found: list[dict[str, Any]]) -> None:
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
        last, before = found[-1], found[-2] if len(found) > 1 else found[-1]
        more = (last["test"].get(key) or 0.0) - (before["test"].get(key) or 0.0)
        return (
            f"From {before['train']:,} to {last['train']:,} training sequences the test {plain(label)} changes by "
            f"**{more:+.3f}** (n = {last['test']['n']:,} test sequences). "
            + ("More data would probably help." if more > 0.01 else "More data of this kind would help little.")
        )
    kind = "folds" if what == FOLDS else "permutations"
    said = f"Test {plain(label)} over {known['count']} {kind}: **{known['mean']:.3f}{spread}**.{mine}"
    return f"{said} Near zero is what chance gives." if what == PERMUTED else said


def table(found: list[dict[str, Any]]) -> pd.DataFrame:
    """Give one row for each training: sequences learned from, test sequences and all metrics."""
    return pd.DataFrame(
        [{"Training": piece["name"], "Training sequences": piece["train"], **piece["test"]} for piece in found]
    )
