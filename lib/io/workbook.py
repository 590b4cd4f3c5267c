"""The parts of a workbook (XLSX): its sheets, the texts that they share and the formats of their cells."""

import datetime
import io
import zipfile
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from lib.io.containers import zip_pieces
from lib.io.sheet_xml import Cells, SheetReader, read_strings
from lib.io.source import fault

FREE_XML, RATIO = 8 * 10**6, 200
"""A part larger than ``FREE_XML`` may unpack to ``RATIO`` times its packed bytes; real sheets unpack to 10 to 40."""
MOST_CELLS, MOST_TEXT = 4_000_000, 500_000_000
"""Filled cells of a sheet, and letters in them."""
PIECE = 1 << 16
_FIRST_DAY, _FIRST_DAY_MAC = datetime.datetime(1899, 12, 30), datetime.datetime(1904, 1, 1)
_FORMATS = {
    1: "0",
    14: "m/d/yyyy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm",
    19: "h:mm:ss",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yyyy h:mm",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss",
}
_DAMAGED = (
    LookupError,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
    OverflowError,
    zlib.error,
    zipfile.BadZipFile,
    expat.ExpatError,
    ElementTree.ParseError,
)


class Sheet(NamedTuple):
    """A sheet of a workbook: its name, its part of the file, and whether Excel hides it."""

    name: str
    part: str
    is_hidden: bool


class Workbook:
    """A workbook whose sheets are read one at a time.

    Parameters
    ----------
    name
        File name as the user knows it.
    data
        The bytes of the file.

    Raises
    ------
    DataError
        If the workbook is damaged, or a part of it unpacks to more than sheets do.
    """

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        with _Guard(name):
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._parts = set(self._archive.namelist())
            links = {one.get("Type", ""): one for one in self._elements("_rels/.rels", "Relationship")}
            main = next((one.get("Target", "") for kind, one in links.items() if kind.endswith("/officeDocument")), "")
            self._main = PurePosixPath(main.lstrip("/") or "xl/workbook.xml")
            if self._main.suffix == ".bin":
                message = f"{name} is a binary workbook (.xlsb); save it as .xlsx or CSV."
                raise fault(name, message, "a binary workbook", "an .xlsx workbook")
            rels = self._main.parent / "_rels" / f"{self._main.name}.rels"
            self._links = {one.get("Id", ""): one for one in self._elements(str(rels), "Relationship")}
            self.sheets = tuple(self._find_sheets())

    def read(self, sheet: Sheet, *, rows: int | None = None) -> Cells:
        """Read the filled cells of a sheet, or of little more than its first ``rows`` filled rows.

        Raises
        ------
        DataError
            If the sheet is damaged or holds more than ``MOST_CELLS`` filled cells.
        """
        with _Guard(self.name):
            reader = SheetReader(self._strings, self._formats, self._first_day)
            for piece in self._pieces(sheet.part):
                reader.parse(piece)
                if rows is not None and reader.filled_rows > rows:
                    reader.cells.is_whole = False
                    break
                if len(reader.cells) > MOST_CELLS:
                    limit = f"at most {MOST_CELLS:,} filled cells"
                    message = f"{self.name}: the sheet {sheet.name} holds more than {limit[8:]}; save it as CSV."
                    raise fault(self.name, message, "a larger sheet", limit)
                if reader.letters > MOST_TEXT:
                    message = f"{self.name}: the sheet {sheet.name} holds over {MOST_TEXT:,} letters; save it as CSV."
                    raise fault(self.name, message, "a larger sheet", f"at most {MOST_TEXT:,} letters")
        return reader.cells

    def _find_sheets(self) -> Iterator[Sheet]:
        book = list(self._elements(str(self._main)))
        is_mac = any(_tag(one) == "workbookPr" and one.get("date1904", "0") in ("1", "true") for one in book)
        self._first_day = _FIRST_DAY_MAC if is_mac else _FIRST_DAY
        for one in book:
            if _tag(one) == "sheet":
                link = self._links.get(next((value for key, value in one.items() if key.endswith("}id")), ""))
                if link is not None and link.get("Type", "").endswith("/worksheet"):
                    is_hidden = one.get("state", "visible") != "visible"
                    yield Sheet(one.get("name", ""), self._part(link.get("Target", "")), is_hidden)

    @cached_property
    def _strings(self) -> list[str]:
        part = self._related("/sharedStrings")
        return read_strings(self._pieces(part)) if part else []

    @cached_property
    def _formats(self) -> list[str]:
        """Number format of each cell style."""
        part = self._related("/styles")
        styles = list(self._elements(part)) if part else []
        custom = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in styles if _tag(one) == "numFmt"}
        used = [one for group in styles if _tag(group) == "cellXfs" for one in group]
        return [custom.get(number := int(one.get("numFmtId", 0)), _FORMATS.get(number, "")) for one in used]

    def _related(self, kind: str) -> str:
        found = (one.get("Target", "") for one in self._links.values() if one.get("Type", "").endswith(kind))
        return next((part for part in map(self._part, found) if part in self._parts), "")

    def _part(self, target: str) -> str:
        return target.lstrip("/") if target.startswith("/") else str(self._main.parent / target)

    def _elements(self, part: str, tag: str = "") -> Iterator[ElementTree.Element]:
        """Give all elements of a small part, or those of one tag."""
        root = ElementTree.fromstring(b"".join(self._pieces(part)))
        return (one for one in root.iter() if not tag or _tag(one) == tag)

    def _pieces(self, part: str) -> Iterator[bytes]:
        info = self._archive.getinfo(part)
        if info.file_size > max(FREE_XML, RATIO * info.compress_size):
            found = f"{info.file_size / 1e6:,.0f} MB out of {info.compress_size / 1e6:.2g} MB"
            message = (
                f"{self.name} unpacks to over {RATIO} times its size ({found}), as files made to fill the memory do; "
                "if it is yours, save the sheet as CSV."
            )
            raise fault(self.name, message, found, f"at most {RATIO} times the packed size")
        size = 0
        for piece, _ in zip_pieces(self._archive, info):
            size += len(piece)
            if size > info.file_size:
                raise zipfile.BadZipFile("more than was declared")
            yield from (piece[at : at + PIECE] for at in range(0, len(piece), PIECE))
        yield b""


class _Guard:
    """Turns what a damaged workbook raises into one sentence."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        """Start."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Refuse the file."""
        if isinstance(error, _DAMAGED):
            message = f"{self._name} cannot be opened as a workbook; save it again as .xlsx or as CSV."
            raise fault(self._name, message, "a damaged workbook", "an .xlsx workbook") from error


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]
