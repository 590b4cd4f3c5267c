"""Read any table that a biologist brings: CSV, TSV, semicolons, no header, XLSX, Parquet, gz, BOM, any line end.

Cells stay text (numbers are read by ``lib.data.numbers``), so that ids such as ``007`` survive and every fault can be
shown as it stands in the file.
"""

import csv
import io
import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lib.core.errors import DataError, Problem
from lib.data.files import Rejected, Source, kind_of, text_of, unpacked

__all__ = ["Rejected", "Source", "Table", "read_table"]

DELIMITERS = "\t,;|"
ID_NAMES = {"", "id", "ids", "name", "names", "gene", "gene_id", "geneid", "gene_name", "transcript", "transcript_id",
            "sequence_id", "seq_id", "seqid", "reporter", "reporter_id", "utr_name", "utr_id", "probe", "oligo",
            "oligo_id", "refseq", "accession", "identifier", "index", "row", "motif", "kmer"}  # fmt: skip
_SAMPLE = 1000
_SEQUENCE = re.compile(r"[ACGTUNacgtunRYSWKMBDHVryswkmbdhv]{10,}")
_CORE = re.compile(r"[^ACGTUNacgtun]")


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
        (N,) 1-based line of each row of ``frame``.
    rejected
        Rows that could not be read, such as those with too few fields.
    notes
        What was remarkable, in sentences.
    """

    name: str
    frame: pd.DataFrame
    first_line: int
    format: str
    delimiter: str | None
    header: bool
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.frame)

    def text(self, column: str) -> pd.Series:
        """Give a column as text without blanks around it, missing cells as the empty text."""
        cells = self.frame[column]
        return cells.astype("str").str.strip().fillna("")


def looks_like_sequence(cell: str) -> bool:
    """Say whether a cell is a nucleotide sequence of at least 10 letters, nearly all of them A C G T U N.

    >>> looks_like_sequence("ACGUACGUAC"), looks_like_sequence("SPIKE_1")
    (True, False)
    """
    return bool(_SEQUENCE.fullmatch(cell)) and len(_CORE.findall(cell)) <= len(cell) / 5


def is_number(cell: str) -> bool:
    """Say whether a cell is written as a number (a decimal comma is one too)."""
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def read_table(source: Source) -> Table:
    """Read a table of any supported format, with the line of each row.

    Raises
    ------
    DataError
        If the file is empty, is no table, or holds a header and no rows.
    """
    data = unpacked(source)
    kind = kind_of(source.name, data)
    if kind == "parquet":
        table = _parquet(source.name, data)
    elif kind == "xlsx":
        table = _from_rows(source.name, _xlsx_rows(source.name, data), kind="xlsx", delimiter=None)
    else:
        table = _read_text(source.name, text_of(source.name, data))
    if not len(table) and not table.rejected:
        raise DataError(
            f"{source.name} holds a header and no rows; add one row per sequence.",
            [Problem(source.name, table.first_line, "", "no rows below the header", "at least one row")],
        )
    return table


def _read_text(name: str, data: bytes) -> Table:
    start, sample = _sample(data)
    delimiter = _delimiter(sample)
    if delimiter is None:
        if not all(looks_like_sequence(line) or line.startswith(">") for line in sample):
            raise DataError(
                f"{name} has one column only; separate the columns by comma, tab or semicolon.",
                [
                    Problem(
                        name, 1, "", f"{sample[0][:60]!r} in one column", "columns separated by comma, tab or semicolon"
                    )
                ],
            )
        delimiter = "\t"
    rows = list(csv.reader(sample, delimiter=delimiter))
    names, header = _names(rows)
    first = data[:start].count(b"\n") + 1 + int(header)
    body = data.find(b"\n", start) + 1 if header else start
    if header and body == 0:
        body = len(data)
    count = data.count(b"\n", body) + (not data.endswith(b"\n") and len(data) > body)
    frame = (
        _fast(pa.py_buffer(data).slice(body), names, delimiter) if count else pd.DataFrame(columns=names, dtype="str")
    )
    if frame is None or len(frame) != count:
        lines = data[start:].decode("utf-8").split("\n")
        reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
        csv.field_size_limit(2**31 - 1)
        numbered = [(reader.line_num + data[:start].count(b"\n"), row) for row in reader]
        return _from_rows(name, numbered, kind="csv", delimiter=delimiter)
    numbers = np.arange(first, first + count, dtype=np.int64)
    return Table(name, frame, first, "csv", delimiter, header, numbers)


def _sample(data: bytes) -> tuple[int, list[str]]:
    """Find where the first row starts (after blank lines and ``##`` remarks), and the first lines from there."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        line = data[start : end if end >= 0 else len(data)].strip()
        if line and not line.startswith(b"##"):
            break
        start = end + 1 if end >= 0 else len(data)
    lines: list[str] = []
    at = start
    while at < len(data) and len(lines) < 100:
        end = data.find(b"\n", at)
        end = end if end >= 0 else len(data)
        if data[at:end].strip():
            lines.append(data[at:end].decode("utf-8"))
        at = end + 1
    return start, lines


def _delimiter(sample: list[str]) -> str | None:
    """Choose the delimiter that cuts most lines into the same number of fields, at least two."""
    best: tuple[float, int, str] | None = None
    for delimiter in DELIMITERS:
        counts = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        usual = max(set(counts), key=counts.count) if counts else 0
        share = counts.count(usual) / max(len(counts), 1)
        if usual >= 2 and (best is None or (share, usual) > best[:2]):
            best = (share, usual, delimiter)
    return best[2] if best else None


def _names(rows: list[list[str]]) -> tuple[list[str], bool]:
    """Name the columns from the first rows of a file, and say whether the first row is a header."""
    first = [cell.strip() for cell in rows[0]]
    width = max((len(row) for row in rows[1:]), default=len(first))
    header = not any(looks_like_sequence(cell) for cell in first)
    if header and first[0].lower() not in ID_NAMES:
        header = not any(is_number(cell) for cell in first if cell)
    if not header:
        return [f"column {i + 1}" for i in range(len(first))], False
    if len(rows) > 1 and width == len(first) + 1 and all(len(row) == width for row in rows[1:]):
        first = ["id", *first]  # R's write.table leaves the column of row names without a name
    names: list[str] = []
    for i, cell in enumerate(first):
        base = cell or f"column {i + 1}"
        name, copy = base, 2
        while name in names:
            name, copy = f"{base} ({copy})", copy + 1
        names.append(name)
    return names, True


def _fast(body: pa.Buffer, names: list[str], delimiter: str) -> pd.DataFrame | None:
    """Read well-formed rows with Arrow, all cells as text; None where a row is not well formed."""
    try:
        table = pacsv.read_csv(
            pa.BufferReader(body),
            read_options=pacsv.ReadOptions(column_names=names, block_size=min(max(len(body), 1), 1 << 26)),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=False),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _from_rows(name: str, numbered: list[tuple[int, list[str]]], *, kind: str, delimiter: str | None) -> Table:
    """Build a table from rows of text with their lines; blank rows are skipped, uneven rows are rejected."""
    numbered = [(line, row) for line, row in numbered if any(cell.strip() for cell in row)]
    if not numbered:
        raise DataError(f"{name} holds no rows.", [Problem(name, None, "", "blank lines only", "a table")])
    names, header = _names([row for _, row in numbered[:100]])
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
    import openpyxl  # takes a while, and only workbooks need it

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (KeyError, ValueError, OSError, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise DataError(
            f"{name} cannot be opened as a workbook; save it again as .xlsx or as CSV.",
            [Problem(name, None, "", "a damaged workbook", "an .xlsx workbook")],
        ) from error
    rows = book.worksheets[0].iter_rows(values_only=True)
    return [(i, ["" if cell is None else str(cell) for cell in row]) for i, row in enumerate(rows, start=1)]


def _parquet(name: str, data: bytes) -> Table:
    try:
        frame = pq.read_table(pa.BufferReader(data)).to_pandas()
    except (pa.ArrowInvalid, OSError) as error:
        raise DataError(
            f"{name} cannot be opened as Parquet; write it again.",
            [Problem(name, None, "", "a damaged Parquet file", "a Parquet file")],
        ) from error
    frame = frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex))
    frame.columns = [str(column) for column in frame.columns]
    return Table(name, frame, 1, "parquet", None, header=True, lines=np.arange(1, len(frame) + 1, dtype=np.int64))
