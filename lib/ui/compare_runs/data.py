"""What the Compare runs page reads: the runs on their common sequences, and each metric in the same resamples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from lib import tasks
from lib.analysis.comparison import Common, Entry, Signed, common, pairs, wilcoxon
from lib.analysis.slices import replicates_for
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.figures import colours
from lib.figures.dots import Series
from lib.store import runs as store
from lib.store.files import home
from lib.store.runs import Run
from lib.tasks import class_metrics, regression
from lib.tasks.bootstrap import intervals
from lib.tasks.scores import Metric, Scores
from lib.ui.widgets import cached

Versions = tuple[tuple[str, str, str], ...]
"""Id of each run, its dataset, and when it ended."""


@dataclass(frozen=True)
class Judged:
    """How good K runs are on their N common sequences.

    Parameters
    ----------
    card
        The metrics.
    values
        (K,) each metric of each run.
    resamples
        (K,) each metric in the same resamples.
    errors
        (K, M) how far off each run is, on the sequences where that is defined; None for the absolute error.
    off
        What ``errors`` are, in words.
    caption
        What is judged; empty for the target.
    test, test_name
        What compares the errors of two runs, and how it is called.
    unit
        Of what is observed and predicted; None for that of the target.
    each, each_name
        (K, N) how well each run meets each sequence, NaN where that is not defined, and what that is; None where no
        picture shows it.
    """

    card: tuple[Metric, ...]
    values: Sequence[Mapping[str, float]]
    resamples: Sequence[dict[str, FloatArray]]
    errors: FloatArray | None = None
    off: str = "absolute errors"
    caption: str = ""
    test: Callable[[FloatArray, FloatArray], Signed] = wilcoxon
    test_name: str = "Wilcoxon's signed rank test"
    unit: str | None = None
    each: FloatArray | None = None
    each_name: str = ""


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
    judged
        How good each is, and how sure that is.
    """

    runs: tuple[Run, ...]
    labels: tuple[str, ...]
    part: str
    target: str
    unit: str
    found: Common
    judged: Judged

    @property
    def card(self) -> tuple[Metric, ...]:
        """The metrics that the runs are judged by."""
        return self.judged.card

    @property
    def view(self) -> str:
        """The view of the task of the runs, the same for all."""
        return tasks.get(cached.dataset(self.runs[0].dataset).task).view

    @property
    def caption(self) -> str:
        """Say what is judged."""
        return self.judged.caption or self.label

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
            Scores(label, values, intervals(drawn))
            for label, values, drawn in zip(self.labels, self.judged.values, self.judged.resamples, strict=True)
        ]

    def pairs(self, metric: str) -> pd.DataFrame:
        """Compare every two runs by a metric; see ``lib.analysis.comparison.pairs``."""
        values = [one[metric] for one in self.judged.values]
        judged = self.judged
        return pairs(self.found, judged.resamples, metric=metric, values=values, errors=judged.errors, test=judged.test)


def targets(known: Sequence[Dataset]) -> dict[str, str]:
    """Give the targets that all datasets have, as unit by name.

    Raises
    ------
    UserError
        If there is none, or the tasks or classes are not the same.
    """
    kinds = {dataset.name: _kind(dataset) for dataset in known}
    if len(set(kinds.values())) > 1:
        listed = "; ".join(f"{name}: {kind}" for name, kind in kinds.items())
        raise UserError(
            f"These runs do different tasks ({listed}), so they cannot be judged by one metric. Compare runs whose "
            "datasets have the same task and the same classes."
        )
    sets = [dict(zip(dataset.target_names, dataset.target_units, strict=True)) for dataset in known]
    both = {name: unit for name, unit in sets[0].items() if all(one.get(name) == unit for one in sets)}
    if both:
        return both
    listed = "; ".join(dict.fromkeys(f"{dataset.name}: {', '.join(dataset.target_names)}" for dataset in known))
    raise UserError(
        f"These runs learned different targets ({listed}), so their errors cannot be compared. Compare runs whose "
        "dataset has the same target in the same unit."
    )


def _kind(dataset: Dataset) -> str:
    """Name the task of a dataset, and its classes."""
    task = tasks.get(dataset.task)
    kind = task.kind or task.label
    return f"{kind} of {', '.join(dataset.classes)}" if dataset.classes else kind


def common_of(chosen: Sequence[Run], target: str, part: str) -> tuple[Common, Judged]:
    """Give the common sequences of runs, and how good each run is on them; kept for everybody.

    Raises
    ------
    UserError
        If too few sequences are common, or a run has lost its predictions.
    """
    versions = tuple((run.id, run.dataset, str(run.ended)) for run in chosen)
    return _common(str(home()), versions, target, part)


@st.cache_resource(max_entries=8, show_spinner="Comparing the runs")
def _common(home: str, versions: Versions, target: str, part: str) -> tuple[Common, Judged]:
    found = common([_entry(run_id, dataset, target) for run_id, dataset, _ in versions], part)
    judge = _JUDGES[tasks.get(cached.dataset(versions[0][1]).task).view]
    return found, judge(found, versions)


def _numbers(found: Common, versions: Versions) -> Judged:
    """Judge the runs by one number for each sequence."""
    models = [predicted[:, None] for predicted in found.predicted]
    task = regression.get(cached.dataset(versions[0][1]).task)
    resamples = task.bootstrap(found.observed[:, None], models, replicates=replicates_for(len(found.ids)))
    return Judged(task.card, [task.column(found.observed, predicted) for predicted in found.predicted], resamples)


def _profiles(found: Common, versions: Versions) -> Judged:
    from lib.ui.compare_runs import profiles

    return profiles.judge(found, versions)


def _classes(found: Common, versions: Versions) -> Judged:
    from lib.ui.compare_runs import classes

    return classes.judge(found, versions)


_JUDGES: dict[str, Callable[[Common, Versions], Judged]] = {
    "numbers": _numbers,
    "classes": _classes,
    "profiles": _profiles,
}
"""What judges runs, by the view of their task."""


def _entry(run_id: str, dataset_id: str, target: str) -> Entry:
    frame, dataset = store.predictions(run_id), cached.dataset(dataset_id)
    ids = frame["id"].to_numpy(dtype=np.str_)
    if len(ids) != len(dataset) or not np.array_equal(ids, dataset.ids):
        raise UserError(f"The predictions of run {run_id} are not those of its dataset any more. Train it again.")
    predicted = frame[[f"predicted:{name}" for name in dataset.target_names]].to_numpy(dtype=float)
    number = dataset.target_names.index(target)
    if dataset.classes:  # people compare probabilities; of two classes that of the positive one
        predicted, number = class_metrics.probabilities(predicted), number + (len(dataset.classes) == 2)
    return Entry(
        run_id,
        ids,
        dataset.sequences,
        frame["part"].to_numpy(dtype=np.str_),
        frame[f"observed:{target}"].to_numpy(dtype=float),
        predicted[:, number],
    )
