"""A table as it stands in a file.

Cells stay text (numbers are read by ``lib.io.numbers``), so that ids such as ``007`` survive and every fault can be
shown as it stands in the file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lib.io import sniff
from lib.io.decisions import DEFAULT, Decision, Reading
from lib.io.header import find_header
from lib.io.source import Rejected, fault

CHUNK = 50_000
"""Rows that are kept as lists until they become columns."""


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
        Name of the format, such as ``csv`` or ``xlsx``; see ``lib.io.file_format``.
    delimiter
        What separates the fields, None where the format has none.
    header
        Whether the first line names the columns; without it they are called ``column 1``, ``column 2``, ...
    lines
        (N,) 1-based line of each row of ``frame``, ascending.
    rejected
        Rows that could not be read, such as those with too few fields.
    decisions
        How the file was read; an open one was read in its likeliest way, to be shown and not to be used.
    value_columns
        Columns that the format itself sets apart as values; none where it does not, and every column may hold some.
    has_points
        Whether all numbers are known to have a decimal point and no group marks, as in cells that have a type.
    """

    name: str
    frame: pd.DataFrame
    first_line: int
    format: str
    delimiter: str | None
    header: bool
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    rejected: tuple[Rejected, ...] = ()
    decisions: tuple[Decision, ...] = ()
    value_columns: tuple[str, ...] = ()
    has_points: bool = False

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.frame)

    def text(self, column: str) -> "pd.Series[str]":
        """Give a column as text without blanks around it, missing cells as the empty text."""
        cells: pd.Series[str] = self.frame[column].astype("str").str.strip().fillna("")
        return cells


def table_of_rows(
    name: str,
    numbered: Iterable[tuple[int, list[str]]],
    *,
    kind: str,
    delimiter: str | None = None,
    reading: Reading = DEFAULT,
) -> Table:
    """Build a table from rows of text with their lines; blank rows are skipped, uneven rows are rejected.

    Parameters
    ----------
    name, kind, delimiter
        What the table is called, its format, and what separates its fields.
    numbered
        Rows with their 1-based lines; gone through once, so that they need not be in memory together.
    reading
        What the user said about the header.
    """
    filled = ((line, row) for line, row in numbered if any(cell.strip() for cell in row))
    head = list(islice(filled, sniff.SHOWN_LINES))
    if not head:
        raise fault(name, f"{name} holds no rows.", "blank lines only", "a table")
    header = find_header(head, reading, file=name)
    names = list(header.names)
    chunks: list[pa.Table] = []
    kept: list[list[str]] = []
    lines: list[int] = []
    faults: list[Rejected] = []
    for line, row in chain(head[header.start :], filled):
        if len(row) > len(names) and not any(cell.strip() for cell in row[len(names) :]):
            row = row[: len(names)]
        if len(row) == len(names):
            kept.append(row)
            lines.append(line)
        else:
            found = f"{len(row)} field{'s' * (len(row) != 1)}"
            faults.append(Rejected(name, line, row[0].strip(), "", found, f"{len(names)} fields"))
        if len(kept) == CHUNK:
            chunks.append(_columns_of(names, kept))
            kept = []
    frame: pd.DataFrame = pa.concat_tables([*chunks, _columns_of(names, kept)]).to_pandas()
    first = head[header.start][0] if len(head) > header.start else head[-1][0] + 1
    return Table(
        name,
        frame,
        first,
        kind,
        delimiter,
        header.is_given,
        np.array(lines, dtype=np.int64),
        tuple(faults),
        header.decisions,
    )


def _columns_of(names: Sequence[str], rows: Sequence[Sequence[str]]) -> pa.Table:
    """Put rows of text into columns."""
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    return pa.table([pa.array(cells, type=pa.string()) for cells in columns], names=list(names))
