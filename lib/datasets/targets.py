"""What a model shall predict: one or several numbers per sequence, from its expression at several time points."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lib.core.arrays import FloatArray, mean_present
from lib.core.errors import UserError
from lib.datasets import decay

if TYPE_CHECKING:
    from lib.io.columns import ValueColumn

LABELS: dict[str, str] = {
    "difference": "Difference of two time points",
    "decay": "Decay rate and half-life",
    "slope": "Slope over time",
    "column": "One column",
    "all": "All time points",
    "class": "Classes",
}


@dataclass(frozen=True)
class TargetChoice:
    """Which target to compute.

    Parameters
    ----------
    kind
        ``difference`` (end minus start), ``decay`` (rate of exponential decay after an onset), ``slope`` (least
        squares over all times), ``column`` (one value column), ``all`` (every time point, or every column where the
        columns are no times), ``class`` (a column of labels; see ``lib.datasets.classes``) or one of
        ``column_targets``.
    start, end
        Hours of the difference.
    per_hour
        Whether the difference is divided by the hours between start and end.
    divisor
        What else the difference is divided by, such as 2 for (6h - 1h) / 2.
    column
        Name of the value column for ``column``, of the labels for ``class``, of the cells for a column target.
    positive
        For ``class`` with two classes: the one that is 1; empty for a guess.
    """

    kind: str = "difference"
    start: float | None = 2.0
    end: float | None = 8.0
    per_hour: bool = False
    divisor: float = 1.0
    column: str = ""
    positive: str = ""

    @property
    def reads_cells(self) -> bool:
        """Whether the target is read from the cells of a column as they stand, and not from expression values."""
        return self.kind == "class" or self.kind in column_targets()

    def facts(self) -> dict[str, Any]:
        """Give the choice as JSON facts, which belong to the identity of a dataset; what is not chosen is left out."""
        return {key: value for key, value in asdict(self).items() if value or key != "positive"}


@dataclass(frozen=True)
class TargetResult:
    """Targets of N sequences.

    Parameters
    ----------
    names, units
        (T,) each.
    values
        (N, T); NaN where a target cannot be computed from the values that are there.
    fits
        N rows of extras: for ``decay`` the columns of ``lib.datasets.decay``, for ``slope`` the standard error and R2,
        for the others no columns.
    task
        Name of the task that learns them.
    classes
        The classes in the order of the dataset; none for other targets.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    values: FloatArray
    fits: pd.DataFrame
    task: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ColumnTarget:
    """A kind of target that the cells of one column hold as they stand.

    Parameters
    ----------
    label
        Its name for people.
    read
        Turns the cells of N rows and the name of their column into targets, NaN where a cell is empty.
    suits
        Says whether some cells look like such targets, so that the column is offered.
    """

    label: str
    read: Callable[[Sequence[str], str], TargetResult]
    suits: Callable[[Sequence[str]], bool]


COLUMN_TARGETS: dict[str, ColumnTarget] = {}
"""Column targets by their kind, put here by the tasks that learn them."""


def column_targets() -> Mapping[str, ColumnTarget]:
    """Give ``COLUMN_TARGETS`` of all tasks; the package of tasks lies above this one, so it is searched by name."""
    importlib.import_module("lib.tasks").TASKS.all()
    return COLUMN_TARGETS


def label_of(kind: str) -> str:
    """Name a kind of target for people."""
    return LABELS[kind] if kind in LABELS else column_targets()[kind].label


def one_number(name: str, unit: str, values: FloatArray, task: str) -> TargetResult:
    """Make the one target of a task from (N,) values."""
    return TargetResult((name,), (unit,), values[:, None], pd.DataFrame(index=range(len(values))), task)


def compute(
    choice: TargetChoice, values: FloatArray, columns: "Sequence[ValueColumn]", *, counted: int = 0
) -> TargetResult:
    """Compute the target from log2 expression (N, C) whose columns are described by (C,) ``columns``.

    Replicates of a time point are averaged on the log2 scale, over those that are not missing. The first ``counted``
    columns were counts; of others that name no time nobody knows the unit.

    Raises
    ------
    UserError
        If the columns do not hold what the target needs; the sentence lists what there is.
    """
    if values.ndim != 2 or values.shape[1] != len(columns):
        raise ValueError(f"values have shape {values.shape}, but there are {len(columns)} columns")
    if choice.kind == "column":
        return _column(choice, values, columns, counted)
    if choice.kind == "all" and not any(column.hours is not None for column in columns):
        names = tuple(column.name for column in columns)
        return _result(names, tuple(_unit(columns, at, counted) for at in range(len(names))), values)
    if choice.kind == "difference":
        return _difference(choice, values, columns)
    hours, means = by_time(values, columns)
    if choice.kind == "all":
        return _result(tuple(f"log2 {hour:g}h" for hour in hours), ("log2 expression",) * len(hours), means)
    if choice.kind == "slope":
        return _slope(hours, means)
    if choice.kind == "decay":
        fits = decay.fit(hours, means)
        return _result(("decay rate",), ("1/h",), fits[["rate"]].to_numpy(dtype=np.float64), fits)
    raise UserError(f"There is no target called {choice.kind!r}; choose one of {', '.join(LABELS)}.")


