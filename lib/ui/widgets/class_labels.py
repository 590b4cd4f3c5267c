"""How pages speak of what is predicted: a target in its unit, or a class in log-odds with its probability beside it."""

import streamlit as st

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.store.run import Run
from lib.ui.widgets import url_widgets


def pick_target(dataset: Dataset, *, width: int = 200) -> int:
    """Draw the choice of what is explained, a target or a class, where there are several, and give its number.

    The link holds its name as ``target``.
    """
    names = dataset.target_names
    if len(names) == 1:
        return 0
    if dataset.classes:
        pairs = zip(names, dataset.target_units, strict=True)
        read = {name: f"{name} ({unit})" for name, unit in pairs}
        return names.index(url_widgets.select("Class", "target", read, width=width))
    picked = st.selectbox("Target", list(names), key="target", bind="query-params", width=width)
    return names.index(picked) if picked in names else 0


def find_unit(dataset: Dataset, target: int) -> str:
    """Give the unit of what was measured; a class is there or not, and its mean is a share."""
    return "share" if dataset.classes else dataset.target_units[target]


def true_class(dataset: Dataset, row: int) -> str:
    """Name the class of a sequence of the dataset."""
    from lib.tasks import class_metrics

    return dataset.classes[int(class_metrics.labels(dataset.targets[row : row + 1])[0])]


def chances(run: Run, dataset: Dataset, sequence: str) -> dict[str, float]:
    """Give the probability of each class by a run; empty for runs that are no classifiers.

    Raises
    ------
    UserError
        If the model cannot read the sequence.
    """
    if not dataset.classes:
        return {}
    found = _chances(str(home()), run.id, str(run.ended), sequence)[0]
    return dict(zip(dataset.classes, found.tolist(), strict=True))


@st.cache_data(max_entries=4000, show_spinner=False)
def _chances(home: str, run_id: str, ended: str, sequence: str) -> FloatArray:
    from lib.tasks import class_metrics

    return class_metrics.probabilities(load_fitted(run_id).predict([sequence]))


def write_probability(found: dict[str, float], target: str) -> str:
    """Say the probability of a class, such as ``P(promoter) 0.812``; empty without classes.

    >>> write_probability({"none": 0.2, "promoter": 0.8}, "promoter")
    'P(promoter) 0.800'
    """
    return f"P({target}) {found[target]:.3f}" if target in found else ""
