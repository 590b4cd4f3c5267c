"""The scores of a model of profiles: beside the mean profile, shuffled profiles and the replicate ceiling."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lib.tasks.scores import Scores
from lib.views.baselines import read_test_scores

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


def in_words(beside: Sequence[Scores]) -> list[Scores]:
    """Name what a run is compared with as it stands within a sentence."""
    known = {*MEAN.values(), *LABELS.values()}
    return [replace(one, label=one.label.lower()) if one.label in known else one for one in beside]
