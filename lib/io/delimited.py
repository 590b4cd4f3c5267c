"""Read delimited text: CSV, TSV, semicolons, with or without a header.

Well-formed text goes through Arrow; only a file with blank, uneven or quoted multi-line rows is read row by row.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from lib.io import sniff
from lib.io.decisions import Decision, Reading
from lib.io.files import Rejected, fault
from lib.io.header import find_header
from lib.io.table import Table, table_of_rows

BLOCK, COLUMN_BLOCK = 1 << 22, 1 << 16
"""Bytes that Arrow reads at a time, and the fewest for each column, which is in as many pieces as there are blocks."""
LONGEST_CELL = 200
"""Lines that one cell may hold."""


def read_delimited(name: str, data: bytes, reading: Reading) -> Table:
    """Read text in UTF-8 whose lines end in a line feed.

    Raises
    ------
    DataError
        If it is no table.
    """
    if sniff.is_fasta(data):
        message = f"{name} is FASTA and holds sequences; a table with an id and values is needed here."
        raise fault(name, message, "FASTA", "a table")
    sample = sniff.first_lines(data)
    texts = [line.text for line in sample]
    if not any(text.strip(sniff.DELIMITERS + '# \r"') for text in texts):
        raise fault(name, f"{name} holds no rows.", "delimiters or remarks only", "a table")
    delimiter = sniff.delimiter_of(texts)
    if delimiter is None and _has_blanks_between(texts):
        return _read_blanks(name, data, reading)
    if delimiter is None and not all(map(sniff.is_nucleotides, texts)):
        message = f"{name} has one column only; separate the columns by comma, tab or semicolon."
        found = f"{texts[0][:60]!r} in one column"
        raise fault(name, message, found, "columns separated by comma, tab or semicolon", line=sample[0].number)
    delimiter = delimiter or "\t"
    rows = [(line.number, row) for line, row in zip(sample, csv.reader(texts, delimiter=delimiter), strict=False)]
    if len(rows) < len(sample) or any(_is_open(text, delimiter) for text in texts):  # a cell holds a line end
        return _row_by_row(name, data, delimiter, sample[0], reading)
    header = find_header([row for row in rows if any(map(str.strip, row[1]))], reading, file=name)
    filled_lines = [line for line, row in zip(sample, rows, strict=True) if any(map(str.strip, row[1]))]
    below = filled_lines[header.start] if header.start < len(filled_lines) else None
    body = below.offset if below else len(data)
    first = below.number if below else sample[-1].number + 1
    count = data.count(b"\n", body) + (len(data) > body and not data.endswith(b"\n"))
    names = list(header.names)
    frame = _fast(data, body, names, delimiter) if count else pd.DataFrame(columns=names, dtype="str")
    if frame is None or len(frame) != count:
        return _row_by_row(name, data, delimiter, sample[0], reading)
    filled = _find_filled_rows(frame)
    lines = np.arange(first, first + count, dtype=np.int64)[filled]
    frame = frame if filled.all() else frame[filled].reset_index(drop=True)
    return Table(name, frame, first, "csv", delimiter, header.is_given, lines, decisions=header.decisions)


def _has_blanks_between(lines: Sequence[str]) -> bool:
    """Say whether lines hold the same number of fields, two or more, separated by blanks, as R writes them."""
    counts = [len(_cut_at_blanks(line)) for line in lines]
    body = counts[len(counts) // 2 :]
    return len(lines) > 1 and min(body) >= 2 and len(set(body)) == 1 and counts[0] in (body[0], body[0] - 1)


def _cut_at_blanks(line: str) -> list[str]:
    return [cell for cell in next(csv.reader([line.strip()], delimiter=" ", skipinitialspace=True), []) if cell]


def _read_blanks(name: str, data: bytes, reading: Reading) -> Table:
    """Read fields that blanks separate, as a table of tabs."""
    text = "\n".join("\t".join(_cut_at_blanks(line)) for line in data.decode("utf-8").split("\n"))
    table = read_delimited(name, text.encode(), reading)
    told = Decision(name, "Delimiter", "", "blanks", "No line has a tab, comma or semicolon between its fields.")
    return replace(table, delimiter=" ", decisions=(told, *table.decisions))


def _row_by_row(name: str, data: bytes, delimiter: str, first: sniff.Line, reading: Reading) -> Table:
    rejected: list[Rejected] = []
    numbered = _number_rows(data[first.offset :].decode("utf-8"), delimiter, first.number, rejected)
    named = table_of_rows(name, numbered, kind="csv", delimiter=delimiter, reading=reading)
    unclosed = [fault._replace(file=name) for fault in rejected]
    return replace(named, rejected=tuple(sorted([*named.rejected, *unclosed], key=lambda fault: fault.line or 0)))


def _find_filled_rows(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Say which rows hold more than delimiters and blanks."""
    filled = np.ones(len(frame), dtype=np.bool_)
    suspects = np.flatnonzero(frame.iloc[:, 0].str.strip().eq("").to_numpy())
    if len(suspects):
        filled[suspects] = (frame.iloc[suspects].map(str.strip) != "").any(axis=1).to_numpy()
    return filled


def _number_rows(text: str, delimiter: str, first: int, rejected: list[Rejected]) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line where it starts; a row whose quotation mark is never closed goes to the rejected.

    A cell may hold line ends between quotation marks. Where its mark is closed on no line that completes the row, the
    mark is a fault of that row alone, and must not swallow those that follow.
    """
    lines = text.split("\n")
    usual: Counter[int] = Counter()
    at = 0
    while at < len(lines):
        joined, end = lines[at], at + 1
        if '"' not in joined:
            row = joined.split(delimiter) if joined else []
        else:
            while end < min(len(lines), at + LONGEST_CELL) and _is_open(joined, delimiter):
                joined, end = f"{joined}\n{lines[end]}", end + 1
            row = next(csv.reader(io.StringIO(joined, newline=""), delimiter=delimiter), [])
            expected = usual.most_common(1)[0][0] if usual else len(row)
            if _is_open(joined, delimiter) or (end > at + 1 and len(row) != expected):
                identifier = lines[at].split(delimiter)[0].strip(' "')
                found = "a quotation mark that is never closed"
                rejected.append(Rejected("", first + at, identifier, "", found, "two marks or none"))
                at += 1
                continue
        if row:
            usual[len(row)] += 1
        yield first + at, row
        at = end


def _is_open(text: str, delimiter: str = ",") -> bool:
    """Say whether a quotation mark at the beginning of a cell is not closed by the end of a text."""
    if '"' not in text:
        return False
    return len(list(csv.reader(io.StringIO(f"{text}\n\0", newline=""), delimiter=delimiter))) < 2


def _fast(data: bytes, body: int, names: list[str], delimiter: str) -> pd.DataFrame | None:
    """Read well-formed rows with Arrow, all cells as text; None where a row is not well formed."""
    block = min(len(data) - body, max(BLOCK, COLUMN_BLOCK * len(names)))
    texts = dict.fromkeys(names, pa.large_string())  # what pandas makes of them
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
