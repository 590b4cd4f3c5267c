"""What a run is compared with: its baseline models in one order and by one name each, and the noise ceiling."""

from collections.abc import Mapping
from typing import Any

from lib.tasks.scores import Scores

PREDICTED = "predicted"
"""Column of the run's own model."""
ORDER = ("kmer-ridge", "kmer-logistic", "kmer-poisson", "gc-length", "mean")
"""Baselines, the strongest kind first; others follow by their names."""


def label_models(metrics: Mapping[str, Any], *, model: str, label: str) -> dict[str, str]:
    """Name the run's model and then its baselines, the strongest kind first, by the columns of the predictions.

    A baseline that is the very model that was trained, known by scores that are all the same, is left out; one of the
    same kind with other settings is called ``(defaults)``, so that no two share a name.

    Parameters
    ----------
    metrics
        What ``metrics.json`` of the run holds.
    model, label
        Model of the run: its name in the registry, and its name for people.
    """
    known = dict(metrics.get("baselines", {}))
    if model in known and known[model]["test"] == metrics["test"] and metrics["test"].get("n", 1):
        del known[model]
    names = [name for name in ORDER if name in known] + sorted(set(known) - set(ORDER))
    labels = {name: str(known[name]["label"]) for name in names}
    return {PREDICTED: label} | {name: f"{one} (defaults)" if one == label else one for name, one in labels.items()}


def read_test_scores(metrics: Mapping[str, Any], labels: Mapping[str, str], *, rows: str = "test") -> list[Scores]:
    """Read scores with their intervals from ``metrics.json``, in the order of ``labels``.

    Parameters
    ----------
    labels
        The run's model and its baselines; see ``label_models``.
    rows
        Key of what was scored: the test part, or its sequences without duplicates.
    """
    stored = {PREDICTED: metrics, **metrics.get("baselines", {})}
    return [
        Scores(label, stored[name][rows], stored[name].get("intervals", {}).get(rows, {}))
        for name, label in labels.items()
        if name in stored
    ]


def read_ceiling(metrics: Mapping[str, Any], *, targets: int) -> tuple[float, str] | None:
    """Read the R2 that noise allows and where it was measured; None where unknown or with several targets."""
    ceiling = metrics.get("ceiling")
    if not ceiling or targets != 1:
        return None
    return float(ceiling["r2"]), str(ceiling.get("source", ""))
