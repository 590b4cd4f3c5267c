"""Judge a finished run again from its saved model, and say whether the numbers are those that were kept."""

from typing import Any

import numpy as np

from lib import tasks
from lib.core.errors import UserError
from lib.core.progress import Progress, Silent
from lib.datasets import leakage
from lib.jobs import ray_map
from lib.report.context import gather
from lib.store import datasets
from lib.store.fitted import load_fitted
from lib.tasks.metrics import plain


def evaluate(run_id: str, *, progress: Progress | None = None) -> dict[str, Any]:
    """Predict the whole dataset with the saved model and compute the metrics anew.

    Returns
    -------
    dict[str, Any]
        ``run``; ``metrics`` with ``test``, ``validation`` and ``intervals``; ``kept``, the same numbers of
        ``metrics.json``; ``same``, whether all are equal to the last digit; ``largest_difference`` of the metrics,
        relative to the kept ones, and ``largest_prediction_difference``, in the unit of the target; ``leakage``, how
        many sequences have close neighbours in another part.

    Raises
    ------
    UserError
        If the run is not finished, or its model is missing or damaged.
    """
    context = gather(run_id)
    dataset, kept = context.dataset, context.metrics
    task, listener = tasks.get(dataset.task), progress or Silent()
    sequences = dataset.sequences.tolist()
    predicted, _ = ray_map.predict(run_id, sequences, progress=progress)
    whole = task.prediction(load_fitted(run_id), sequences, predicted, listener)
    test, held = dataset.rows("test"), dataset.rows("validation")
    found = plain(
        {
            "test": task.scores(dataset, test, whole),
            "validation": task.scores(dataset, held, whole),
            "intervals": task.intervals(dataset, test, whole),
        }
    )
    before = plain({"test": kept["test"], "validation": kept["validation"], "intervals": kept["intervals"]["test"]})
    columns = [f"predicted:{name}" for name in dataset.target_names]
    apart = np.abs(context.predictions[columns].to_numpy(dtype=float) - predicted)
    return {
        "run": run_id,
        "metrics": found,
        "kept": before,
        "same": _comparable(found) == _comparable(before),
        "largest_difference": _largest(found, before),
        "largest_prediction_difference": float(apart.max(initial=0.0)),
        "leakage": leakage.describe(context.leakage),
    }


def evaluate_elsewhere(run_id: str, dataset_id: str, *, progress: Progress | None = None) -> dict[str, Any]:
    """Judge a run by all sequences of another dataset, an external test set.

    Returns
    -------
    dict[str, Any]
        ``run``, ``dataset``, ``metrics`` of all its sequences with n, their ``intervals``; ``copies``, how many of the
        sequences stand in the training or validation part of the run, which are left out; ``close_neighbours``, how
        many of those ``compared`` are similar to one of them (``lib.datasets.leakage``).

    Raises
    ------
    UserError
        If the run is not finished, the dataset is gone or its own, has another task, unit, other classes or, where
        there are several, other targets, or nothing is left of it.
    """
    context = gather(run_id)
    own, other = context.dataset, datasets.load(dataset_id)
    if other.id == own.id:
        raise UserError(
            "This is the dataset of the run itself; its test part is judged on Results. Choose another one."
        )
    for what, mine, theirs in (
        ("task", own.task, other.task),
        ("units", own.target_units, other.target_units),
        ("classes", own.classes, other.classes),
        ("targets", own.target_names[1:] and own.target_names, other.target_names[1:] and other.target_names),
    ):
        if mine != theirs:
            raise UserError(
                f"The {what} of the run ({mine}) and of {other.name} ({theirs}) differ, so its predictions cannot be "
                "compared with what was measured there. Choose a dataset with the same target."
            )
    task, listener = tasks.get(own.task), progress or Silent()
    seen = {sequence for part in ("train", "validation") for sequence in own.sequences[own.rows(part)].tolist()}
    rows = np.array([row for row, text in enumerate(other.sequences.tolist()) if text not in seen], dtype=np.intp)
    if not len(rows):
        raise UserError(f"All sequences of {other.name} were learned from, so none is left to judge by.")
    sequences = other.sequences.tolist()
    predicted, _ = ray_map.predict(run_id, sequences, progress=progress)
    whole = task.prediction(load_fitted(run_id), sequences, predicted, listener)
    learned = own.sequences[own.parts != "test"]
    parts = np.repeat(["train", "test"], [len(learned), len(rows)])
    close = leakage.measure(np.concatenate([learned, other.sequences[rows]]), parts)["test"]
    return {
        "run": run_id,
        "dataset": other.id,
        "metrics": plain(task.scores(other, rows, whole)),
        "intervals": plain(task.intervals(other, rows, whole)),
        "copies": len(other) - len(rows),
        "close_neighbours": close["train"]["close_neighbours"],
        "compared": close["compared"],
    }


def _comparable(metrics: dict[str, Any]) -> list[Any]:
    names = sorted(metrics["intervals"])
    return [metrics[part].get(name) for part in ("test", "validation", "intervals") for name in names]


def _largest(found: dict[str, Any], before: dict[str, Any]) -> float:
    """Give the largest difference of a metric, relative to what was kept; infinite where only one is defined."""
    largest = 0.0
    for new, old in zip(_numbers(found), _numbers(before), strict=True):
        if (new is None) != (old is None):
            return float("inf")
        if new is not None and old is not None:
            largest = max(largest, abs(new - old) / max(abs(old), 1e-12))
    return largest


def _numbers(metrics: dict[str, Any]) -> list[float | None]:
    flat: list[float | None] = []
    for item in _comparable(metrics):
        flat += item if isinstance(item, list) else [item]
    return flat
