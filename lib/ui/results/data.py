"""What the Results page looks at, and its scores: those of the test part are read, others computed once and kept."""

from typing import Any, TypeVar

import streamlit as st

from lib.datasets.dataset import Dataset, PartName
from lib.store.files import home
from lib.store.run import Run
from lib.tasks.scores import Scores
from lib.ui.widgets import cached
from lib.views.run_view import RunView

V = TypeVar("V", bound=RunView)


def open_view(kind: type[V], run: Run, dataset: Dataset, target: int, part: PartName) -> V:
    """Give the view of a finished run, of the kind that its task has."""
    return kind(run, dataset, target, part, cached.metrics(run.id), cached.predictions(run.id))


def scores(view: RunView) -> list[Scores]:
    """Give the scores of the run and then of its baselines, the strongest first, on what is judged."""
    stored = view.read_scores()
    if stored is not None:
        return stored
    names = tuple(name for name in view.models if f"{name}:{view.target_name}" in view.predictions)
    computed = _compute(str(home()), view.key, names, view)
    return [Scores(view.models[name], *computed[name]) for name in names]


@st.cache_data(max_entries=64, show_spinner="Computing the scores")
def _compute(home: str, key: str, names: tuple[str, ...], _view: RunView) -> dict[str, tuple[Any, Any]]:
    return {name: _view.score_model(name) for name in names}
