"""Stream the XML of a sheet (SpreadsheetML, ECMA-376): filled cells only, so that blank ones cost nothing.

What Excel stores beside values is kept for those who must tell it: dates, errors, formulas whose value was never
stored, and merged cells.
"""

import datetime
import math
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

_ROWS, _COLUMNS = 1_048_576, 16_384
_DECORATION = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]|general', re.IGNORECASE)
_MARKED = re.compile(r"[+-]?\d*[.,]\d[\d.,]*")
_ZEROS = re.compile(r"0{2,}")


class DateCell(NamedTuple):
    """A cell that is a date: its place among the cells, the date, and how Excel shows it, such as ``d-mmm``."""

    at: int
    date: datetime.datetime
    format: str


@dataclass
class Cells:
    """The filled cells of one sheet, in the order of the file.

    Parameters
    ----------
    rows, columns
        (N,) 1-based places.
    texts
        (N,) what stands in the cells; numbers with all their digits, dates as ISO dates.
    dates
        Cells that are dates.
    errors, formulas
        Places among the cells of errors such as ``#DIV/0!``, and of formulas whose value was never stored.
    merged
        Ranges of merged cells: first row, first column, last row, last column.
    has_marked_texts
        Whether a cell of text looks like a number with a point or a comma, which can be a mark of either kind.
    is_whole
        Whether the sheet was read to its end.
    """

    rows: "array[int]" = field(default_factory=lambda: array("l"))
    columns: "array[int]" = field(default_factory=lambda: array("l"))
    texts: list[str] = field(default_factory=list)
    dates: list[DateCell] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    formulas: list[int] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    has_marked_texts: bool = False
    is_whole: bool = True

    def __len__(self) -> int:
        """Count the filled cells."""
        return len(self.texts)

    def reference(self, at: int) -> str:
        """Name the place of a cell as Excel does, such as ``C5``."""
        return f"{letters_of(self.columns[at])}{self.rows[at]}"


def letters_of(column: int) -> str:
    """Name a column as Excel does.

    >>> letters_of(1), letters_of(28), letters_of(16384)
    ('A', 'AB', 'XFD')
    """
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def place_of(reference: str) -> tuple[int, int]:
    """Give the 1-based row and column of a reference; zeros where it is none.

    >>> place_of("AB12"), place_of("?")
    ((12, 28), (0, 0))
    """
    letters = reference.rstrip("0123456789")
    digits = reference[len(letters) :]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    row = int(digits) if 0 < len(digits) < 8 else 0
    return (row, column) if 0 < row <= _ROWS and 0 < column <= _COLUMNS and len(letters) < 4 else (0, 0)


def is_date_format(format: str) -> bool:
    """Say whether a number format shows a date or a time.

    >>> is_date_format("d-mmm"), is_date_format("[Red]0.00"), is_date_format('0.0"h"'), is_date_format("[h]:mm")
    (True, False, False, True)
    """
    return any(letter in "dmyhs" for letter in _DECORATION.sub("", format.partition(";")[0]).lower())


def number_text(raw: str, format: str) -> str:
    """Write a number as it counts: all its digits, whole ones without a point, zeros in front where Excel shows them.

    >>> number_text("0.30000000000000004", ""), number_text("1.2E3", ""), number_text("7", "000")
    ('0.30000000000000004', '1200', '007')
    """
    if not raw.isdigit():
        number = float(raw)
        raw = str(int(number)) if abs(number) < 1e15 and number == int(number) else repr(number)
    return raw.zfill(len(format)) if _ZEROS.fullmatch(format) and raw.isdigit() else raw


