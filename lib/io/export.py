"""Tables that leave the app: CSV and TSV with every cell as it is, XLSX with typed cells that compute nothing.

Text in CSV and TSV is never altered, so that what is written is read back the same. Whoever opens tables in a
spreadsheet takes XLSX: there an id such as ``=1+1`` or ``-SPIKE`` is text, which no spreadsheet runs (CWE-1236).
"""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TextIO

import numpy as np
import pandas as pd

from lib.core.errors import UserError

LONGEST_CELL, MOST_ROWS, MOST_COLUMNS = 32_767, 1_048_575, 16_384
"""Letters of a cell, rows below the header and columns that a worksheet holds."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML does not have


def to_csv(frame: pd.DataFrame, *, delimiter: str = ",") -> bytes:
    r"""Write a table as UTF-8 without its index; missing cells are empty.

    A first cell that starts with ``#`` is quoted, or its row would be read as a remark.

    >>> to_csv(pd.DataFrame({"id": ["-SPIKE", "=1"], "value": [0.5, None]}))
    b'id,value\n-SPIKE,0.5\n=1,\n'
    """
    first = frame.iloc[:, 0] if len(frame.columns) else pd.Series(dtype="str")
    remark = not pd.api.types.is_numeric_dtype(first) and any(str(cell).lstrip().startswith("#") for cell in first)
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if remark else csv.QUOTE_MINIMAL
    return frame.to_csv(index=False, sep=delimiter, lineterminator="\n", quoting=quoting).encode("utf-8")


def to_tsv(frame: pd.DataFrame) -> bytes:
    """Write a table as tab-separated UTF-8 without its index."""
    return to_csv(frame, delimiter="\t")


def to_xlsx(frame: pd.DataFrame) -> bytes:
    """Write a table as a workbook of one sheet: text as text cells, numbers as numbers, missing cells empty.

    Raises
    ------
    UserError
        If a worksheet cannot hold it: more than 1,048,575 rows, or a cell of more than 32,767 letters.
    """
    import openpyxl  # type: ignore[import-untyped]  # takes a while, and only workbooks need it

    if len(frame) > MOST_ROWS or len(frame.columns) > MOST_COLUMNS:
        found = f"{len(frame):,} rows and {len(frame.columns):,} columns"
        raise UserError(f"The table has {found}, more than a worksheet holds ({MOST_ROWS:,}). Use CSV.")
    longest = max((len(cell) for row in _rows(frame) for cell in row if isinstance(cell, str)), default=0)
    if longest > LONGEST_CELL:
        raise UserError(f"A cell of {longest:,} letters is longer than XLSX holds ({LONGEST_CELL:,}). Use CSV.")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("table")
    sheet.freeze_panes = "A2"
    for row in _rows(frame):
        sheet.append([_cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def write_rows(header: Sequence[str], rows: Iterable[Sequence[object]], file: TextIO, *, delimiter: str = "\t") -> None:
    """Write cells as they are, NaN as an empty one; a row that starts with # is quoted, or it would be a remark."""
    plain, quoted = (
        csv.writer(file, delimiter=delimiter, lineterminator="\n", quoting=how)
        for how in (csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC)
    )
    plain.writerow(header)
    for row in rows:
        cells = ["" if isinstance(cell, float) and math.isnan(cell) else cell for cell in row]
        (quoted if str(row[0]).lstrip().startswith("#") else plain).writerow(cells)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    yield tuple(map(str, frame.columns))
    yield from frame.itertuples(index=False, name=None)


def _cell(sheet: object, value: object) -> object:
    """Make the cell of a value: text never becomes a formula, an error, a date or a number."""
    from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]

    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int | float):  # booleans are whole numbers here
        return value if math.isfinite(value) else None if math.isnan(value) else _cell(sheet, str(value))
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    text = _ILLEGAL.sub(lambda found: f"_x{ord(found[0]):04X}_", str(value))
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.number_format = "@"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    return cell
