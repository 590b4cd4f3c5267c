"""Read delimited text: CSV, TSV, semicolons, with or without a header.

Well-formed text goes through Arrow; only a file with blank, uneven or quoted multi-line rows is read row by row.
"""

import csv
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from lib.io import sniff
from lib.io.decisions import Reading
from lib.io.files import fault
from lib.io.table import Table, table_of_rows

BLOCK = 1 << 26
"""Bytes that Arrow reads at a time."""


def read_delimited(name: str, data: bytes, reading: Reading) -> Table:
    """Read text in UTF-8 whose lines end in a line feed.

    Raises
    ------
    DataError
        If it is no table.
    """
    start, sample = sniff.first_rows(data)
    if sniff.is_fasta(data):
        message = f"{name} is FASTA and holds sequences; a table with an id and values is needed here."
        raise fault(name, message, "FASTA", "a table")
    delimiter = sniff.delimiter_of(sample)
    if delimiter is None and not all(map(sniff.is_nucleotides, sample)):
        message = f"{name} has one column only; separate the columns by comma, tab or semicolon."
        found = f"{sample[0][:60]!r} in one column"
        raise fault(name, message, found, "columns separated by comma, tab or semicolon", line=1)
    delimiter = delimiter or "\t"
    names, header = sniff.column_names(list(csv.reader(sample, delimiter=delimiter)))
    above = data.count(b"\n", 0, start)
    body = data.find(b"\n", start) + 1 if header else start
    body = len(data) if header and body == 0 else body
    count = data.count(b"\n", body) + (len(data) > body and not data.endswith(b"\n"))
    frame = _fast(data, body, names, delimiter) if count else pd.DataFrame(columns=names, dtype="str")
    if frame is None or len(frame) != count:
        numbered = _numbered(data[start:].decode("utf-8"), delimiter, above)
        return table_of_rows(name, numbered, kind="csv", delimiter=delimiter)
    first = above + 1 + header
    filled = _filled(frame)
    lines = np.arange(first, first + count, dtype=np.int64)[filled]
    frame = frame if filled.all() else frame[filled].reset_index(drop=True)
    return Table(name, frame, first, "csv", delimiter, header, lines)


def _filled(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which rows hold more than delimiters and blanks."""
    filled = np.ones(len(frame), dtype=np.bool_)
    suspects = np.flatnonzero(frame.iloc[:, 0].str.strip().eq("").to_numpy())
    if len(suspects):
        filled[suspects] = (frame.iloc[suspects].map(str.strip) != "").any(axis=1).to_numpy()
    return filled


def _numbered(text: str, delimiter: str, above: int) -> list[tuple[int, list[str]]]:
    """Give each row the line where it starts, which lies before the line where it ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, line = [], above + 1
    for row in reader:
        rows.append((line, row))
        line = above + reader.line_num + 1
    return rows


def _fast(data: bytes, body: int, names: list[str], delimiter: str) -> pd.DataFrame | None:
    """Read well-formed rows with Arrow, all cells as text; None where a row is not well formed."""
    block = min(len(data) - body, BLOCK)
    texts = dict.fromkeys(names, pa.string())
    try:
        table = pacsv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(body)),
            read_options=pacsv.ReadOptions(column_names=names, block_size=block),
            parse_options=pacsv.ParseOptions(delimiter=delimiter),
            convert_options=pacsv.ConvertOptions(column_types=texts, strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    frame: pd.DataFrame = table.to_pandas()
    return frame
