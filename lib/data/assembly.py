"""The steps of ``lib.data.importing.build``: clean rows, join, target, dataset."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lib.core.errors import DataError, UserError
from lib.core.spec import content_id
from lib.data import join, splits, targets
from lib.data.dataset import Dataset, FloatArray
from lib.data.draft import Draft, ImportChoices, Understood
from lib.data.normalise import log2_counts
from lib.data.numbers import numbers
from lib.data.sequences import Sequences
from lib.data.tables import Rejected, Source, Table, read_table
from lib.data.targets import TargetResult
from lib.data.times import Columns, ValueColumn

Ids = NDArray[np.object_]


@dataclass(frozen=True)
class Rows:
    """Rows of the expression table on their way: (N,) each, values (N, C + E) with E columns for the target only."""

    table: Table
    columns: tuple[ValueColumn, ...]
    extra: tuple[ValueColumn, ...]
    places: NDArray[np.intp]
    ids: Ids
    values: FloatArray
    sequences: Sequences
    counts: bool
    left_out: tuple[pd.DataFrame, ...] = ()

    def lines(self) -> NDArray[np.int64]:
        """Give the line of each row."""
        return self.table.lines[self.places]

    def only(self, kept: NDArray[np.bool_], *left_out: pd.DataFrame) -> "Rows":
        """Keep some rows, and remember what was left out."""
        return replace(
            self,
            places=self.places[kept],
            ids=self.ids[kept],
            values=self.values[kept],
            left_out=(*self.left_out, *left_out),
        )


@dataclass(frozen=True)
class Joined:
    """Rows that have both expression and sequence, and how they were normalised."""

    rows: Rows
    sequences: Ids
    sequence_places: NDArray[np.intp]
    raw: FloatArray
    report: join.JoinReport
    normalisation: Mapping[str, Any]

    @property
    def ids(self) -> Ids:
        """Ids of the rows."""
        return self.rows.ids


@dataclass(frozen=True)
class Targeted:
    """Joined rows with a target that is never NaN."""

    joined: Joined
    result: TargetResult
    left_out: pd.DataFrame

    @property
    def ids(self) -> Ids:
        """Ids of the rows."""
        return self.joined.ids


def row_ids(table: Table, columns: Columns) -> Ids:
    """Give the ids of a table's rows, ``row-1``, ``row-2``, ... where it has no id column."""
    if columns.id:
        return table.text(columns.id).to_numpy(dtype=object)
    return np.array([f"row-{i}" for i in range(1, len(table) + 1)], dtype=object)


def clean_rows(understood: Understood, choices: ImportChoices) -> Rows:
    """Read the chosen columns and leave out rows with faults.

    Raises
    ------
    UserError
        If a chosen column is not in the table.
    """
    table, columns = understood.expression, choices.columns or understood.columns
    names = [column.name for column in columns.values]
    extra: tuple[ValueColumn, ...] = ()
    wanted = choices.target.column
    if choices.target.kind == "column" and wanted not in names and wanted in table.frame.columns:
        extra = (ValueColumn(wanted, None),)
    for name in [*names, *filter(None, [columns.id])]:
        if name not in table.frame.columns:
            known = ", ".join(map(str, table.frame.columns))
            raise UserError(f"{table.name} has no column {name!r}; choose one of {known}.")
    ids = row_ids(table, columns)
    values, faults = numbers(table, [*names, *(column.name for column in extra)], ids)
    counts = understood.counts if choices.counts is None else choices.counts
    if counts:
        faults += _negative(table, columns.values, ids, values)
    faults += [
        Rejected(table.name, int(table.lines[i]), "", columns.id, "no id", "an id") for i in np.flatnonzero(ids == "")
    ]
    sequences = understood.sequences
    if choices.ambiguity == "reject":
        sequences = sequences.without_ambiguous()
    rows = Rows(table, columns.values, extra, np.arange(len(table)), ids, values, sequences, counts)
    bad = {fault.line for fault in faults}
    kept = ~np.isin(table.lines, list(bad)) if bad else np.ones(len(table), dtype=np.bool_)
    same_file = sequences.table is table
    others = [fault for fault in sequences.rejected if not (same_file and fault in table.rejected)]
    return rows.only(kept, join.rejected_frame([*table.rejected, *faults]), join.rejected_frame(others))


def _negative(table: Table, columns: tuple[ValueColumn, ...], ids: Ids, values: FloatArray) -> list[Rejected]:
    return [
        Rejected(
            table.name,
            int(table.lines[row]),
            str(ids[row]),
            columns[place].name,
            f"{values[row, place]:g}",
            "a count of 0 or more",
        )
        for row, place in np.argwhere(values[:, : len(columns)] < 0)
    ]


