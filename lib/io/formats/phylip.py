"""PHYLIP alignments: interleaved or sequential, names of ten letters or set off by a blank."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from lib.io.decisions import Reading
from lib.io.file_format import SEQUENCE_FORMATS, Records
from lib.io.source import fault

Line = tuple[int, str]
Row = tuple[str, str, str, int]
_SIZE = re.compile(rb"\s*(\d{1,7})[ \t]+(\d{1,8})([ \t]+[IiSs])?[ \t]*\n")
_LETTERS = re.compile(r"[A-Za-z.~?*-]+")
_STRICT = 10


@SEQUENCE_FORMATS.add
@dataclass(frozen=True)
class Phylip:
    """Rows below a line with the numbers of rows and columns."""

    name: ClassVar[str] = "phylip"
    label: ClassVar[str] = "PHYLIP"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 20

    def claims(self, name: str, data: bytes) -> bool:
        """Look for two whole numbers alone in the first line, and a name with letters below."""
        size = _SIZE.match(data)
        if size is None:
            return False
        below = data[size.end() : size.end() + 2000].lstrip(b"\n").split(b"\n")[0].decode(errors="replace")
        return any(_LETTERS.fullmatch(_close(part)) for part in (below[_STRICT:], _split(below)[1]) if part)

    def read(self, name: str, data: bytes, reading: Reading) -> Records:
        """Read the rows."""
        return read_phylip(name, data)


def read_phylip(name: str, data: bytes) -> Records:
    """Read an alignment in the first layout in which it has as many rows and columns as it says.

    Raises
    ------
    DataError
        If it has in none.
    """
    size = _SIZE.match(data)
    rows, columns = (int(size[1]), int(size[2])) if size is not None else (0, 0)
    lines = [(i, line) for i, line in enumerate(data.decode().split("\n"), start=1) if line.strip()][1:]
    for split in (_split, lambda line: (line[:_STRICT].strip(), line[_STRICT:])):
        for layout in (_read_interleaved, _sequential):
            found = layout(lines, rows, columns, split)
            if found and len(found) == rows and all(len(text) == columns for _, _, text, _ in found):
                return Records.of(found)
    message = f"{name} says that it has {rows:,} rows of {columns:,} letters, and has not; save the alignment again."
    raise fault(name, message, f"{len(lines):,} lines", f"{rows:,} rows of {columns:,} letters", line=1)


def _split(line: str) -> tuple[str, str]:
    key, _, letters = line.strip().partition(" ") if " " in line.strip() else line.strip().partition("\t")
    return key, letters


def _close(letters: str) -> str:
    return "".join(letters.split())


def _read_interleaved(lines: Sequence[Line], rows: int, _: int, split: Callable[[str], tuple[str, str]]) -> list[Row]:
    if not rows or len(lines) % rows:
        return []
    found = []
    for i, (number, line) in enumerate(lines[:rows]):
        key, first = split(line)
        rest = "".join(_close(text) for _, text in lines[i + rows :: rows])
        found.append((key, "", _close(first) + rest, number))
    return found


def _sequential(lines: Sequence[Line], rows: int, columns: int, split: Callable[[str], tuple[str, str]]) -> list[Row]:
    found: list[Row] = []
    place = 0
    while place < len(lines) and len(found) < rows:
        number, line = lines[place]
        key, letters = split(line)
        parts, length = [_close(letters)], len(_close(letters))
        place += 1
        while length < columns and place < len(lines):
            parts.append(_close(lines[place][1]))
            length += len(parts[-1])
            place += 1
        found.append((key, "", "".join(parts), number))
    return found if place == len(lines) else []
