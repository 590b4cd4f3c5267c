"""What the Predict page shows of models of profiles: the counts, and where they lie along a sequence."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.figures.profile_windows import WindowProfile, window_picture
from lib.io.strands import groups
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.store.runs import Run
from lib.tasks.profile import Profiled
from lib.ui.ruler import ProfileTrack, ruler
from lib.ui.widgets import cached, charts, downloads
from lib.ui.widgets.text import plain


def column(dataset: Dataset, target: int) -> str:
    """Name the column of the counts of a track."""
    return "counts" + (f", {dataset.tracks[target]}" if len(dataset.tracks) > 1 else "")


def counts(values: FloatArray) -> FloatArray:
    """Give counts from predictions of log(1 + counts), none of them negative.

    >>> counts(np.array([-0.5, np.log(4)])).round(6).tolist()
    [0.0, 3.0]
    """
    return np.asarray(np.expm1(values).clip(min=0.0), dtype=np.float64)


def draw(name: str, sequence: str, chosen: Sequence[Run]) -> None:
    """Draw the predicted counts at each base of a sequence for each chosen run that predicts profiles."""
    for run in chosen:
        dataset = cached.dataset(run.dataset)
        if dataset.tracks:
            _one(name, sequence, run, dataset, alone=len(chosen) == 1)


def _one(name: str, sequence: str, run: Run, dataset: Dataset, *, alone: bool) -> None:
    of = "" if alone else f" by {plain(run.name)}"
    trained = len(dataset.sequences[0])
    if len(sequence) != trained:
        st.info(
            f"No profile of {plain(name)}{of}: it has {len(sequence):,} nt, and the run was trained on windows of "
            f"{trained:,} nt. Bring a sequence of {trained:,} nt to see where its counts lie.",
            icon=":material/straighten:",
        )
        return
    found = _predict(str(home()), run.id, str(run.ended), sequence)
    if found is None:
        st.info(f"{plain(run.name)} predicts how many counts there are, and not where they lie.")
        return
    shares, totals = found
    window = WindowProfile(name, sequence, dataset.tracks, shares * totals[:, None])
    st.markdown(f"**Predicted profile of {plain(name)}**{of}", help="Predicted share of each base times the total")
    tracks = [
        ProfileTrack(
            group.label or "Counts",
            predicted=window.predicted[list(group.tracks)],
            strands=tuple(dataset.tracks[track] for track in group.tracks) if len(group.tracks) > 1 else (),
        )
        for group in groups(dataset.tracks)
    ]
    ruler(sequence, tracks, key=f"predicted-profile-{run.id}")
    with st.container(horizontal=True, gap="small"):
        charts.files(
            lambda: window_picture(window, title=f"{name}, {run.name}"),
            name=f"{name} profile",
            key=f"predicted-profile-files-{run.id}",
        )
        downloads.csv_button(
            window.table,
            name=f"{name} {run.name} profile",
            key=f"predicted-profile-csv-{run.id}",
            label="CSV",
            icon=None,
            help="One row for each base and track",
        )


@st.cache_data(max_entries=32, show_spinner="Predicting the profile")
def _predict(home: str, run_id: str, ended: str, sequence: str) -> tuple[FloatArray, FloatArray] | None:
    """Give the predicted share of each base (T, L) and counts of each track (T,); None of a model without shares."""
    model = load_fitted(run_id)
    if not isinstance(model, Profiled):
        return None
    totals = counts(model.predict([sequence])[0])
    return model.predict_profiles([sequence])[0], totals
