"""CLUSTAL alignments, as Clustal, MUSCLE, MAFFT and T-Coffee write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from lib.io.alignment import join_blocks
from lib.io.decisions import Reading
from lib.io.file_format import SEQUENCE_FORMATS, Records
from lib.io.source import fault

_TITLE = re.compile(rb"\s*(CLUSTAL|MUSCLE|MAFFT|PROBCONS|MSAPROBS|KALIGN|T-COFFEE)\b[^\t,;\n]*\n")
_ROW = re.compile(r"(\S+)\s+([A-Za-z.~*?-]+)(\s+\d+)?\s*")


@SEQUENCE_FORMATS.add
@dataclass(frozen=True)
class Clustal:
    """Blocks of rows below a title."""

    name: ClassVar[str] = "clustal"
    label: ClassVar[str] = "CLUSTAL"
    is_text: ClassVar[bool] = True
    order: ClassVar[int] = 10

    def claims(self, name: str, data: bytes) -> bool:
        """Look for the title."""
        return _TITLE.match(data) is not None

    def read(self, name: str, data: bytes, reading: Reading) -> Records:
        """Read the rows, without the line of conserved columns."""
        return join_blocks(name, _pieces(name, data))


def _pieces(name: str, data: bytes) -> Iterator[tuple[int, str, str]]:
    title = len(data) - len(data.lstrip())
    lines = data.decode().split("\n")
    for number, line in enumerate(lines[data.count(b"\n", 0, title) + 1 :], start=data.count(b"\n", 0, title) + 2):
        if not line.strip() or line[0] in " \t":
            continue
        match = _ROW.fullmatch(line)
        if match is None:
            message = f"{name} has a row in line {number} that is not an id and letters; save the alignment again."
            raise fault(name, message, repr(line[:40]), "an id, blanks and letters", line=number)
        yield number, match[1], match[2]
