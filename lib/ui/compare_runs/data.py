"""What the Compare runs page reads: the runs on their common sequences, and each metric in the same resamples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from lib.core.errors import UserError
from lib.data.dataset import Dataset, FloatArray
from lib.evaluation.comparison import Common, Entry, common
from lib.evaluation.metrics import column
from lib.evaluation.slices import replicates_for
from lib.evaluation.uncertainty import intervals, together
from lib.plots import colours
from lib.plots.dots import Series
from lib.store import runs as store
from lib.store.files import home
from lib.store.runs import Run
from lib.ui import cached
from lib.ui.results_words import Scores


@dataclass(frozen=True)
class View:
    """K runs on their N common sequences, judged by one target.

    Parameters
    ----------
    runs, labels
        (K,) in the order of the link.
    part
        ``test`` or ``validation``.
    target, unit
        Name and unit of the target.
    found
        The common sequences with what was observed and predicted.
    resamples
        (K,) each metric in the same resamples.
    """

    runs: tuple[Run, ...]
    labels: tuple[str, ...]
    part: str
    target: str
    unit: str
    found: Common
    resamples: list[dict[str, FloatArray]]

    @property
    def label(self) -> str:
        """Name the target with its unit."""
        return f"{self.target} ({self.unit})" if self.unit else self.target

    @property
    def n(self) -> int:
        """Count the common sequences."""
        return len(self.found.ids)

    @property
    def key(self) -> str:
        """What tells this view from any other."""
        return "-".join([*(f"{run.id}.{run.ended}" for run in self.runs), self.part, self.target])

    @property
    def name(self) -> str:
        """Name of downloads."""
        return f"{' '.join(self.labels)} {self.part}"[:60]

    @property
    def series(self) -> list[Series]:
        """The runs with the colours and marks that they have in every picture."""
        return [
            Series(label, colours.of_run(place), colours.symbol_of_run(place))
            for place, label in enumerate(self.labels)
        ]

    def scores(self) -> list[Scores]:
        """Give each run's metrics with their intervals on the common sequences."""
        return [
            Scores(label, column(self.found.observed, predicted), intervals(drawn))
            for label, predicted, drawn in zip(self.labels, self.found.predicted, self.resamples, strict=True)
        ]


def targets(known: Sequence[Dataset]) -> dict[str, str]:
    """Give the targets that all datasets have, as unit by name.

    Raises
    ------
    UserError
        If there is none.
    """
    sets = [dict(zip(dataset.target_names, dataset.target_units, strict=True)) for dataset in known]
    both = {name: unit for name, unit in sets[0].items() if all(one.get(name) == unit for one in sets)}
    if both:
        return both
    listed = "; ".join(dict.fromkeys(f"{dataset.name}: {', '.join(dataset.target_names)}" for dataset in known))
    raise UserError(
        f"These runs learned different targets ({listed}), so their errors cannot be compared. Compare runs whose "
        "dataset has the same target in the same unit."
    )


def common_of(chosen: Sequence[Run], labels: Sequence[str], target: str, part: str) -> tuple[Common, list[Any]]:
    """Give the common sequences of runs, and each metric of each run in the same resamples; kept for everybody.

    Raises
    ------
    UserError
        If too few sequences are common, or a run has lost its predictions.
    """
    versions = tuple((run.id, run.dataset, str(run.ended)) for run in chosen)
    return _common(str(home()), versions, target, part)


@st.cache_resource(max_entries=8, show_spinner="Comparing the runs")
def _common(home: str, versions: tuple[tuple[str, str, str], ...], target: str, part: str) -> tuple[Common, list[Any]]:
    entries = [_entry(run_id, dataset, target) for run_id, dataset, _ in versions]
    found = common(entries, part)
    models = [predicted[:, None] for predicted in found.predicted]
    return found, together(found.observed[:, None], models, replicates=replicates_for(len(found.ids)))


def _entry(run_id: str, dataset_id: str, target: str) -> Entry:
    frame, dataset = store.predictions(run_id), cached.dataset(dataset_id)
    ids = frame["id"].to_numpy(dtype=np.str_)
    if len(ids) != len(dataset) or not np.array_equal(ids, dataset.ids):
        raise UserError(f"The predictions of run {run_id} are not those of its dataset any more. Train it again.")
    return Entry(
        run_id, ids, dataset.sequences, frame["part"].to_numpy(dtype=np.str_),
        frame[f"observed:{target}"].to_numpy(dtype=float), frame[f"predicted:{target}"].to_numpy(dtype=float),
    )  # fmt: skip
