"""How runs are judged on their common sequences, by the view of their task."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st

from lib import tasks
from lib.analysis.comparison import Common, Entry, common
from lib.analysis.slices import replicates_for
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.store import profiles as stored
from lib.store import runs as store
from lib.store.files import home
from lib.store.runs import Run
from lib.tasks import bootstrap, class_metrics, profile_metrics, regression
from lib.tasks.profile_card import METRICS
from lib.ui.compare_runs import classes
from lib.ui.compare_runs.data import Judged, Versions
from lib.ui.results.profiles.data import counts_of
from lib.ui.widgets import cached

OFF = "profile errors of windows (1 - Pearson r)"


def judge(found: Common, versions: Versions) -> Judged:
    """Judge K runs by the profiles of all tracks on their common windows.

    Raises
    ------
    UserError
        If a run holds no predicted profiles.
    """
    each = [
        _judged(run_id, dataset, places) for (run_id, dataset, _), places in zip(versions, found.places, strict=True)
    ]
    keys = [metric.key for metric in METRICS]
    replicates = replicates_for(len(found.ids))
    resamples = [
        bootstrap.together(
            one.observed,
            [one.predicted],
            replicates=replicates,
            metrics=keys,
            by=partial(lambda one, observed, predicted, counts, wanted: one.resampled(counts, wanted), one),
        )[0]
        for one in each
    ]
    pearson = np.stack([one.pearson for one in each])  # K, N, T
    errors = 1 - pearson[:, np.isfinite(pearson).all(axis=0)]
    tracks = cached.dataset(versions[0][1]).tracks
    caption = "Profiles and counts" + (f", mean over {len(tracks)} tracks" if len(tracks) > 1 else "")
    values = [profile_metrics.scores(one, keys) for one in each]
    return Judged(
        METRICS,
        values,
        resamples,
        errors,
        OFF,
        caption,
        each=_means(pearson),
        each_name="profile Pearson r",
    )


def _means(pearson: FloatArray) -> FloatArray:
    """Average (K, N, T) over the tracks where it is defined, (K, N)."""
    known = np.isfinite(pearson)
    total = np.where(known, pearson, 0.0).sum(axis=2)
    return np.asarray(np.where(known.any(axis=2), total / np.maximum(known.sum(axis=2), 1), np.nan))


def _judged(run_id: str, dataset_id: str, places: np.ndarray) -> profile_metrics.Judged:
    dataset, frame = cached.dataset(dataset_id), store.predictions(run_id)
    predicted = frame[[f"predicted:{name}" for name in dataset.target_names]].to_numpy(dtype=float)
    shares = stored.load(run_id)[stored.PREDICTED].astype(np.float64)
    return profile_metrics.Judged(
        counts_of(dataset)[places], shares[places], dataset.targets[places], predicted[places]
    )


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


_JUDGES: dict[str, Callable[[Common, Versions], Judged]] = {
    "numbers": _numbers,
    "classes": classes.judge,
    "profiles": judge,
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