def joined(rows: Rows, choices: ImportChoices) -> Joined:
    """Keep each id once, set spike-ins apart, find each row's sequence and normalise.

    Raises
    ------
    DataError
        If no id stands in both files.
    """
    table, sequences = rows.table, rows.sequences
    once = join.unique(table.name, rows.ids, rows.lines(), lambda at: _same(rows.values[at]))
    total = rows.places.size
    rows = rows.only(once.kept, once.left_out)
    texts = sequences.sequences
    other = join.unique(sequences.name, sequences.ids, sequences.lines, lambda at: len(set(texts[at])) == 1)
    keep = np.flatnonzero(other.kept)
    prefix = choices.spike_prefix
    spikes = (
        np.array([str(i).startswith(prefix) for i in rows.ids], dtype=np.bool_)
        if prefix
        else np.zeros(len(rows.ids), np.bool_)
    )
    spike_counts = rows.values[spikes][:, : len(rows.columns)]
    rows = rows.only(~spikes)
    found = join.match(rows.ids, sequences.ids[keep])
    both = found >= 0
    if not both.any():
        raise join.no_match((table.name, rows.ids), (sequences.name, sequences.ids[keep]))
    values, normalisation = _normalised(rows, spike_counts, choices)
    unused = np.ones(len(keep), dtype=np.bool_)
    unused[found[both]] = False
    unused &= ~np.array([bool(prefix) and str(i).startswith(prefix) for i in sequences.ids[keep]], dtype=np.bool_)
    raw = rows.values[both]
    without = join.left_out(
        table.name, rows.lines()[~both], rows.ids[~both], f"no sequence with this id in {sequences.name}"
    )
    spare = keep[unused]
    lonely = join.left_out(
        sequences.name, sequences.lines[spare], sequences.ids[spare], f"no values with this id in {table.name}"
    )
    rows = replace(rows, values=values).only(both, other.left_out, without, lonely)
    report = join.JoinReport(
        expression_rows=len(table) + len(table.rejected),
        sequence_rows=len(sequences) + len(sequences.rejected),
        matched=int(both.sum()),
        only_expression=int((~both).sum()),
        only_sequences=len(spare),
        identical_duplicates=once.identical + other.identical,
        conflicting_duplicates=once.conflicting + other.conflicting,
        spike_ins=int(spikes.sum()),
        rejected=0,
    )
    at = keep[found[both]]
    return Joined(rows, texts[at], at, raw, report, normalisation)


def _same(values: FloatArray) -> bool:
    return bool(((values == values[0]) | (np.isnan(values) & np.isnan(values[0]))).all())


def _normalised(rows: Rows, spikes: FloatArray, choices: ImportChoices) -> tuple[FloatArray, dict[str, Any]]:
    """Bring values to the log2 scale, from counts or as they are."""
    width = len(rows.columns)
    if not rows.counts or not width:
        return rows.values, {"counts": False, "method": "as given", "spike_ins": len(spikes)}
    made = log2_counts(rows.values[:, :width], spikes if len(spikes) else None, pseudo_count=choices.pseudo_count)
    factors = {column.name: float(factor) for column, factor in zip(rows.columns, made.size_factors, strict=True)}
    facts = {"counts": True, "method": made.method, "pseudo_count": choices.pseudo_count, "spike_ins": len(spikes)}
    return np.hstack([made.values, rows.values[:, width:]]), {**facts, "size_factors": factors}


def targeted(joined: Joined, choices: ImportChoices) -> Targeted:
    """Compute the target, and leave out rows for which it cannot be computed."""
    rows = joined.rows
    result = targets.compute(choices.target, rows.values, [*rows.columns, *rows.extra])
    usable = np.isfinite(result.values).all(axis=1)
    reason = f"the target {', '.join(result.names[:3])} cannot be computed: a value is missing"
    out = join.left_out(rows.table.name, rows.lines()[~usable], rows.ids[~usable], reason)
    kept = replace(
        joined,
        rows=rows.only(usable, out),
        sequences=joined.sequences[usable],
        sequence_places=joined.sequence_places[usable],
        raw=joined.raw[usable],
    )
    fits = result.fits[usable].reset_index(drop=True)
    return Targeted(kept, replace(result, values=result.values[usable], fits=fits), out)


