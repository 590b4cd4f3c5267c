"""The score card of a model of profiles: beside the mean profile, shuffled profiles and the replicate ceiling."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib import tasks
from lib.datasets.dataset import Dataset
from lib.report.html import show
from lib.store.files import home
from lib.tasks import profile
from lib.tasks.base import Prediction
from lib.tasks.profile_card import METRICS
from lib.tasks.scores import PART_NAMES, Scores, score_frame
from lib.ui.results.profiles.data import ProfileView
from lib.views.blocks import Paragraph
from lib.views.profile_scores import CEILING, LABELS, MEAN, SHUFFLED, read_profile_scores
from lib.views.score_card import ScoreCard


def scores(view: ProfileView) -> list[Scores]:
    """Give the scores of the run, of its baselines, of shuffled profiles and of replicates, in this order.

    Those of the test part stand in ``metrics.json``; the others are computed once and kept.
    """
    names = view.models
    if view.part == "test":
        return read_profile_scores(view.metrics, names)
    known = [name for name in names if name in view.shares]
    computed = _computed(str(home()), view.key, tuple(known), view)
    labels = {name: MEAN.get(names[name], names[name]) for name in known} | LABELS
    return [Scores(label, *computed[name]) for name, label in labels.items() if name in computed]


def frame(view: ProfileView) -> pd.DataFrame:
    """Give the numbers of the score card for download."""
    return score_frame(scores(view), unit="", n=len(view.rows), part=view.part, metrics=METRICS)


def draw(view: ProfileView) -> None:
    """Draw the score card."""
    found = scores(view)
    note = Paragraph(
        "Mean profile: the average over the training windows, the same for all. Shuffled: what was observed in another "
        "window. Replicate ceiling: each replicate judged against the sum of the others, the mean over them; all reads "
        "together are less noisy, so a model may come out above it.",
        style="ml-foot",
    )
    st.html(show(ScoreCard(found, "", len(view.rows), _caption(view), metrics=METRICS), note))


def _caption(view: ProfileView) -> str:
    tracks = len(view.dataset.tracks)
    return f"Scores on the {PART_NAMES[view.part]} part" + (f", mean over {tracks} tracks" if tracks > 1 else "")


@st.cache_data(max_entries=32, show_spinner="Computing the scores")
def _computed(home: str, key: str, names: tuple[str, ...], _view: ProfileView) -> dict[str, tuple[Any, Any]]:
    task, dataset, rows = tasks.get(_view.dataset.task), _view.dataset, _view.places
    predicted = {
        name: Prediction(_values(_view.predictions, dataset, name), _view.shares[name].astype(np.float64))
        for name in names
    }
    found = {}
    for name, one in {**predicted, SHUFFLED: profile.shuffled(dataset)}.items():
        # On the training part an interval would say nothing about new windows.
        ends = {} if _view.part == "train" else task.intervals(dataset, rows, one)
        found[name] = (task.scores(dataset, rows, one), ends)
    between = profile.ceiling(dataset, rows)
    if between is not None:
        found[CEILING] = (between["test"], {} if _view.part == "train" else between["intervals"]["test"])
    return found


def _values(predictions: pd.DataFrame, dataset: Dataset, name: str) -> np.ndarray:
    return predictions[[f"{name}:{target}" for target in dataset.target_names]].to_numpy(dtype=float)
