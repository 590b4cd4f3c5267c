"""Workbooks of Excel: the sheet that holds the data is found by what it holds, and what Excel did to cells is told."""

import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import product
from typing import ClassVar, NamedTuple

import numpy as np

from lib.io import sniff
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.file_format import TABLE_FORMATS
from lib.io.sheet_xml import Cells, letters_of
from lib.io.source import fault
from lib.io.table import Table, table_of_rows
from lib.io.workbook import Sheet, Workbook

LOOK = 500
"""Filled rows that are looked at to judge a sheet."""
SMALL, TIMES = 50, 10
"""A sheet of fewer than ``SMALL`` rows is no rival of one with ``TIMES`` as many."""
SCATTERED = 20_000_000
SHOWN = 5
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_GENES = {2: "FEB", 3: "MARCH", 4: "APR", 9: "SEPT", 10: "OCT", 11: "NOV", 12: "DEC"}


@TABLE_FORMATS.add
@dataclass(frozen=True)
class ExcelWorkbook:
    """A workbook of Excel."""

    name: ClassVar[str] = "xlsx"
    label: ClassVar[str] = "Excel (.xlsx)"
    is_text: ClassVar[bool] = False
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look for a zip with the folder of a workbook."""
        if not data.startswith(b"PK\x03\x04"):
            return False
        try:
            return any(one.startswith("xl/") for one in zipfile.ZipFile(BytesIO(data)).namelist())
        except (zipfile.BadZipFile, ValueError, OSError):
            return b"xl/" in data

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read the sheet that holds the data, or the one that is asked for."""
        return read_workbook(name, data, reading)


class _Look(NamedTuple):
    """What the first rows of a sheet show."""

    sheet: Sheet
    rows: int
    columns: int
    is_data: bool
    cells: Cells

    @property
    def label(self) -> str:
        """Say how large it is."""
        more = "" if self.cells.is_whole else " or more"
        hidden = ", hidden" if self.sheet.is_hidden else ""
        rows = f"{self.rows:,} row{'s' * (self.rows != 1)}"
        return f"{rows}{more}, {self.columns:,} column{'s' * (self.columns != 1)}{hidden}"


def read_workbook(name: str, data: bytes, reading: Reading) -> Table:
    """Read one sheet of a workbook.

    Raises
    ------
    DataError
        If the workbook is damaged or holds no table, or there is no sheet of the name that is asked for.
    """
    book = Workbook(name, data)
    looks = [look for look in (_look(book, sheet) for sheet in book.sheets) if look.rows]
    if not looks:
        raise fault(name, f"{name} holds no filled cells.", "an empty workbook", "a sheet with a table")
    chosen, decision = _choose(name, looks, reading.sheet)
    cells = chosen.cells if chosen.cells.is_whole else book.read(chosen.sheet)
    filled = _fill_merged(name, cells)
    _show_dates(cells)
    rows = _rows_of(name, chosen.sheet.name, cells)
    decisions = [decision, *_tell(name, cells, filled)]
    if cells.formulas and not _holds_data([row for _, row in rows]):
        message = (
            f"{name}: the sheet {chosen.sheet.name} holds formulas whose values were never stored ({_list_cells(cells)}"
            "); open it in Excel or LibreOffice, save it and upload it again."
        )
        raise fault(name, message, "formulas without values", "stored values")
    table = table_of_rows(name, rows, kind="xlsx")
    told = tuple(one for one in decisions if one is not None)
    return replace(table, decisions=told, has_points=not cells.has_marked_texts)


def _look(book: Workbook, sheet: Sheet) -> _Look:
    """Judge a sheet by its first rows."""
    cells = book.read(sheet, rows=LOOK)
    rows = [row for _, row in _rows_of(book.name, sheet.name, cells)]
    return _Look(sheet, len(rows), len(rows[0]) if rows else 0, _holds_data(rows), cells)