def read_strings(pieces: Iterable[bytes]) -> list[str]:
    """Read the texts that cells share, without the pronunciation marks that some hold."""
    found: list[str] = []
    heard: list[str] = []
    parser = _parser()

    def start(tag: str, _: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "si":
            heard.clear()
        parser.CharacterDataHandler = heard.append if tag == "t" else None
        if tag == "rPh":
            parser.StartElementHandler = None

    def end(tag: str) -> None:
        tag = tag.rpartition(":")[2]
        parser.CharacterDataHandler = None
        if tag == "si":
            found.append("".join(heard))
        elif tag == "rPh":
            parser.StartElementHandler = start

    parser.StartElementHandler, parser.EndElementHandler = start, end
    for piece in pieces:
        parser.Parse(piece, not piece)
    return found


class SheetReader:
    """Collects the filled cells of a sheet piece by piece.

    Parameters
    ----------
    strings
        Texts that cells share.
    formats
        Number format of each cell style.
    first_day
        The date that the number 0 stands for.
    """

    def __init__(self, strings: Sequence[str], formats: Sequence[str], first_day: datetime.datetime) -> None:
        self.cells = Cells()
        self.filled_rows = self.letters = 0
        self._strings, self._formats, self._first_day = strings, formats, first_day
        self._is_date = [is_date_format(one) for one in formats]
        self._row = self._column = self._last = 0
        self._kind, self._style = "n", 0
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._parser = _parser()
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end

    def parse(self, piece: bytes) -> None:
        """Take the next piece of XML; an empty one is the end.

        Raises
        ------
        ValueError
            If it is no sheet; ``expat.ExpatError`` if it is no XML.
        """
        self._parser.Parse(piece, not piece)

    def _start(self, tag: str, values: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "c":
            row, column = place_of(values.get("r", ""))
            self._row, self._column = row or self._row, column or self._column + 1
            self._kind, self._style = values.get("t", "n"), int(values.get("s", 0))
            self._value, self._formula = [], None
        elif tag in ("v", "t"):
            self._parser.CharacterDataHandler = self._value.append
        elif tag == "f":
            self._formula = []
            self._parser.CharacterDataHandler = self._formula.append
        elif tag == "row":
            number = values.get("r", "")
            self._row, self._column = int(number) if number.isdigit() else self._row + 1, 0
        elif tag == "mergeCell":
            first, _, last = values.get("ref", "").partition(":")
            self.cells.merged.append((*place_of(first), *place_of(last)))

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if tag in ("v", "t", "f"):
            self._parser.CharacterDataHandler = None
        elif tag == "c":
            raw = "".join(self._value)
            if raw.strip():
                self._keep(raw)
            elif self._formula is not None and self._kind != "str":
                self.cells.formulas.append(len(self.cells))
                self._add("=" + ("".join(self._formula).strip() or "formula"))

    def _keep(self, raw: str) -> None:
        """Keep a filled cell as its type says."""
        kind, style = self._kind, self._style
        if kind == "s":
            raw = self._strings[int(raw)]
            if not raw.strip():
                return
        elif kind == "e":
            self.cells.errors.append(len(self.cells))
        elif kind == "b":
            raw = str(raw.strip() == "1")
        elif kind == "n" and _is_number(raw):
            format = self._formats[style] if style < len(self._formats) else ""
            is_date = bool(format) and self._is_date[style]
            raw = self._date(float(raw), format) if is_date else number_text(raw.strip(), format)
        if kind in ("s", "inlineStr", "str") and _MARKED.fullmatch(raw.strip()):
            self.cells.has_marked_texts = True
        self._add(raw)

    def _add(self, text: str) -> None:
        cells = self.cells
        if self._row != self._last:
            self.filled_rows += 1
            self._last = self._row
        cells.rows.append(self._row)
        cells.columns.append(self._column)
        cells.texts.append(text)
        self.letters += len(text)

    def _date(self, days: float, format: str) -> str:
        """Write a date as ISO text and remember it; times of day and durations are hours:minutes:seconds."""
        try:
            date = self._first_day + datetime.timedelta(days=days + (0 < days < 60 and self._first_day.year == 1899))
        except OverflowError:
            return repr(days)
        if days < 1 or "[" in format:
            return str(datetime.timedelta(seconds=round(days * 86400)))
        self.cells.dates.append(DateCell(len(self.cells), date, format))
        return str(date.date()) if date.time() == datetime.time() else str(date.replace(microsecond=0))


def _is_number(raw: str) -> bool:
    try:
        return math.isfinite(float(raw))
    except ValueError:
        return False


def _parser() -> expat.XMLParserType:
    """Make a parser that knows no entities but those of XML itself."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.EntityDeclHandler = _refuse
    return parser


def _refuse(*_: object) -> None:
    raise ValueError("a sheet that declares entities")
