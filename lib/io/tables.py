"""Read any table that a biologist brings: CSV, TSV, semicolons, no header, XLSX, Parquet, gz, BOM, any line end.

Cells stay text (numbers are read by ``lib.io.numbers``), so that ids such as ``007`` survive and every fault can be
shown as it stands in the file. Well-formed text goes through Arrow; only a file with blank, uneven or quoted
multi-line rows is read row by row.
"""

import csv
import io
import zipfile
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lib.io import sniff
from lib.io.files import Rejected, Source, fault, kind_of, text_of, unpacked
from lib.io.sniff import is_number

__all__ = ["Rejected", "Source", "Table", "is_number", "read_table"]


BLOCK = 1 << 26
"""Bytes that Arrow reads at a time."""


@dataclass(frozen=True)
class Table:
    """One table as it stands in a file.

    Parameters
    ----------
    name
        File name as the user knows it.
    frame
        One row per row of the file, columns of text (typed columns where the file has types).
    first_line
        1-based line of the first data row.
    format
        ``csv``, ``xlsx`` or ``parquet``.
    delimiter
        What separates the fields, None where the format has none.
    header
        Whether the first line names the columns; without it they are called ``column 1``, ``column 2``, ...
    lines
        (N,) 1-based line of each row of ``frame``, ascending.
    rejected
        Rows that could not be read, such as those with too few fields.
    """

    name: str
    frame: pd.DataFrame
    first_line: int
    format: str
    delimiter: str | None
    header: bool
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    rejected: tuple[Rejected, ...] = ()

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.frame)

    def text(self, column: str) -> "pd.Series[str]":
        """Give a column as text without blanks around it, missing cells as the empty text."""
        cells: pd.Series[str] = self.frame[column].astype("str").str.strip().fillna("")
        return cells


def read_table(source: Source) -> Table:
    """Read a table of any supported format, with the line of each row.

    Raises
    ------
    DataError
        If the file is empty, is no table, or holds a header and no rows.
    """
    name, data = source.name, unpacked(source)
    kind = kind_of(name, data)
    if kind == "parquet":
        table = _parquet(name, data)
    elif kind == "xlsx":
        table = _from_rows(name, _xlsx_rows(name, data), kind="xlsx")
    else:
        table = _read_text(name, text_of(name, data))
    if not len(table) and not table.rejected:
        message = f"{name} holds a header and no rows; add one row per sequence."
        raise fault(name, message, "no rows below the header", "one row per sequence", line=table.first_line)
    return table


def _read_text(name: str, data: bytes) -> Table:
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
        return _from_rows(name, numbered, kind="csv", delimiter=delimiter)
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


def _from_rows(name: str, numbered: list[tuple[int, list[str]]], *, kind: str, delimiter: str | None = None) -> Table:
    """Build a table from rows of text with their lines; blank rows are skipped, uneven rows are rejected."""
    numbered = [(line, row) for line, row in numbered if any(cell.strip() for cell in row)]
    if not numbered:
        raise fault(name, f"{name} holds no rows.", "blank lines only", "a table")
    names, header = sniff.column_names([row for _, row in numbered[:100]])
    kept, lines, rejected = [], [], []
    for line, row in numbered[int(header) :]:
        if len(row) > len(names) and not any(cell.strip() for cell in row[len(names) :]):
            row = row[: len(names)]
        if len(row) == len(names):
            kept.append(row)
            lines.append(line)
        else:
            found = f"{len(row)} field{'s' * (len(row) != 1)}"
            rejected.append(Rejected(name, line, row[0].strip(), "", found, f"{len(names)} fields"))
    columns = list(zip(*kept, strict=True)) if kept else [() for _ in names]
    frame = pd.DataFrame({key: pd.Series(cells, dtype="str") for key, cells in zip(names, columns, strict=True)})
    first = numbered[int(header)][0] if len(numbered) > int(header) else numbered[0][0] + 1
    numbers = np.array(lines, dtype=np.int64)
    return Table(name, frame, first, kind, delimiter, header, numbers, tuple(rejected))


def _xlsx_rows(name: str, data: bytes) -> list[tuple[int, list[str]]]:
    import openpyxl  # type: ignore[import-untyped]  # takes a while, and only workbooks need it

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = [[*row] for row in book.worksheets[0].iter_rows(values_only=True)]
    except (KeyError, IndexError, ValueError, OSError, zipfile.BadZipFile) as error:
        message = f"{name} cannot be opened as a workbook; save it again as .xlsx or as CSV."
        raise fault(name, message, "a damaged workbook", "an .xlsx workbook") from error
    return [(i, ["" if cell is None else str(cell) for cell in row]) for i, row in enumerate(rows, start=1)]


def _parquet(name: str, data: bytes) -> Table:
    try:
        frame = pq.read_table(pa.BufferReader(data)).to_pandas()
    except (pa.ArrowInvalid, OSError) as error:
        message = f"{name} cannot be opened as Parquet; write it again."
        raise fault(name, message, "a damaged Parquet file", "a Parquet file") from error
    frame = frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex))
    frame.columns = pd.Index(sniff.distinct([str(column) for column in frame.columns]))
    return Table(name, frame, 1, "parquet", None, header=True, lines=np.arange(1, len(frame) + 1, dtype=np.int64))