def drafted(targeted: Targeted, understood: Understood, choices: ImportChoices) -> Draft:
    """Split, hash and describe what is left.

    Raises
    ------
    DataError
        If a target is the same for every row.
    """
    joined, result = targeted.joined, targeted.result
    rows = joined.rows
    for name, values in zip(result.names, result.values.T, strict=True):
        if values.min() == values.max():
            raise DataError(
                f"The target {name} is {values[0]:g} in all {len(values):,} rows; a model needs a target that varies. "
                "Choose another target or other columns."
            )
    width = len(rows.columns)
    parts = splits.assign(choices.split, rows.ids, joined.sequences, _split_column(joined, choices))
    rejected = pd.concat(rows.left_out, ignore_index=True) if rows.left_out else join.rejected_frame([])
    report = replace(joined.report, rejected=len(rejected))
    facts = {
        "join": asdict(report),
        "files": {kind: {"name": item.name, "sha256": item.sha256()} for kind, item in understood.sources.items()},
        "normalisation": dict(joined.normalisation),
        "columns": {
            "id": (choices.columns or understood.columns).id,
            "values": [asdict(column) for column in rows.columns],
        },
        "target": asdict(choices.target),
        "split": {**asdict(choices.split), "fractions": list(choices.split.fractions)},
        "ambiguity": choices.ambiguity,
        "ceiling": None,
    }
    if choices.simulated:
        facts["truth"] = _truth(understood, choices, set(rows.ids))
    timed = bool(width) and all(column.hours is not None for column in rows.columns)
    dataset = Dataset(
        id="",
        split_id=content_id([rows.ids.tolist(), parts.tolist()]),
        name=choices.name,
        ids=rows.ids,  # type: ignore[arg-type]
        sequences=joined.sequences,  # type: ignore[arg-type]
        targets=result.values,
        target_names=result.names,
        target_units=result.units,
        values=np.ascontiguousarray(rows.values[:, :width]),
        times=tuple(float(column.hours) for column in rows.columns if column.hours is not None) if timed else (),
        value_names=tuple(column.name for column in rows.columns),
        parts=parts,
        task=result.task,
        fits=result.fits,
        rbp=None if understood.rbp is None else understood.rbp.frame,
        pwms={} if understood.rbp is None else understood.rbp.pwms,
        simulated=choices.simulated,
        facts=facts,
    )
    counts = joined.raw[:, :width] if rows.counts else None
    return Draft(replace(dataset, id=identity(dataset)), report, rejected, understood.notes, counts)


def identity(dataset: Dataset) -> str:
    """Hash the content of a dataset: rows, targets, values, choices; neither its name nor the names of its files."""
    digest = hashlib.sha256()
    for texts in (dataset.ids, dataset.sequences, dataset.parts.astype(object)):
        array = pa.array(texts, type=pa.large_string())
        digest.update(memoryview(array.buffers()[1]))
        digest.update(memoryview(array.buffers()[2] or b""))
    for numbers_ in (dataset.targets, dataset.values):
        digest.update(repr(numbers_.shape).encode() + np.ascontiguousarray(numbers_ + 0.0).tobytes())
    if dataset.rbp is not None:
        digest.update(dataset.rbp.to_csv(index=False).encode())
    for name, matrix in sorted(dataset.pwms.items()):
        digest.update(name.encode() + np.ascontiguousarray(matrix).tobytes())
    chosen = {key: dataset.facts[key] for key in ("target", "split", "normalisation", "ambiguity")}
    return content_id(
        [
            digest.hexdigest(),
            dataset.target_names,
            dataset.target_units,
            dataset.value_names,
            dataset.times,
            dataset.simulated,
            chosen,
        ]
    )


def _split_column(joined: Joined, choices: ImportChoices) -> list[str] | None:
    """Find the column to split by in the expression table, else in the table of the sequences."""
    if choices.split.kind != "column":
        return None
    name = choices.split.column
    if name in joined.rows.table.frame.columns:
        return list(joined.rows.table.text(name).to_numpy(dtype=object)[joined.rows.places])
    other = joined.rows.sequences.table
    if other is not None and name in other.frame.columns:
        lines = joined.rows.sequences.lines[joined.sequence_places]
        return list(other.text(name).to_numpy(dtype=object)[np.searchsorted(other.lines, lines)])
    known = ", ".join(map(str, [*joined.rows.table.frame.columns, *(other.frame.columns if other else [])]))
    raise UserError(f"There is no column {name!r} to split by; the files have {known}.")


def _truth(understood: Understood, choices: ImportChoices, ids: set[str]) -> list[list[Any]]:
    """Read what was planted in simulated sequences, for the rows of the dataset."""
    source, beside = choices.truth, understood.sources["expression"].data
    if source is None and isinstance(beside, Path) and (beside.parent / "truth.tsv").is_file():
        source = Source("truth.tsv", beside.parent / "truth.tsv")
    if source is None:
        return []
    frame = read_table(source).frame
    return [
        [row.id, row.motif, int(row.start), int(row.end), float(row.effect)]
        for row in frame.itertuples()
        if row.id in ids
    ]
