"""Bring the values of an import to the log2 scale, and take differences of conditions on it."""

from dataclasses import replace
from typing import Any

import numpy as np

from lib.core.arrays import FloatArray, mean_present
from lib.core.errors import UserError
from lib.datasets.assembly import Rows
from lib.datasets.draft import ImportChoices
from lib.datasets.normalise import log2_counts
from lib.io.columns import ValueColumn


def normalise(rows: Rows, spikes: FloatArray, choices: ImportChoices) -> tuple[FloatArray, dict[str, Any]]:
    """Bring values to the log2 scale: from counts, or as they are."""
    width = len(rows.columns)
    if not rows.counts or not width or not len(rows.ids):
        return rows.values, {"counts": False, "method": "as given", "spike_ins": len(spikes)}
    made = log2_counts(rows.values[:, :width], spikes if len(spikes) else None, pseudo_count=choices.pseudo_count)
    factors = {column.name: float(factor) for column, factor in zip(rows.columns, made.size_factors, strict=True)}
    facts = {"counts": True, "method": made.method, "pseudo_count": choices.pseudo_count, "spike_ins": len(spikes)}
    return np.hstack([made.values, rows.values[:, width:]]), {**facts, "size_factors": factors}


def difference_of_conditions(rows: Rows, raw: FloatArray) -> tuple[Rows, FloatArray]:
    """Take one condition minus another at each time that both have, means over replicates on the log2 scale."""
    if not rows.difference:
        return rows, raw
    first, second = rows.difference
    made: list[FloatArray] = []
    columns: list[ValueColumn] = []
    width = len(rows.columns)
    for hours in dict.fromkeys(column.hours for column in rows.columns):
        sides = [
            [place for place, column in enumerate(rows.columns) if column.hours == hours and column.condition == side]
            for side in (first, second)
        ]
        if all(sides):
            means = [mean_present(rows.values[:, places], axis=1) for places in sides]
            made.append(means[0] - means[1])
            columns.append(ValueColumn(f"{first}-{second} {hours:g}h", hours))
    if not made:
        raise UserError(f"{first} and {second} have no time in common, so there is no difference; choose one of them.")
    values = np.hstack([np.stack(made, axis=1), rows.values[:, width:]])
    return replace(rows, columns=tuple(columns), values=values, counts=False), values
