"""The scores of a model of profiles: beside the mean profile, shuffled profiles and the replicate ceiling."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lib import tasks
from lib.analysis.baselines import read_test_scores
from lib.datasets.dataset import Dataset, PartName
from lib.tasks import profile
from lib.tasks.base import Prediction
from lib.tasks.scores import Scores

if TYPE_CHECKING:
    import pandas as pd

SHUFFLED, CEILING = "shuffled", "replicates"
MEAN = {"Mean": "Mean profile"}
"""What the model that predicts the mean is called here, by its name elsewhere."""
LABELS = {SHUFFLED: "Shuffled", CEILING: "Replicate ceiling"}


def read_profile_scores(metrics: Mapping[str, Any], labels: Mapping[str, str]) -> list[Scores]:
    """Read the scores on the test part of a run, of its baselines, of shuffled profiles and of replicates.

    Parameters
    ----------
    metrics
        What ``metrics.json`` of the run holds; shuffled profiles and replicates are read where it has them.
    labels
        The run's model and its baselines; see ``label_models``.
    """
    models = read_test_scores(metrics, {name: MEAN.get(label, label) for name, label in labels.items()})
    others = {name: label for name, label in LABELS.items() if metrics.get(name)}
    return models + [
        Scores(label, metrics[name]["test"], metrics[name].get("intervals", {}).get("test", {}))
        for name, label in others.items()
    ]


def compute_profile_scores(
    dataset: Dataset,
    part: PartName,
    predictions: "pd.DataFrame",
    shares: Mapping[str, NDArray[np.float32]],
    labels: Mapping[str, str],
) -> list[Scores]:
    """Compute the same on a part, of the run and of those baselines that predict profiles.

    There are no intervals on the training part, where they would say nothing about new windows.

    Parameters
    ----------
    predictions
        What the run and its baselines predict for every window of the dataset.
    shares
        The share of the counts at each base that each model predicts, (N, T, L).
    labels
        The run's model and its baselines; see ``label_models``.
    """
    task, rows, wide = tasks.get(dataset.task), dataset.rows(part), part != "train"
    known = {name: label for name, label in labels.items() if name in shares}
    models = {MEAN.get(label, label): _predict(dataset, predictions, shares, name) for name, label in known.items()}
    models[LABELS[SHUFFLED]] = profile.predict_shuffled(dataset)
    found = [
        Scores(label, task.scores(dataset, rows, one), task.intervals(dataset, rows, one) if wide else {})
        for label, one in models.items()
    ]
    between = profile.ceiling(dataset, rows)
    if between is not None:
        found.append(Scores(LABELS[CEILING], between["test"], between["intervals"]["test"] if wide else {}))
    return found


def _predict(
    dataset: Dataset, predictions: "pd.DataFrame", shares: Mapping[str, NDArray[np.float32]], name: str
) -> Prediction:
    values = predictions[[f"{name}:{target}" for target in dataset.target_names]].to_numpy(dtype=float)
    return Prediction(values, shares[name].astype(np.float64))


def in_words(beside: Sequence[Scores]) -> list[Scores]:
    """Name what a run is compared with as it stands within a sentence."""
    known = {*MEAN.values(), *LABELS.values()}
    return [replace(one, label=one.label.lower()) if one.label in known else one for one in beside]
