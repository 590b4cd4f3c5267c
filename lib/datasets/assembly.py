"""The first step of an import: rows of the expression table without faults, and the sequences to join them with."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.datasets import join
from lib.datasets.draft import ImportChoices, Understood
from lib.datasets.normalise import is_summary, tell_summary
from lib.io.columns import Columns, ValueColumn
from lib.io.decisions import Decision, require
from lib.io.files import Rejected
from lib.io.layout import check_column, split_joint
from lib.io.numbers import inspect_numbers, numbers
from lib.io.sequences import Sequences, from_table, row_ids
from lib.io.table import Table

Ids = NDArray[np.object_]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """Rows of the expression table on their way into a dataset.

    Parameters
    ----------
    table, columns, counts
        Where the rows come from, the (C,) value columns, and whether these are raw counts.
    extra
        (E,) columns beside the values that the target needs.
    places, ids, values
        (N,) rows of the table, their ids, and (N, C + E) what they hold.
    sequences
        The sequences to join with.
    left_out
        Rows that were excluded so far.
    keys
        (N,) the IDs as they stand in the file, which differ from ``ids`` where rows of one ID were numbered.
    merged
        Rows that were averaged with another one: ``line``, ``id``, and ``kept``, the line of the row that stands for
        them.
    set_aside, unneeded, identical
        Rows that are no sequences; excluded rows of which nothing is lost; of these, repeats of another row.
    decisions
        What was decided on the way.
    """

    table: Table
    columns: tuple[ValueColumn, ...]
    counts: bool
    extra: tuple[ValueColumn, ...]
    places: NDArray[np.intp]
    ids: Ids
    values: FloatArray
    sequences: Sequences
    left_out: tuple[pd.DataFrame, ...] = ()
    keys: Ids = field(default_factory=lambda: np.zeros(0, dtype=object))
    merged: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"line": [], "id": [], "kept": []}))
    set_aside: int = 0
    unneeded: int = 0
    identical: int = 0
    decisions: tuple[Decision, ...] = ()
    difference: tuple[str, ...] = ()

    @property
    def lines(self) -> NDArray[np.int64]:
        """Line of each row in its file."""
        return self.table.lines[self.places]

    def only(self, kept: Mask, *left_out: pd.DataFrame) -> "Rows":
        """Keep some rows, and remember what was left out."""
        out = (*self.left_out, *(frame for frame in left_out if len(frame)))
        if kept.all():
            return replace(self, left_out=out)
        return replace(
            self,
            places=self.places[kept],
            ids=self.ids[kept],
            keys=self.keys[kept],
            values=self.values[kept],
            left_out=out,
        )

    def cells(self, column: str) -> Ids:
        """Give the text of a column of the table for each row."""
        return self.table.text(column).to_numpy(dtype=object)[self.places]


def clean_rows(understood: Understood, choices: ImportChoices) -> Rows:
    """Read the chosen columns and leave out rows with faults.

    Raises
    ------
    UserError
        If a chosen column is not in the table.
    """
    table, columns = understood.expression, choices.columns or understood.columns
    if choices.target.reads_cells:  # labels are no expression, though they may be numbers
        columns = replace(columns, values=tuple(c for c in columns.values if c.name != choices.target.column))
    names = [column.name for column in columns.values]
    all_names = [str(name) for name in table.frame.columns]
    wanted = choices.target.column
    extra: tuple[ValueColumn, ...] = ()
    if choices.target.kind == "column" and wanted not in names and wanted in table.frame.columns:
        extra = (ValueColumn(wanted, None),)
    for name in [*names, *split_joint(columns.id, all_names), *split_joint(columns.sequence, all_names)]:
        check_column(table, name)
    ids = row_ids(table, columns.id)
    wanted_names = [*names, *(column.name for column in extra)]
    marks, values, faults = understood.marks, understood.values, [*understood.faults]
    same_names = wanted_names == [column.name for column in understood.columns.values]
    if not same_names:
        marks = inspect_numbers(table, wanted_names, choices.reading)
        require(marks.decisions)
    if not same_names or columns.id != understood.columns.id:  # faults are told by id
        values, faults = numbers(table, wanted_names, ids, marks)
    counts = bool(columns.values) and (understood.counts if choices.counts is None else choices.counts)
    summary = is_summary(ids)
    if counts:
        faults += _negative(table, columns.values, ids, values)
    no_id = np.flatnonzero(ids == "")
    faults += [Rejected(table.name, int(table.lines[row]), "", columns.id, "no ID", "an ID") for row in no_id]
    bad = [fault.line for fault in faults if fault.line is not None]
    kept = ~np.isin(table.lines, np.array(bad, dtype=np.int64))
    summary = summary & kept
    sequences = _sequences(understood, choices, columns)
    known_faults = set(table.rejected) if sequences.table is table else set()
    at_summary = set(table.lines[summary].tolist()) if sequences.table is table else set()
    others = [fault for fault in sequences.rejected if fault not in known_faults and fault.line not in at_summary]
    rows = Rows(
        table,
        columns.values,
        counts,
        extra,
        np.arange(len(table)),
        ids,
        values,
        sequences,
        keys=ids,
        set_aside=int(summary.sum()),
        decisions=tuple(tell_summary(table.name, ids[summary])),
        difference=columns.difference,
    )
    return rows.only(kept & ~summary, join.tabulate_rejected([*table.rejected, *faults, *others]))


def _sequences(understood: Understood, choices: ImportChoices, columns: Columns) -> Sequences:
    """Take the sequences as they were understood, or from the columns that were chosen."""
    read, table = understood.sequences, understood.sequences.table
    if table is not None and table is understood.expression:
        column = columns.sequence or read.column
        if (columns.id, column) != (read.id_column, read.column):
            read = from_table(table, id_column=columns.id, column=column, reading=choices.reading)
    elif table is not None and choices.sequence_columns is not None:
        identifier, column = choices.sequence_columns
        for name in (identifier, column):
            check_column(table, name)
        read = from_table(table, id_column=identifier, column=column, reading=choices.reading)
    return read.without_ambiguous() if choices.ambiguity == "reject" else read


def _negative(table: Table, columns: tuple[ValueColumn, ...], ids: Ids, values: FloatArray) -> list[Rejected]:
    needed = "a count of 0 or more"
    return [
        Rejected(table.name, int(table.lines[row]), str(ids[row]), columns[at].name, f"{values[row, at]:g}", needed)
        for row, at in np.argwhere(values[:, : len(columns)] < 0)
    ]
