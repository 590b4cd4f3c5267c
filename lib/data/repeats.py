"""Rows that share an ID: the same twice, several measurements of one gene, or a contradiction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.data import join
from lib.io.decisions import Alternative, Decision
from lib.io.table import Table

Ids = NDArray[np.object_]
Rows = NDArray[np.intp]
CHOICES = ("number", "average", "exclude")
MOST_VALUES = 12


@dataclass(frozen=True)
class Resolved:
    """Rows of which each has its own ID.

    Parameters
    ----------
    rows
        (M,) which of the N rows are kept, ascending.
    ids
        (M,) their IDs: numbered where rows that share one are all kept.
    values
        (M, C) their values: means where rows were averaged.
    groups
        (M,) number of the ID in the file, so that rows of one gene stay in one part of a split; None where every ID
        stands once.
    excluded
        Rows that are not kept, and why.
    identical, conflicting
        How many rows repeat another one, and how many contradict each other.
    """

    rows: Rows
    ids: Ids
    values: FloatArray
    groups: Rows | None = None
    excluded: pd.DataFrame = field(default_factory=lambda: join.rejected_frame([]))
    identical: int = 0
    conflicting: int = 0


def find_conflicts(ids: Ids, same: Callable[[Rows], bool]) -> tuple[Rows, Rows, dict[str, Rows]]:
    """Sort rows that share an ID into repeats of the same and contradictions.

    Parameters
    ----------
    ids
        (N,).
    same
        Says whether the rows at some positions, which share an ID, hold the same.

    Returns
    -------
    tuple
        Rows that repeat an earlier one, the row that each of them repeats, and the contradicting rows by their ID.
    """
    series = pd.Series(ids, dtype="str")
    repeated = np.flatnonzero(series.duplicated(keep=False).to_numpy())
    again: list[int] = []
    first: list[int] = []
    conflicts: dict[str, Rows] = {}
    for name, positions in series.iloc[repeated].groupby(series.iloc[repeated], sort=False).indices.items():
        rows = repeated[np.sort(positions)]
        if same(rows):
            again += rows[1:].tolist()
            first += [int(rows[0])] * (len(rows) - 1)
        else:
            conflicts[str(name)] = rows
    return np.array(again, dtype=np.intp), np.array(first, dtype=np.intp), conflicts


def decide(
    table: Table, ids: Ids, conflicts: dict[str, Rows], said: str | None, used: Sequence[str]
) -> Decision | None:
    """Make the decision what becomes of rows that share an ID and hold different values; None where there are none."""
    if not conflicts:
        return None
    rows = np.sort(np.concatenate(list(conflicts.values())))
    name, lines = next(iter(conflicts)), table.lines[next(iter(conflicts.values()))]
    listed = ", ".join(map(str, lines[:3].tolist())) + (", ..." if len(lines) > 3 else "")
    evidence = (
        f"{len(rows):,} of {len(ids):,} rows share an ID with others and hold different values, "
        f"such as {name} (lines {listed})."
    )
    options = [
        Alternative("number", f"keep every row, as {name}-1, {name}-2, ..."),
        Alternative("average", "average the values of each ID"),
        Alternative("exclude", f"use none of these {len(rows):,} rows"),
        *_by_column(table, ids, rows, used),
    ]
    if said is not None and said not in {one.value for one in options} and "=" in said:
        options.append(Alternative(said, "keep the rows with that value"))
    if said is not None and said not in {one.value for one in options}:
        listed = ", ".join([*CHOICES, "COLUMN=VALUE"])
        raise UserError(f"--repeated-ids is {said!r}; choose one of {listed}.")
    return Decision(table.name, "Repeated IDs", "repeated_ids", said, evidence, tuple(options))


def _by_column(table: Table, ids: Ids, rows: Rows, used: Sequence[str]) -> list[Alternative]:
    """Offer the columns that tell the rows of one ID apart, such as the cell type, with each of their values."""
    found: list[Alternative] = []
    names = pd.Series(ids[rows], dtype="str").to_numpy()
    for column in map(str, table.frame.columns):
        if column in used or not 2 <= table.frame[column].nunique() <= MOST_VALUES:
            continue
        cells = table.text(column)
        if pd.DataFrame({"id": names, "cell": cells.to_numpy()[rows]}).duplicated().any():
            continue
        counts = cells.value_counts()
        found += [Alternative(f"{column}={value}", f"{count:,} rows") for value, count in counts.items() if value]
    return found


def resolve(
    table: Table, lines: NDArray[np.int64], ids: Ids, values: FloatArray, *, how: str | None,
    same: Callable[[Rows], bool], cells: Callable[[str], NDArray[np.object_]],
) -> Resolved:  # fmt: skip
    """Carry out the decision: rows that repeat another one go, those that contradict are kept as decided.

    Parameters
    ----------
    table
        Where the rows come from.
    lines, ids, values
        (N,), (N,) and (N, C) of the rows.
    how
        ``number``, ``average``, ``exclude`` (as None) or ``COLUMN=VALUE``.
    same
        Says whether the rows at some positions hold the same.
    cells
        Gives the text of a column for the N rows.
    """
    kept = np.ones(len(ids), dtype=np.bool_)
    chosen: list[pd.DataFrame] = []
    if how is not None and how not in CHOICES:
        column, _, value = how.partition("=")
        found = cells(column)
        out = found != value
        reasons = [f"{column} is {cell or 'empty'}; rows with {value} were chosen" for cell in found[out]]
        chosen.append(join.left_out(table.name, lines[out], ids[out], reasons))
        kept &= ~out
    again, first, conflicts = find_conflicts(np.where(kept, ids, [f"\0{i}" for i in range(len(ids))]), same)
    if len(again):
        kept[again] = False
        reasons = [f"repeats line {line}, which is kept" for line in lines[first]]
        chosen.append(join.left_out(table.name, lines[again], ids[again], reasons))
    if not conflicts:
        excluded = (
            pd.concat([join.rejected_frame([]), *chosen], ignore_index=True) if chosen else join.rejected_frame([])
        )
        rows = np.flatnonzero(kept)
        return Resolved(rows, ids[rows], values[rows], None, excluded, len(again))
    contradicting = np.concatenate(list(conflicts.values()))
    new_ids, new_values = ids, values
    if how == "number":
        new_ids = ids.copy()
        for name, rows in conflicts.items():
            new_ids[rows] = [f"{name}-{number}" for number in range(1, len(rows) + 1)]
    elif how == "average":
        new_values = values.copy()
        for rows in conflicts.values():
            with np.errstate(invalid="ignore"):
                present = ~np.isnan(values[rows])
                sums = np.where(present, values[rows], 0.0).sum(axis=0)
                new_values[rows[0]] = np.where(present.any(axis=0), sums / np.maximum(present.sum(axis=0), 1), np.nan)
            kept[rows[1:]] = False
            reason = f"averaged with line {lines[rows[0]]}, which stands for this ID"
            chosen.append(join.left_out(table.name, lines[rows[1:]], ids[rows[1:]], reason))
    else:
        for rows in conflicts.values():
            listed = ", ".join(map(str, lines[rows[:5]].tolist())) + (", ..." if len(rows) > 5 else "")
            reason = f"the ID has several rows with different values (lines {listed})"
            chosen.append(join.left_out(table.name, lines[rows], ids[rows], reason))
        kept[contradicting] = False
    rows = np.flatnonzero(kept)
    groups = pd.factorize(pd.Series(ids[rows], dtype="str"))[0].astype(np.intp) if how == "number" else None
    excluded = pd.concat(chosen, ignore_index=True) if chosen else join.rejected_frame([])
    return Resolved(rows, new_ids[rows], new_values[rows], groups, excluded, len(again), len(contradicting))
