"""The score card of a model of profiles: beside the mean profile, shuffled profiles and the replicate ceiling."""

import pandas as pd
import streamlit as st

from lib.report.html import show
from lib.store.files import home
from lib.tasks.profile_card import METRICS
from lib.tasks.scores import PART_NAMES, Scores, score_frame
from lib.ui.results.profiles.data import ProfileView
from lib.views.blocks import Paragraph
from lib.views.profile_scores import compute_profile_scores, read_profile_scores
from lib.views.score_card import ScoreCard


def scores(view: ProfileView) -> list[Scores]:
    """Give the scores of the run, of its baselines, of shuffled profiles and of replicates, in this order.

    Those of the test part stand in ``metrics.json``; the others are computed once and kept.
    """
    if view.part == "test":
        return read_profile_scores(view.metrics, view.models)
    return _compute(str(home()), view.key, view)


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
def _compute(home: str, key: str, _view: ProfileView) -> list[Scores]:
    return compute_profile_scores(_view.dataset, _view.part, _view.predictions, _view.shares, _view.models)
