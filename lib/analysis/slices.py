"""How right models are on parts of the test sequences: by a property such as GC content, or by a yes or no.

A slice with fewer than ``FEWEST`` sequences is listed with its n, and not scored: its interval would mean nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.analysis.correlation import groups_of
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.tasks.base import Prediction, Task
from lib.tasks.bootstrap import intervals
from lib.tasks.regression import Regression

FEWEST = 20
"""Sequences that a slice needs to be scored."""
GROUPS = 4
"""Slices that a number is cut into at most."""
REPLICATES = 1000
_MOST_DRAWS = 10_000_000
_COLUMNS = ("slice", "n", "share", "model", "metric", "value", "low", "high")


@dataclass(frozen=True)
class Slice:
    """Some of N sequences.

    Parameters
    ----------
    label
        What they have in common, for people.
    rows
        (n,) their row numbers, ascending.
    """

    label: str
    rows: NDArray[np.intp]

    @property
    def enough(self) -> bool:
        """Say whether it has enough sequences to be scored."""
        return len(self.rows) >= FEWEST


def by_value(
    values: FloatArray, write: Callable[[float], str], *, unit: str = "", groups: int = GROUPS, fewest: int = FEWEST
) -> list[Slice]:
    """Cut N sequences by a number into up to ``groups`` slices of about equal size, ascending.

    Sequences of one value stay together; one slice is left where all have the same value.

    Parameters
    ----------
    values
        (N,) the number of each sequence, such as its length in nt.
    write
        Writes such a number, without its unit.
    unit
        Stands behind each label.
    fewest
        Neighbours are put together until a slice has so many sequences.

    >>> [(part.label, part.rows.tolist()) for part in by_value(np.array([3.0, 1, 2, 1]), "{:g}".format, fewest=2)]
    [('1', [1, 3]), ('2 to 3', [0, 2])]
    """
    if not len(values):
        return []
    group = groups_of(values, groups=groups, fewest=fewest)
    parts = []
    for number in range(int(group.max()) + 1):
        rows = np.flatnonzero(group == number)
        low, high = write(float(values[rows].min())), write(float(values[rows].max()))
        parts.append(Slice((low if low == high else f"{low} to {high}") + unit, rows))
    return parts


def by_answer(answers: NDArray[np.bool_], *, yes: str, no: str) -> list[Slice]:
    """Cut N sequences by a yes or no, (N,); a slice may be empty.

    >>> [(part.label, part.rows.tolist()) for part in by_answer(np.array([True, False, True]), yes="in", no="out")]
    [('in', [0, 2]), ('out', [1])]
    """
    return [Slice(yes, np.flatnonzero(answers)), Slice(no, np.flatnonzero(~answers))]


def replicates_for(rows: int) -> int:
    """Give how many resamples are drawn of so many sequences: 1,000, and fewer above 10,000 sequences, at least 200.

    >>> replicates_for(1232), replicates_for(25_000), replicates_for(1_000_000)
    (1000, 400, 200)
    """
    return int(np.clip(_MOST_DRAWS // max(rows, 1), 200, REPLICATES))


def score_slices(
    task: Regression,
    slices: Sequence[Slice],
    observed: FloatArray,
    models: Mapping[str, FloatArray],
    *,
    metrics: Sequence[str],
) -> pd.DataFrame:
    """Score models on each slice, with 95% bootstrap intervals; all models of a slice see the same resamples.

    Parameters
    ----------
    slices
        Their row numbers are those of the arrays.
    observed
        (N,) in the unit of the target.
    models
        (N,) predictions by name.
    metrics
        Those that are wanted.

    Returns
    -------
    pd.DataFrame
        One row for each slice, model and metric: ``slice``, ``n``, ``share`` of the N sequences, ``model``, ``metric``,
        ``value``, ``low``, ``high``; NaN where a slice has too few sequences or a metric is not defined.
    """
    rows = []
    nothing = dict.fromkeys(metrics, float("nan"))
    for part in slices:
        y = observed[part.rows]
        predicted = [model[part.rows] for model in models.values()]
        wide: list[dict[str, tuple[float, float]]] = [{} for _ in models]
        if part.enough:
            columns = [f[:, None] for f in predicted]
            drawn = task.bootstrap(y[:, None], columns, replicates=replicates_for(len(y)), wanted=metrics)
            wide = [intervals(of) for of in drawn]
        for name, f, ends in zip(models, predicted, wide, strict=True):
            found = task.column(y, f) if part.enough else nothing
            for metric in metrics:
                low, high = ends.get(metric, (float("nan"), float("nan")))
                share = len(part.rows) / max(len(observed), 1)
                rows.append((part.label, len(part.rows), share, name, metric, found[metric], low, high))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def score_slices_by_task(
    task: Task,
    dataset: Dataset,
    slices: Sequence[Slice],
    models: Mapping[str, Prediction],
    *,
    metrics: Sequence[str],
    of: int,
) -> pd.DataFrame:
    """Score models on each slice as their task does, with 95% intervals.

    Parameters
    ----------
    slices
        Their row numbers are those of the dataset.
    models
        What each predicts for the whole dataset, by name.
    metrics
        Those that are wanted, of those that the task knows.
    of
        How many sequences the slices were cut from.

    Returns
    -------
    pd.DataFrame
        As ``score_slices`` gives it.
    """
    rows = []
    nothing = (float("nan"), float("nan"))
    for part in slices:
        for name, predicted in models.items():
            found = task.scores(dataset, part.rows, predicted) if part.enough else {}
            ends = task.intervals(dataset, part.rows, predicted) if part.enough else {}
            for metric in metrics:
                value, (low, high) = found.get(metric, float("nan")), ends.get(metric, nothing)
                rows.append((part.label, len(part.rows), len(part.rows) / max(of, 1), name, metric, value, low, high))
    return pd.DataFrame(rows, columns=list(_COLUMNS))
