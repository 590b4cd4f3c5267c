"""What the results of a model of profiles read: counts and shares at each base, and how well each window is met."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.datasets.profiles import window_positions
from lib.figures.profile_windows import WindowProfile
from lib.io.strands import partner
from lib.store.files import home
from lib.tasks import profile_metrics
from lib.tasks.profile import between_replicates, require_counts
from lib.views.run_view import RunView

Shares = NDArray[np.float32]

PREDICTED_TOTAL, OBSERVED_TOTAL = "predicted total", "observed total"
"""What shares are multiplied by to be compared with counts."""


@dataclass(frozen=True, eq=False)
class ProfileView(RunView):
    """A finished model of profiles, one of its tracks and one part of its dataset."""

    @property
    def track(self) -> str:
        """Name of the track."""
        return self.dataset.tracks[self.target]

    @property
    def partner(self) -> int | None:
        """Number of the track that holds the other strand, None where strands are not told apart."""
        return partner(self.dataset.tracks, self.target)

    @property
    def counts(self) -> Shares:
        """What was observed in all windows of the dataset, (N, T, L) counts."""
        return require_counts(self.dataset)

    @property
    def shares(self) -> dict[str, Shares]:
        """What the run and its baselines predict for all windows of the dataset, (N, T, L) shares, by their names."""
        return shares_of(self.run.id, str(self.run.ended))

    @cached_property
    def pearson(self) -> FloatArray:
        """Correlation of observed and predicted profile of each window of the part, (n,); NaN where not defined."""
        return _pearson(str(home()), self.key, "predicted", self)

    def correlation(self, model: str) -> FloatArray | None:
        """Give the same of a baseline, None where it predicts no profiles."""
        return _pearson(str(home()), self.key, model, self) if model in self.shares else None

    @cached_property
    def replicate_pearson(self) -> FloatArray | None:
        """Correlation of each replicate with the sum of the others, their mean for each window of the part, (n,).

        None where there are fewer than two replicates.
        """
        return _ceiling(str(home()), self.key, self)

    def totals(self, row: int) -> tuple[FloatArray, FloatArray]:
        """Give the counts of each track in a row of the dataset: predicted and observed, (T,) each."""
        frame, names = self.predictions, self.dataset.target_names
        predicted = np.array([frame[f"predicted:{name}"].iloc[row] for name in names], dtype=float)
        return np.expm1(predicted).clip(min=0.0), self.counts[row].sum(axis=1, dtype=np.float64)

    def window(self, row: int, *, scaled: str) -> WindowProfile:
        """Give a row of the dataset with its observed and predicted counts; ``scaled`` says what shares are times."""
        predicted, observed = self.totals(row)
        total = predicted if scaled == PREDICTED_TOTAL else observed
        return WindowProfile.of(self.dataset, row, self.shares["predicted"][row], total, scaled=scaled)


def shares_of(run_id: str, ended: str) -> dict[str, Shares]:
    """Give what a run and its baselines predict, (N, T, L) shares by name; shared, so never changed.

    Raises
    ------
    UserError
        If the run holds no profiles, or they are damaged.
    """
    return _shares(str(home()), run_id, ended)


@st.cache_resource(max_entries=3, show_spinner="Opening the predicted profiles")
def _shares(home: str, run_id: str, ended: str) -> dict[str, Shares]:
    from lib.store import profiles as stored

    return stored.load(run_id)


@st.cache_data(max_entries=64, show_spinner=False)
def _pearson(home: str, key: str, model: str, _view: ProfileView) -> FloatArray:
    rows, track = _view.places, _view.target
    observed, predicted = _view.counts[rows, track], _view.shares[model][rows, track]
    found: FloatArray = profile_metrics.correlations(observed, predicted.astype(np.float64))
    return found


@st.cache_data(max_entries=32, show_spinner=False)
def _ceiling(home: str, key: str, _view: ProfileView) -> FloatArray | None:
    found = between_replicates(_view.dataset, _view.places)
    return None if found is None else found[:, _view.target]


def windows_table(view: ProfileView) -> pd.DataFrame:
    """Give one row for each window of the part: id, correlations, counts, and where it lies in the genome."""
    return _table(str(home()), view.key, view)


@st.cache_data(max_entries=16, show_spinner=False)
def _table(home: str, key: str, _view: ProfileView) -> pd.DataFrame:
    view = _view
    frame, name = view.rows, view.target_name
    columns: dict[str, object] = {"window": frame["id"].to_numpy()}
    columns["profile Pearson"] = view.pearson
    mean = view.correlation("mean")
    if mean is not None:
        columns["mean profile"] = mean
    columns["counts, observed"] = view.counts[view.places, view.target].sum(axis=1)
    columns["counts, predicted"] = np.expm1(frame[f"predicted:{name}"].to_numpy(dtype=float)).clip(min=0.0)
    where = window_positions(view.dataset)
    if where is not None:
        where = where.iloc[view.places]
        columns |= {"chromosome": where["chrom"].to_numpy(), "strand": where["strand"].to_numpy()}
        columns["from"] = where["start"].to_numpy() + 1
    return pd.DataFrame(columns)