def by_time(values: FloatArray, columns: "Sequence[ValueColumn]") -> tuple[FloatArray, FloatArray]:
    """Average replicates: distinct hours (H,) ascending, and means (N, H) over the replicates that are not missing.

    Columns without a time take no part.

    Raises
    ------
    UserError
        If no column has a time.
    """
    hours = _hours(columns)
    means = np.empty((len(values), len(hours)))
    for place, hour in enumerate(hours):
        means[:, place] = _mean_at(hour, values, columns)
    return hours, means


def _mean_at(hour: float, values: FloatArray, columns: "Sequence[ValueColumn]") -> FloatArray:
    """Average the replicates of one time, (N,)."""
    replicates = [index for index, column in enumerate(columns) if column.hours == hour]
    return values[:, replicates[0]] if len(replicates) == 1 else mean_present(values[:, replicates], axis=1)


def _hours(columns: "Sequence[ValueColumn]") -> FloatArray:
    """Give the distinct hours of columns, ascending."""
    hours = np.array(sorted({column.hours for column in columns if column.hours is not None}), dtype=np.float64)
    if not len(hours):
        names = ", ".join(column.name for column in columns)
        raise UserError(
            f"No value column has a time (found {names}); this target needs times. "
            "Give the hours of the columns, or choose a single column as the target."
        )
    return hours


def _result(
    names: tuple[str, ...], units: tuple[str, ...], values: FloatArray, fits: pd.DataFrame | None = None
) -> TargetResult:
    extras = pd.DataFrame(index=range(len(values))) if fits is None else fits
    return TargetResult(names, units, values, extras, "regression" if len(names) == 1 else "multi_regression")


def _difference(choice: TargetChoice, values: FloatArray, columns: "Sequence[ValueColumn]") -> TargetResult:
    hours = _hours(columns)
    start, end = _place(hours, choice.start), _place(hours, choice.end)
    if start == end:
        raise UserError(
            f"The difference goes from {hours[start]:g}h to {hours[end]:g}h; it needs two different times. "
            f"There are {_join_hours(hours)}."
        )
    if not (np.isfinite(choice.divisor) and choice.divisor > 0):
        raise UserError(f"The difference is divided by {choice.divisor:g}; give a number above 0.")
    before, after = (_mean_at(hours[place], values, columns) for place in (start, end))
    difference = (after - before) / choice.divisor
    name, unit = f"log2 {hours[end]:g}h - {hours[start]:g}h", "log2 fold change"
    if choice.divisor != 1:
        name, unit = f"({name}) / {choice.divisor:g}", f"{unit} / {choice.divisor:g}"
    if choice.per_hour:
        difference, name, unit = difference / (hours[end] - hours[start]), f"{name}, per hour", f"{unit} per hour"
    return _result((name,), (unit,), difference[:, None])


def _place(hours: FloatArray, wanted: float | None) -> int:
    found = np.flatnonzero(np.isclose(hours, wanted)) if wanted is not None else np.array([], dtype=np.intp)
    if not len(found):
        what = "no time" if wanted is None else f"{wanted:g}h"
        raise UserError(f"The target asks for {what}, but the table has {_join_hours(hours)}. Choose two of these.")
    return int(found[0])


def _join_hours(hours: FloatArray) -> str:
    return ", ".join(f"{hour:g}h" for hour in hours)


def _slope(hours: FloatArray, means: FloatArray) -> TargetResult:
    if len(hours) < 2:
        raise UserError(f"A slope needs two or more times; the table has {_join_hours(hours)}. Choose a single column.")
    present = ~np.isnan(means)
    n = present.sum(axis=1)
    weights = present / np.maximum(n, 1)[:, None]
    filled = np.where(present, means, 0.0)
    x = np.where(present, hours - (weights @ hours)[:, None], 0.0)
    y = np.where(present, filled - (weights * filled).sum(axis=1)[:, None], 0.0)
    sxx, sxy, syy = (x * x).sum(axis=1), (x * y).sum(axis=1), (y * y).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(n >= 2, sxy / sxx, np.nan)
        residual = np.maximum(syy - slope * sxy, 0.0)
        error = np.where(n >= 3, np.sqrt(residual / (n - 2) / sxx), np.nan)
        r2 = np.where(syy > 0, 1 - residual / syy, np.nan)
    fits = pd.DataFrame({"slope": slope, "slope_error": error, "fit_r2": r2})
    return _result(("slope",), ("log2 per hour",), slope[:, None], fits)


def _unit(columns: "Sequence[ValueColumn]", at: int, counted: int) -> str:
    return "log2 expression" if at < counted or columns[at].hours is not None else "as given"


def _column(choice: TargetChoice, values: FloatArray, columns: "Sequence[ValueColumn]", counted: int) -> TargetResult:
    for index, column in enumerate(columns):
        if column.name == choice.column:
            return _result((column.name,), (_unit(columns, index, counted),), values[:, [index]])
    names = ", ".join(column.name for column in columns)
    raise UserError(f"There is no value column called {choice.column!r}; choose one of {names}.")
