"""What is said of how a model learned where there is no learning curve."""

from collections.abc import Mapping
from typing import Any


def explain_missing_curve(payload: Mapping[str, Any], metrics: Mapping[str, Any], label: str) -> str:
    """Say in a clause why a run has no learning curve.

    Parameters
    ----------
    payload, metrics
        Of the run.
    label
        Name of its model.
    """
    if "members" in payload:
        return "an ensemble learns nothing itself; the learning curves are those of its members"
    if "blend" in metrics:
        return "its members were trained one after the other, and what each of them gave is shown with their weights"
    return f"{label} is solved in one step"
