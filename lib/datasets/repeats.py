"""Rows that share an ID: the same twice, several measurements of one gene, or a contradiction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray, mean_present
from lib.core.errors import UserError
from lib.datasets import join
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
    excluded
        Rows that are not kept, and why.
    merged
        Rows that were averaged with one that is kept.
    identical, conflicting
        How many rows repeat another one, and how many contradict each other.
    unneeded
        Excluded rows of which nothing is lost: repeats, and rows that the user did not choose.
    """

    rows: Rows
    ids: Ids
    values: FloatArray
    excluded: pd.DataFrame
    merged: pd.DataFrame
    identical: int = 0
    conflicting: int = 0
    unneeded: int = 0


def decide(
    table: Table,
    lines: NDArray[np.int64],
    ids: Ids,
    conflicts: Mapping[str, Rows],
    said: str | None,
    cells: Callable[[str], Ids],
    used: Sequence[str],
) -> Decision | None:
    """Make the decision what becomes of rows that share an ID and hold different values; None where there are none.

    Parameters
    ----------
    table
        Where the rows come from.
    lines, ids
        (N,) of the rows.
    conflicts
        Rows that contradict each other, by their ID.
    said
        What the user decided, None where nobody asked.
    cells
        Gives the text of a column for the N rows.
    used
        Columns that hold IDs, sequences and values, and so tell no rows apart.
    """
    if not conflicts:
        return None
    rows = np.sort(np.concatenate(list(conflicts.values())))
    name, first = next(iter(conflicts.items()))
    listed = ", ".join(map(str, lines[first[:3]].tolist())) + (", ..." if len(first) > 3 else "")
    evidence = (
        f"{len(rows):,} of {len(ids):,} rows share an ID with others and hold different values, "
        f"such as {name} (lines {listed})."
    )
    options = [
        Alternative("number", f"keep every row, as {name}-1, {name}-2, ..."),
        Alternative("average", "average the values of each ID"),
        Alternative("exclude", f"use none of these {len(rows):,} rows"),
        *_by_column(table, ids, rows, cells, used),
    ]
    known = {one.value for one in options}
    if said is not None and said not in known:
        column = said.partition("=")[0]
        if "=" not in said or column not in table.frame.columns:
            listed = ", ".join([*CHOICES, "COLUMN=VALUE"])
            raise UserError(f"--repeated-ids is {said!r}; choose one of {listed}, with a column of {table.name}.")
        options.append(Alternative(said, "keep the rows with that value"))
    return Decision(table.name, "Repeated IDs", "repeated_ids", said, evidence, tuple(options))


def _by_column(
    table: Table, ids: Ids, rows: Rows, cells: Callable[[str], Ids], used: Sequence[str]
) -> list[Alternative]:
    """Offer the columns that tell the rows of one ID apart, such as the cell type, with each of their values."""
    found: list[Alternative] = []
    for column in map(str, table.frame.columns):
        if column in used:
            continue
        values = cells(column)
        counts = pd.Series(values, dtype="str").value_counts()
        if not 2 <= len(counts) <= MOST_VALUES:
            continue
        if pd.DataFrame({"id": ids[rows], "cell": values[rows]}).duplicated().any():
            continue
        found += [
            Alternative(f"{column}={value}", f"keep the {count:,} rows with {column} {value}")
            for value, count in counts.items()
            if value
        ]
    return found


def resolve(
    file: str,
    lines: NDArray[np.int64],
    ids: Ids,
    values: FloatArray,
    *,
    how: str | None,
    same: Callable[[Rows], bool],
    cells: Callable[[str], Ids],
    numbers: Rows,
) -> Resolved:
    """Carry out the decision: rows that repeat another one go, those that contradict are kept as decided.

    Parameters
    ----------
    file
        Name of the file.
    lines, ids, values
        (N,), (N,) and (N, C) of the rows.
    how
        ``number``, ``average``, ``exclude`` (as None) or ``COLUMN=VALUE``.
    same
        Says whether the rows at some positions hold the same.
    cells
        Gives the text of a column for the N rows.
    numbers
        (N,) of the IDs, from ``lib.datasets.join.number``.
    """
    kept = np.ones(len(ids), dtype=np.bool_)
    excluded: list[pd.DataFrame] = []
    if how is not None and how not in CHOICES:
        column, _, value = how.partition("=")
        found = cells(column)
        kept = found == value
        reasons = [f"{column} is {cell or 'empty'}; the rows with {value} were chosen" for cell in found[~kept]]
        excluded.append(join.list_excluded(file, lines[~kept], ids[~kept], reasons))
    unneeded = int((~kept).sum())
    places = np.flatnonzero(kept)
    again, first, found_conflicts = join.find_conflicts(ids[places], lambda at: same(places[at]), numbers[places])
    if len(again):
        kept[places[again]] = False
        unneeded += len(again)
        reasons = [f"repeats line {line}, which is kept" for line in lines[places[first]]]
        excluded.append(join.list_excluded(file, lines[places[again]], ids[places[again]], reasons))
    conflicts = {name: places[rows] for name, rows in found_conflicts.items()}
    new_ids, new_values, merged = ids, values, join.tabulate_merged([])
    if how == "number" and conflicts:
        new_ids = ids.copy()
        for name, rows in conflicts.items():
            new_ids[rows] = [f"{name}-{number}" for number in range(1, len(rows) + 1)]
    elif how == "average" and conflicts:
        new_values = values.copy()
        for rows in conflicts.values():
            new_values[rows[0]] = mean_present(values[rows], axis=0)
            kept[rows[1:]] = False
        merged = join.tabulate_merged(
            [(int(lines[row]), str(ids[row]), int(lines[rows[0]])) for rows in conflicts.values() for row in rows[1:]]
        )
    else:
        for rows in conflicts.values():
            listed = ", ".join(map(str, lines[rows[:5]].tolist())) + (", ..." if len(rows) > 5 else "")
            reason = f"the ID has several rows with different values (lines {listed})"
            excluded.append(join.list_excluded(file, lines[rows], ids[rows], reason))
            kept[rows] = False
    rows = np.flatnonzero(kept)
    out = pd.concat(excluded, ignore_index=True) if excluded else join.tabulate_rejected([])
    conflicting = sum(map(len, conflicts.values()))
    if not kept.all():
        new_ids, new_values = new_ids[rows], new_values[rows]
    return Resolved(rows, new_ids, new_values, out, merged, len(again), conflicting, unneeded)
