"""The first steps of an import: rows without faults, each id once, joined with its sequence, on the log2 scale."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.data import join
from lib.data.draft import ImportChoices, Understood
from lib.data.normalise import log2_counts
from lib.io.columns import Columns, ValueColumn
from lib.io.files import Rejected
from lib.io.numbers import numbers
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
        What was left out so far.
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

    @property
    def lines(self) -> NDArray[np.int64]:
        """Line of each row in its file."""
        return self.table.lines[self.places]

    def only(self, kept: Mask, *left_out: pd.DataFrame) -> "Rows":
        """Keep some rows, and remember what was left out."""
        out = (*self.left_out, *(frame for frame in left_out if len(frame)))
        if kept.all():
            return replace(self, left_out=out)
        return replace(self, places=self.places[kept], ids=self.ids[kept], values=self.values[kept], left_out=out)


@dataclass(frozen=True)
class Joined:
    """Rows that have values and a sequence.

    Parameters
    ----------
    rows
        The rows, their values on the log2 scale.
    at
        (N,) place of each row's sequence in ``rows.sequences``.
    raw
        (N, C + E) the values as they stand in the file.
    report
        How many rows went where.
    normalisation
        What was done to the values, as JSON facts.
    """

    rows: Rows
    at: NDArray[np.intp]
    raw: FloatArray
    report: join.JoinReport
    normalisation: Mapping[str, Any]

    @property
    def sequences(self) -> Ids:
        """Sequence of each row."""
        return self.rows.sequences.sequences[self.at]

    def only(self, kept: Mask, left_out: pd.DataFrame) -> "Joined":
        """Keep some rows, and remember what was left out."""
        return replace(self, rows=self.rows.only(kept, left_out), at=self.at[kept], raw=self.raw[kept])


def clean_rows(understood: Understood, choices: ImportChoices) -> Rows:
    """Read the chosen columns and leave out rows with faults.

    Raises
    ------
    UserError
        If a chosen column is not in the table.
    """
    table, columns = understood.expression, choices.columns or understood.columns
    if choices.target.kind == "class":  # labels are no expression, though they may be numbers
        columns = replace(columns, values=tuple(c for c in columns.values if c.name != choices.target.column))
    names = [column.name for column in columns.values]
    wanted = choices.target.column
    extra: tuple[ValueColumn, ...] = ()
    if choices.target.kind == "column" and wanted not in names and wanted in table.frame.columns:
        extra = (ValueColumn(wanted, None),)
    for name in [*names, *filter(None, [columns.id, columns.sequence])]:
        if name not in table.frame.columns:
            known = ", ".join(map(str, table.frame.columns))
            raise UserError(f"{table.name} has no column {name!r}; choose one of {known}.")
    ids = row_ids(table, columns.id)
    values, faults = numbers(table, [*names, *(column.name for column in extra)], ids)
    counts = bool(columns.values) and (understood.counts if choices.counts is None else choices.counts)
    if counts:
        faults += _negative(table, columns.values, ids, values)
    no_id = np.flatnonzero(ids == "")
    faults += [Rejected(table.name, int(table.lines[row]), "", columns.id, "no id", "an id") for row in no_id]
    bad = [fault.line for fault in faults if fault.line is not None]
    kept = ~np.isin(table.lines, np.array(bad, dtype=np.int64))
    sequences = _sequences(understood, choices, columns)
    known_faults = set(table.rejected) if sequences.table is table else set()
    others = [fault for fault in sequences.rejected if fault not in known_faults]
    rows = Rows(table, columns.values, counts, extra, np.arange(len(table)), ids, values, sequences)
    return rows.only(kept, join.rejected_frame([*table.rejected, *faults, *others]))


def _sequences(understood: Understood, choices: ImportChoices, columns: Columns) -> Sequences:
    """Take the sequences as they were understood, or from the columns that were chosen."""
    read, table = understood.sequences, understood.sequences.table
    if table is not None and table is understood.expression:
        column = columns.sequence or read.column
        if (columns.id, column) != (read.id_column, read.column):
            read = from_table(table, id_column=columns.id, column=column)
    elif table is not None and choices.sequence_columns is not None:
        identifier, column = choices.sequence_columns
        for name in (identifier, column):
            if name not in table.frame.columns:
                known = ", ".join(map(str, table.frame.columns))
                raise UserError(f"{table.name} has no column {name!r}; choose one of {known}.")
        read = from_table(table, id_column=identifier, column=column)
    return read.without_ambiguous() if choices.ambiguity == "reject" else read


def _negative(table: Table, columns: tuple[ValueColumn, ...], ids: Ids, values: FloatArray) -> list[Rejected]:
    needed = "a count of 0 or more"
    return [
        Rejected(table.name, int(table.lines[row]), str(ids[row]), columns[at].name, f"{values[row, at]:g}", needed)
        for row, at in np.argwhere(values[:, : len(columns)] < 0)
    ]


def joined(rows: Rows, choices: ImportChoices) -> Joined:
    """Keep each id once, set spike-ins apart, find each row's sequence and normalise.

    Raises
    ------
    DataError
        If no id stands in both files.
    """
    table, sequences = rows.table, rows.sequences
    together = sequences.table is table
    if together:
        rows = rows.only(np.isin(rows.lines, sequences.lines))
    beside = np.searchsorted(sequences.lines, rows.lines) if together else np.zeros(len(rows.ids), dtype=np.intp)
    texts, values = sequences.sequences[beside], rows.values
    ours = join.unique(table.name, rows.ids, rows.lines, lambda at: _same(values[at]) and len(set(texts[at])) == 1)
    rows, beside = rows.only(ours.kept, ours.left_out), beside[ours.kept]
    spikes = _is_spike(rows.ids, choices.spike_prefix)
    spiked = rows.values[spikes][:, : len(rows.columns)]
    rows, beside = rows.only(~spikes), beside[~spikes]
    values, normalisation = _normalised(rows, spiked, choices)
    theirs = None if together else _unique_sequences(sequences)
    matched, at = (np.ones(len(rows.ids), dtype=np.bool_), beside) if theirs is None else _matched(rows, theirs)
    raw = rows.values[matched]
    rows = replace(rows, values=values)
    alone: tuple[pd.DataFrame, ...] = ()
    if theirs is not None:
        alone = _alone(rows, matched, at, theirs, choices.spike_prefix)
    report = join.JoinReport(
        expression_rows=len(table) + len(table.rejected),
        sequence_rows=len(table) + len(table.rejected) if together else len(sequences) + len(sequences.rejected),
        matched=int(matched.sum()),
        only_expression=len(alone[0]) if alone else 0,
        only_sequences=len(alone[1]) if alone else 0,
        identical_duplicates=ours.identical + (theirs.identical if theirs else 0),
        conflicting_duplicates=ours.conflicting + (theirs.conflicting if theirs else 0),
        spike_ins=int(spikes.sum()),
        rejected=0,
    )
    duplicates = (theirs.left_out,) if theirs else ()
    return Joined(rows.only(matched, *duplicates, *alone), at, raw, report, normalisation)


def _same(values: FloatArray) -> bool:
    return bool(((values == values[0]) | (np.isnan(values) & np.isnan(values[0]))).all())


def _is_spike(ids: Ids, prefix: str) -> Mask:
    if not prefix:
        return np.zeros(len(ids), dtype=np.bool_)
    names = pa.array(ids, type=pa.large_string())
    return np.asarray(pc.starts_with(names, prefix).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _unique_sequences(sequences: Sequences) -> join.Unique:
    texts = sequences.sequences
    return join.unique(sequences.name, sequences.ids, sequences.lines, lambda at: len(set(texts[at])) == 1)


def _matched(rows: Rows, theirs: join.Unique) -> tuple[Mask, NDArray[np.intp]]:
    """Find which rows have a sequence, and where it is."""
    kept = np.flatnonzero(theirs.kept)
    names = rows.sequences.ids[kept]
    found = join.match(rows.ids, names)
    if not (found >= 0).any():
        raise join.no_match((rows.table.name, rows.ids), (rows.sequences.name, names))
    return found >= 0, kept[found[found >= 0]]


def _alone(
    rows: Rows, matched: Mask, at: NDArray[np.intp], theirs: join.Unique, prefix: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List sound rows of either file without a partner; a partner that was itself left out is named."""
    sequences = rows.sequences
    spare = theirs.kept.copy()
    spare[at] = False
    spare &= ~_is_spike(sequences.ids, prefix)
    gone = pd.concat([*rows.left_out, theirs.left_out], ignore_index=True)
    lonely = join.unmatched(rows.table.name, rows.lines[~matched], rows.ids[~matched], "sequence", sequences.name, gone)
    unused = join.unmatched(
        sequences.name, sequences.lines[spare], sequences.ids[spare], "values", rows.table.name, gone
    )
    return lonely, unused


def _normalised(rows: Rows, spikes: FloatArray, choices: ImportChoices) -> tuple[FloatArray, dict[str, Any]]:
    """Bring values to the log2 scale: from counts, or as they are."""
    width = len(rows.columns)
    if not rows.counts or not width or not len(rows.ids):
        return rows.values, {"counts": False, "method": "as given", "spike_ins": len(spikes)}
    made = log2_counts(rows.values[:, :width], spikes if len(spikes) else None, pseudo_count=choices.pseudo_count)
    factors = {column.name: float(factor) for column, factor in zip(rows.columns, made.size_factors, strict=True)}
    facts = {"counts": True, "method": made.method, "pseudo_count": choices.pseudo_count, "spike_ins": len(spikes)}
    return np.hstack([made.values, rows.values[:, width:]]), {**facts, "size_factors": factors}
