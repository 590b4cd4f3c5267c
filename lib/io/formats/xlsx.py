"""Read workbooks (XLSX)."""

import io
import zipfile
from dataclasses import dataclass
from typing import ClassVar

from lib.io.decisions import Reading
from lib.io.file_format import TABLE_FORMATS
from lib.io.source import fault
from lib.io.table import Table, table_of_rows


@TABLE_FORMATS.add
@dataclass(frozen=True)
class Workbook:
    """A workbook of Excel."""

    name: ClassVar[str] = "xlsx"
    label: ClassVar[str] = "Excel (.xlsx)"
    is_text: ClassVar[bool] = False
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look for a zip with the folder of a workbook."""
        return data.startswith(b"PK\x03\x04") and b"xl/" in data

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read one sheet."""
        return read_xlsx(name, data, reading)


def read_xlsx(name: str, data: bytes, reading: Reading) -> Table:
    """Read one sheet of a workbook.

    Raises
    ------
    DataError
        If the workbook is damaged or holds no table.
    """
    return table_of_rows(name, _xlsx_rows(name, data), kind="xlsx")


def _xlsx_rows(name: str, data: bytes) -> list[tuple[int, list[str]]]:
    import openpyxl  # type: ignore[import-untyped]  # takes a while, and only workbooks need it

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = [[*row] for row in book.worksheets[0].iter_rows(values_only=True)]
    except (KeyError, IndexError, ValueError, OSError, zipfile.BadZipFile) as error:
        message = f"{name} cannot be opened as a workbook; save it again as .xlsx or as CSV."
        raise fault(name, message, "a damaged workbook", "an .xlsx workbook") from error
    return [(i, ["" if cell is None else str(cell) for cell in row]) for i, row in enumerate(rows, start=1)]
