"""What the Predict page says of classifiers: the class, the probabilities, which classes cannot be ruled out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.tasks import class_metrics
from lib.ui.widgets.text import plain

SETS = (
    "**90% set**: the classes that cannot be ruled out; for 90% of test sequences like those of the dataset it holds "
    "the true class (split conformal set)."
)


def misses(observed: FloatArray, predicted: FloatArray) -> FloatArray:
    """Give 1 minus the probability of the true class, (1, N), from targets and predictions (N, T) each."""
    chance = class_metrics.probabilities(predicted)
    true = class_metrics.labels(observed)
    return 1 - np.take_along_axis(chance, true[:, None], axis=1).T


def columns(
    classes: Sequence[str], predicted: FloatArray, reach: float, before: str = "", unit: str = ""
) -> dict[str, Any]:
    """Give the columns of N sequences (N, T): class, probabilities, and the classes of the 90% set, by their names.

    Parameters
    ----------
    reach
        How much below 1 the probability of the true class is at most, for 90% of sequences; see ``predict_table``.
    before
        Stands before each name where several runs are asked.
    unit
        Of the predictions, such as log-odds; those of two classes are a column too, empty for none.
    """
    chance = class_metrics.probabilities(predicted)
    shown = range(1, 2) if len(classes) == 2 else range(len(classes))
    called = class_metrics.decide(predicted)
    made: dict[str, Any] = {f"{before}class": [classes[number] for number in called]}
    made |= {f"{before}P({classes[number]})": chance[:, number] for number in shown}
    made[f"{before}90% set"] = [
        " or ".join(name for name, one in zip(classes, row, strict=True) if 1 - one <= reach) or "none fits"
        for row in chance
    ]
    if unit and len(classes) == 2:
        made[f"{before}{classes[1]} ({unit})"] = predicted[:, 0]
    return made


def config(made: Sequence[str], dataset: Dataset, n: object) -> dict[str, Any]:
    """Say how these columns are written, and what they are."""
    positive = f", positive class {dataset.classes[1]}" if len(dataset.classes) == 2 else ""
    judged = plain(f"{', '.join(dataset.classes)}{positive}; judged on n = {n} test sequences")
    found: dict[str, Any] = {}
    for name in made:
        if name.endswith("class"):
            found[name] = st.column_config.TextColumn(help=f"The most probable class. {judged}")
        elif name.endswith("90% set"):
            found[name] = st.column_config.TextColumn(help="Holds the true class for 90% of test sequences")
        elif name.endswith(")") and "P(" in name:
            found[name] = st.column_config.ProgressColumn(
                format="%.3f", min_value=0.0, max_value=1.0, help=f"Predicted probability. {judged}"
            )
        else:
            found[name] = st.column_config.NumberColumn(format="%.3f", help=f"What the model gives. {judged}")
    return found
