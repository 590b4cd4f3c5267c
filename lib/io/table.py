"""A table as it stands in a file.

Cells stay text (numbers are read by ``lib.io.numbers``), so that ids such as ``007`` survive and every fault can be
shown as it stands in the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.io import sniff
from lib.io.decisions import DEFAULT, Decision, Reading
from lib.io.header import find_header
from lib.io.source import Rejected, fault


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
    numbered: list[tuple[int, list[str]]],
    *,
    kind: str,
    delimiter: str | None = None,
    reading: Reading = DEFAULT,
    rejected: Sequence[Rejected] = (),
) -> Table:
    """Build a table from rows of text with their lines; blank rows are skipped, uneven rows are rejected.

    Parameters
    ----------
    name, kind, delimiter
        What the table is called, its format, and what separates its fields.
    numbered
        Rows with their 1-based lines.
    reading
        What the user said about the header.
    rejected
        Rows that could not be read.
    """
    numbered = [(line, row) for line, row in numbered if any(cell.strip() for cell in row)]
    if not numbered:
        raise fault(name, f"{name} holds no rows.", "blank lines only", "a table")
    header = find_header(numbered[: sniff.SHOWN_LINES], reading, file=name)
    names = header.names
    kept, lines, faults = [], [], list(rejected)
    for line, row in numbered[header.start :]:
        if len(row) > len(names) and not any(cell.strip() for cell in row[len(names) :]):
            row = row[: len(names)]
        if len(row) == len(names):
            kept.append(row)
            lines.append(line)
        else:
            found = f"{len(row)} field{'s' * (len(row) != 1)}"
            faults.append(Rejected(name, line, row[0].strip(), "", found, f"{len(names)} fields"))
    columns = list(zip(*kept, strict=True)) if kept else [() for _ in names]
    frame = pd.DataFrame({key: pd.Series(cells, dtype="str") for key, cells in zip(names, columns, strict=True)})
    first = numbered[header.start][0] if len(numbered) > header.start else numbered[-1][0] + 1
    faults.sort(key=lambda fault: fault.line or 0)
    return Table(
        name, frame, first, kind, delimiter, header.is_given, np.array(lines, dtype=np.int64), tuple(faults),
        header.decisions,
    )  # fmt: skip
