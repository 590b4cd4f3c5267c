"""Parquet files: columns of numbers, text, dates and truths; others and pandas' row numbers are set aside and told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from lib.io import sniff
from lib.io.decisions import Decision, Reading
from lib.io.file_format import TABLE_FORMATS
from lib.io.source import fault
from lib.io.table import Table

MOST_CELLS = 60_000_000
LARGEST = 2**30
"""Bytes of text that a file may hold."""
SHOWN = 8
_EXACT = 2**53


@TABLE_FORMATS.add
@dataclass(frozen=True)
class Parquet:
    """A Parquet file."""

    name: ClassVar[str] = "parquet"
    label: ClassVar[str] = "Parquet"
    is_text: ClassVar[bool] = False
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look at the first four bytes."""
        return data.startswith(b"PAR1")

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read all rows."""
        return read_parquet(name, data)


def read_parquet(name: str, data: bytes) -> Table:
    """Read the columns that can stand in a table, an index with a name or of text among them.

    Raises
    ------
    DataError
        If the file is damaged, or declares more cells or text than a table holds.
    """
    try:
        columns, decisions = _read_columns(name, data)
    except (pa.ArrowException, OSError, ValueError, LookupError, OverflowError, TypeError) as error:
        message = f"{name} cannot be opened as Parquet; write it again."
        raise fault(name, message, "a damaged Parquet file", "a Parquet file") from error
    names = sniff.distinct([key for key, _ in columns])
    frame = pd.DataFrame(dict(zip(names, (cells for _, cells in columns), strict=True)))
    lines = np.arange(1, len(frame) + 1, dtype=np.int64)
    return Table(name, frame, 1, "parquet", None, header=True, lines=lines, decisions=tuple(decisions))


def _read_columns(name: str, data: bytes) -> tuple[list[tuple[str, "pd.Series[Any]"]], list[Decision]]:
    file = pq.ParquetFile(pa.BufferReader(data))
    schema, rows = file.schema_arrow, file.metadata.num_rows
    if rows * len(schema) > MOST_CELLS:
        raise _too_large(name, f"{rows:,} rows and {len(schema):,} columns", f"at most {MOST_CELLS:,} cells")
    packed = [file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups)]
    if sum(packed) > LARGEST:
        raise _too_large(name, f"{sum(packed) / 1e6:,.0f} MB", f"at most {LARGEST / 1e6:,.0f} MB")
    index = _index_names(schema)
    wanted = [field.name for field in schema if _is_cell(field.type)]
    texts = [field.name for field in schema if _is_text(field.type)]
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
    whole = len(set(schema.names)) < len(schema)
    table = file.read(columns=None if whole else wanted)
    columns, aside, numbers = [], [field.name for field in schema if not _is_cell(field.type)], []
    size = 0
    for field, cells in zip(table.schema, table.columns, strict=True):
        if not _is_cell(_plain(field.type)):
            continue
        if field.name in index and not index[field.name] and types.is_integer(field.type):
            numbers.append(field.name)
            continue
        size += _text_size(cells)
        if size > LARGEST:
            raise _too_large(name, f"over {LARGEST / 1e6:,.0f} MB of text", "less text")
        read = _to_series(cells)
        if read is None:
            aside.append(field.name)
        else:
            columns.append((index.get(field.name, field.name) or "index", read))
    return columns, _tell(name, aside, numbers)


def _index_names(schema: pa.Schema) -> dict[str, str]:
    """Give the columns that pandas stored as an index, with their names; empty for one without."""
    facts = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    stored = [one for one in facts.get("index_columns", []) if isinstance(one, str)]
    named = {one.get("field_name"): one.get("name") for one in facts.get("columns", [])}
    return {one: str(named.get(one) or "") for one in stored}


def _plain(type: pa.DataType) -> pa.DataType:
    """Give the type of the cells themselves."""
    if isinstance(type, pa.BaseExtensionType):
        return _plain(type.storage_type)
    return _plain(type.value_type) if types.is_dictionary(type) else type


def _is_text(type: pa.DataType) -> bool:
    return any(test(type) for test in (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary))


def _is_cell(type: pa.DataType) -> bool:
    """Say whether a column holds one value a cell."""
    type = _plain(type)
    return not (types.is_nested(type) or types.is_duration(type) or types.is_interval(type))


def _text_size(cells: pa.ChunkedArray) -> int:
    """Count the bytes of text before it is written out: a long text that repeats is stored once."""
    size = 0
    for chunk in cells.chunks:
        if types.is_dictionary(chunk.type) and _is_text(chunk.type.value_type):
            lengths = pc.binary_length(chunk.dictionary)
            size += pc.sum(pc.take(lengths, chunk.indices.cast(pa.int64()))).as_py() or 0
    return size


def _to_series(cells: pa.ChunkedArray) -> "pd.Series[Any] | None":
    """Give a column as pandas does, dates as ISO text; None for bytes that are no text."""
    kind = cells.type
    if isinstance(kind, pa.BaseExtensionType):
        cells = pa.chunked_array([chunk.storage for chunk in cells.chunks], kind.storage_type)
    if types.is_dictionary(cells.type):
        cells = cells.cast(cells.type.value_type)
    kind = cells.type
    if types.is_null(kind):
        return pd.Series([""] * len(cells), dtype="str")
    if types.is_decimal(kind) or types.is_float16(kind):
        cells = cells.cast(pa.float64())
    elif types.is_temporal(kind):
        cells = pc.replace_substring_regex(cells.cast(pa.string()), r"\.0+$", "")
    elif types.is_fixed_size_binary(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        try:
            cells = cells.cast(pa.binary()).cast(pa.string())
        except pa.ArrowInvalid:
            return None
    elif types.is_integer(kind) and cells.null_count:
        ends = pc.min_max(cells).as_py().values()
        if any(end is not None and abs(end) > _EXACT for end in ends):
            cells = cells.cast(pa.string())  # as numbers with gaps they would be rounded
    read: pd.Series[Any] = cells.to_pandas().reset_index(drop=True)
    return read


def _tell(name: str, aside: Sequence[str], numbers: Sequence[str]) -> list[Decision]:
    told = []
    if aside:
        evidence = f"Columns of lists, structures, durations or bytes are not read: {', '.join(aside[:SHOWN])}"
        told.append(Decision(name, "Columns", "", "set aside", evidence + (", ..." if len(aside) > SHOWN else ".")))
    if numbers:
        evidence = "Row numbers that pandas stored are no values; they are not read."
        told.append(Decision(name, "Index", "", "set aside", evidence))
    return told


def _too_large(name: str, found: str, needed: str) -> Exception:
    message = f"{name} declares {found}; write the columns and rows that are needed into a smaller file."
    return fault(name, message, found, needed)
