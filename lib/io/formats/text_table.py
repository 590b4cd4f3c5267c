"""Delimited text: whatever text no other format claims."""

from dataclasses import dataclass
from typing import ClassVar

from lib.io.decisions import Reading
from lib.io.delimited import read_delimited
from lib.io.file_format import TABLE_FORMATS
from lib.io.table import Table


@TABLE_FORMATS.add
@dataclass(frozen=True)
class TextTable:
    """Text with columns separated by comma, tab, semicolon or bar."""

    name: ClassVar[str] = "csv"
    label: ClassVar[str] = "CSV, TSV"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 100

    def claims(self, name: str, data: bytes) -> bool:
        """Take any text."""
        return True

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read rows of fields."""
        return read_delimited(name, data, reading)