def _holds_data(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether rows hold a column of numbers or sequences beside another column."""
    if len(rows) < 3 or len(rows[0]) < 2:
        return False
    shares = []
    for column in zip(*rows[1:], strict=True):
        filled = [cell.strip() for cell in column if cell.strip()]
        good = sum(sniff.is_number(cell) or sniff.is_sequence(cell) for cell in filled)
        shares.append(good / len(rows[1:]) if good > len(filled) / 2 else 0.0)
    return max(shares) >= 0.5


def _choose(name: str, looks: Sequence[_Look], wanted: str | None) -> tuple[_Look, Decision | None]:
    """Find the sheet to read; with several that hold data the largest one, and the decision is open."""
    alternatives = tuple(Alternative(look.sheet.name, f"{look.sheet.name}: {look.label}") for look in looks)
    if wanted is not None:
        same = [look for look in looks if look.sheet.name.strip().lower() == wanted.strip().lower()]
        same = [look for look in same if look.sheet.name == wanted] or same
        if not same:
            listed = ", ".join(look.sheet.name for look in looks)
            message = f"{name} has no sheet called {wanted} that is filled; choose one of {listed}."
            raise fault(name, message, f"the sheets {listed}", "the name of one of them")
        return same[0], Decision(name, "Sheet", "sheet", same[0].sheet.name, "You chose it.", alternatives)
    if len(looks) == 1:
        return looks[0], None
    data = [look for look in looks if look.is_data and not look.sheet.is_hidden] or [
        one for one in looks if one.is_data
    ]
    largest = max(data or looks, key=lambda look: (look.rows, look.columns))
    rivals = [look for look in data if look.rows >= SMALL or look.rows * TIMES > largest.rows]
    others = ", ".join(f"{look.sheet.name} ({_fault_of(look, data)})" for look in looks if look is not largest)
    if len(rivals) > 1:
        names = _join_items(one.sheet.name for one in rivals)
        evidence = f"{len(rivals)} sheets hold tables of numbers or sequences: {names}."
        return largest, Decision(name, "Sheet", "sheet", None, evidence, alternatives)
    evidence = f"It holds a table of numbers or sequences. Not read: {others}."
    if not data:
        evidence = f"No sheet holds a table of numbers or sequences; this is the largest. Not read: {others}."
    return largest, Decision(name, "Sheet", "sheet", largest.sheet.name, evidence, alternatives)


def _fault_of(look: _Look, data: Sequence[_Look]) -> str:
    if look in data:
        return f"{look.rows} rows only"
    return "hidden" if look.sheet.is_hidden and look.is_data else "no table of numbers or sequences"


def _rows_of(name: str, sheet: str, cells: Cells) -> list[tuple[int, list[str]]]:
    """Give the filled rows with their numbers, over the filled columns.

    Raises
    ------
    DataError
        If the filled cells lie so far apart that the table would be nearly all blank, and huge.
    """
    lines, rows = np.unique(np.frombuffer(cells.rows, dtype=np.int64), return_inverse=True)
    used, columns = np.unique(np.frombuffer(cells.columns, dtype=np.int64), return_inverse=True)
    if len(lines) * len(used) > max(SCATTERED, 20 * len(cells)):
        size = f"{len(cells):,} filled cells over {len(lines):,} rows and {len(used):,} columns"
        message = f"{name}: the sheet {sheet} has {size}, nearly all blank; keep only the table, in a sheet of its own."
        raise fault(name, message, size, "a table whose cells lie together")
    grid = np.full((len(lines), len(used)), "", dtype=object)
    grid[rows, columns] = cells.texts
    return list(zip(lines.tolist(), grid.tolist(), strict=True))


def _fill_merged(name: str, cells: Cells) -> list[str]:
    """Write the text of merged cells into all filled rows and columns that they span, and name the ranges.

    A title across the whole table stays one cell, and so do names over a header of two rows.

    Raises
    ------
    DataError
        If the ranges overlap beyond reason.
    """
    if not cells.merged:
        return []
    at = {place: i for i, place in enumerate(zip(cells.rows, cells.columns, strict=True))}
    rows, columns = sorted(set(cells.rows)), sorted(set(cells.columns))
    numbers = {row for row, text in zip(cells.rows, cells.texts, strict=True) if sniff.is_number(text)}
    filled, spanned = [], 0
    for top, left, bottom, right in cells.merged:
        inside_rows = rows[bisect_left(rows, top) : bisect_right(rows, bottom)]
        inside_columns = columns[bisect_left(columns, left) : bisect_right(columns, right)]
        is_title = len(inside_columns) == len(columns)
        is_header = len(inside_rows) > 1 and top not in numbers
        if (top, left) not in at or is_title or is_header:
            continue
        spanned += len(inside_rows) * len(inside_columns)
        if spanned > SCATTERED:
            message = (
                f"{name}: ranges of merged cells lie on each other; unmerge the cells and save the workbook again."
            )
            raise fault(name, message, f"ranges of over {SCATTERED:,} cells", "few merged cells")
        new = [place for place in product(inside_rows, inside_columns) if place not in at]
        for row, column in new:
            cells.rows.append(row)
            cells.columns.append(column)
            cells.texts.append(cells.texts[at[top, left]])
        if new:
            filled.append(f"{letters_of(left)}{top}:{letters_of(right)}{bottom}")
    return filled


def _show_dates(cells: Cells) -> None:
    """Write dates as Excel shows them (``2-Sep``) where their column holds more cells that are none.

    Such cells were no dates before Excel made them so (Ziemann et al. 2016, doi:10.1186/s13059-016-1044-7).
    """
    if not cells.dates:
        return
    count = np.bincount(np.frombuffer(cells.columns, dtype=np.int64))
    dates = np.bincount([cells.columns[one.at] for one in cells.dates], minlength=len(count))
    below = count - 1 - dates  # all but the header
    cells.dates[:] = [one for one in cells.dates if below[column := cells.columns[one.at]] >= dates[column]]
    for one in cells.dates:
        month = _MONTHS[one.date.month - 1]
        cells.texts[one.at] = f"{one.date.day}-{month}" if "d" in one.format.lower() else f"{month}-{one.date:%y}"


def _tell(name: str, cells: Cells, filled: Sequence[str]) -> list[Decision]:
    """Say what Excel did to cells."""
    told = []
    if cells.dates:
        shown = _join_items(f"{cells.texts[one.at]} in {cells.reference(one.at)}" for one in cells.dates)
        named = [one.date for one in cells.dates if one.date.month in _GENES]
        genes = sorted({f"{_GENES[date.month]}{date.day}" for date in named})
        hint = f", probably gene names such as {_join_items(genes)}" if genes else ""
        evidence = (
            f"Dates among text or numbers: {len(cells.dates):,} ({shown}){hint}. Excel makes them "
            "(Ziemann et al. 2016, doi:10.1186/s13059-016-1044-7); restore them in the workbook."
        )
        told.append(Decision(name, "Dates", "", "as Excel shows them", evidence))
    if cells.errors:
        shown = _join_items(f"{cells.texts[i]} in {cells.reference(i)}" for i in cells.errors)
        evidence = f"Errors of Excel: {len(cells.errors):,} ({shown}); their rows have no value there."
        told.append(Decision(name, "Error cells", "", "no value", evidence))
    if cells.formulas:
        evidence = (
            f"Formulas without a stored value: {len(cells.formulas):,} ({_list_cells(cells)}); open the workbook in "
            "Excel or LibreOffice, save it and upload it again."
        )
        told.append(Decision(name, "Formulas", "", "no value", evidence))
    if filled:
        evidence = f"Ranges of merged cells: {len(filled):,} ({_join_items(filled)}); their value counts for each cell."
        told.append(Decision(name, "Merged cells", "", "filled", evidence))
    return told


def _list_cells(cells: Cells) -> str:
    return _join_items(cells.reference(i) for i in cells.formulas)


def _join_items(items: Iterable[str]) -> str:
    listed = list(items)
    return ", ".join(listed[:SHOWN]) + (", ..." if len(listed) > SHOWN else "")
