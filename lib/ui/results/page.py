"""The Results page: how good a run is, and against what."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import tasks
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.report import html
from lib.store import datasets, groups, runs
from lib.store.runs import Run
from lib.tasks.scores import PART_NAMES
from lib.ui import errors
from lib.ui.results import classes, diagnostics, ensemble, model_views, profiles, scatter, split_selector
from lib.ui.results.data import open_view, scores
from lib.ui.widgets import cached, cards, leakage, progress, state, verdicts
from lib.ui.widgets.progress_text import ago, duration
from lib.ui.widgets.text import plain
from lib.views.run_view import RunView


def page() -> None:
    """Draw the page."""
    run = choose_finished_run()
    if run is None:
        return
    dataset = cached.dataset(run.dataset)
    if not cached.metrics(run.id):
        raise UserError(f"The results of {run.name} are not in its folder any more. Train it again.")
    st.html(html.style("score_card.css"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            f"{named(run, dataset)} · finished {ago(run.ended or run.created)} after {duration(run.seconds)}",
            width="content",
        )
        if dataset.simulated:
            cards.draw_simulated_badge()
    progress.say(run)
    verdicts.draw(run, dataset)
    _BODIES[tasks.get(dataset.task).view](run, dataset)


def _numbers(run: Run, dataset: Dataset) -> None:
    """Draw the results of a regression: one number, or several, for each sequence."""
    said = st.container()
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        hidden = bool(groups.runs_without_test([run]))
        number, part = split_selector.target(dataset.target_names), split_selector.part(hidden=hidden)
        view = open_view(RunView, run, dataset, number, part)
        diagnostics.downloads(view)
    if hidden:
        split_selector.explain_held_back(run)
    models = scores(view)
    points = view.points
    with said:
        bound = view.ceiling
        words = view.task.sentence(
            models[0], models[1:], n=len(view.rows), part=view.part, ceiling=bound[0] if bound else None
        )
        target = f" Target: {plain(points.label)}." if points.label else ""
        st.markdown(f"### {plain(models[0].label)} {words}", help=f"Numbers in brackets are the 95% interval.{target}")
        leakage.headline([dataset], view.part)
        ensemble.draw_ensemble(view)
    if not points.ids:
        st.info(f"The {PART_NAMES[view.part]} part holds no sequences.")
        return
    scatter.scatter_and_scores(view)
    model_views.draw(view)
    diagnostics.below(view)


_BODIES: dict[str, Callable[[Run, Dataset], None]] = {
    "numbers": _numbers,
    "classes": classes.draw,
    "profiles": profiles.draw,
}
"""What draws the results, by the view of their task."""


def named(run: Run, dataset: Dataset) -> str:
    """Give the name of a run in Markdown, and its model and dataset where the name does not say them."""
    label, model = progress.model_label(run.model), f"{progress.model_label(run.model)} on {plain(dataset.name)}"
    if run.name in (f"{run.model} on {dataset.name}", f"{label} on {dataset.name}"):
        return f"**{model}**"
    return f"**{plain(run.name)}** · {model}"


def headline(run: Run, dataset: Dataset) -> DeltaGenerator:
    """Say which run of which dataset a page is about; gives the line, in which more may stand."""
    line = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with line:
        st.markdown(named(run, dataset), width="content")
        if dataset.simulated:
            cards.draw_simulated_badge()
    return line


def choose_finished_run() -> Run | None:
    """Give the chosen run if it has results, or the only one; else draw what to do next and give None."""
    chosen = state.run_id()
    if chosen:
        try:
            run = runs.get(chosen)
        except UserError as error:
            errors.show(error)
            state.choose(run=None)
        else:
            if run.state == runs.FINISHED and run.kind == "train":
                return run
            if run.kind == "train" and not run.over:
                st.info("This run has no results yet; they appear here by themselves when it has finished.")
            progress.run_progress(run.id)
            return None
    done = [run for run in runs.all(kind="train") if run.state == runs.FINISHED]
    dataset = state.dataset_id()
    done = [run for run in done if run.dataset == dataset] or done
    if not done:
        _nothing(dataset)
        return None
    names = {run.id: f"{run.name} · {ago(run.created)}" for run in done}
    picked = done[0].id if len(done) == 1 and not chosen else None
    picked = picked or st.selectbox(
        "Run", list(names), index=None, format_func=names.__getitem__, placeholder="Choose a finished run", width=480
    )
    if picked:
        run = next(run for run in done if run.id == picked)
        state.choose(dataset=run.dataset, run=run.id)
        st.rerun()
    return None


def _nothing(dataset: str | None) -> None:
    if any(not run.over for run in runs.all()):
        state.empty("No run has finished yet. Watch the running ones.", state.RUNS, "Open runs")
    elif dataset or datasets.all():
        state.empty("No model has been trained yet. Train one to see how good it is.", state.TRAIN, "Train a model")
    else:
        sentence = "There are no results yet, and no dataset. Bring your own files, or try the simulated demo."
        state.empty(sentence, state.UPLOAD, "Bring data")
