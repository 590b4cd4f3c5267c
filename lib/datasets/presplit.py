"""Three files, one for each part, as one table with a column of the part: how benchmarks such as GUE come."""

import io
from collections.abc import Sequence

import pandas as pd

from lib.core.errors import DataError
from lib.datasets.dataset import PARTS
from lib.io.decisions import DEFAULT, Reading, require
from lib.io.files import Source, fault
from lib.io.layout import guess_columns
from lib.io.sandbox import run_reader
from lib.io.tables import read_table

COLUMN, ID = "part", "id"
"""Columns that are added."""
_BETWEEN = " + "


def combine_parts(sources: Sequence[Source], reading: Reading = DEFAULT) -> Source:
    """Put the tables of train, validation and test below each other; the split is then by the column ``part``.

    Rows without ids are called after their part and their line, such as ``test-17``, so that a fault can be found.

    Raises
    ------
    DataError
        If a file is no table, rows of it cannot be read, or the columns of the three differ.
    Undecided
        If a file can be read in two ways.
    """
    tables = [run_reader(read_table, source, reading) for source in sources]
    require([decision for table in tables for decision in table.decisions])
    unread = [row.problem() for table in tables for row in table.rejected]
    if unread:
        raise DataError(f"{len(unread):,} rows cannot be read; the first: {unread[0]} Correct or remove them.", unread)
    columns = [str(name) for name in tables[0].frame.columns]
    if COLUMN in columns:
        message = f"{tables[0].name} has a column {COLUMN!r}, which says by itself what is in which part."
        raise fault(tables[0].name, message, f"a column {COLUMN!r}", "no such column, or one file split by it", line=1)
    frames = []
    for part, table in zip(PARTS, tables, strict=True):
        found = [str(name) for name in table.frame.columns]
        if found != columns:
            needed = f"the columns of {tables[0].name}: {', '.join(columns)}"
            message = f"{table.name} has the columns {', '.join(found)}; it needs {needed}."
            raise fault(table.name, message, ", ".join(found), needed, line=1)
        cells = pd.DataFrame({name: table.text(name) for name in columns})
        if not guess_columns(table).id:
            names = [f"{part}-{line}" for line in table.lines.tolist()]
            cells.insert(0, ID if ID not in columns else f"{ID} of the row", names)
        cells[COLUMN] = part
        frames.append(cells)
    text = io.StringIO()
    pd.concat(frames, ignore_index=True).to_csv(text, index=False)
    return Source(_BETWEEN.join(table.name for table in tables), text.getvalue().encode("utf-8"))


def names(name: str) -> list[str]:
    """Give the names of the three files that ``combined`` made one of this name; none of any other file.

    >>> names("train.csv + dev.csv + test.csv"), names("a + b.csv")
    (['train.csv', 'dev.csv', 'test.csv'], [])
    """
    found = name.split(_BETWEEN)
    return found if len(found) == len(PARTS) else []
