"""ENCODE motifs (Kheradpour and Kellis 2014, doi:10.1093/nar/gkt1249): a consensus letter in front of each position."""

import re
from dataclasses import dataclass

from lib.io.matrices import Matrices, MotifFile, Row, numbers_of
from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat, number_filled_lines
from lib.io.motif_formats.jaspar import is_by_letter, sums_to_one

_ROW = re.compile(r"([ACGTURYSWKMBDHVNX])\s+(.+)", re.IGNORECASE)


@MOTIF_FORMATS.add
@dataclass(frozen=True)
class Encode(MotifFormat):
    """``>NAME remarks`` above rows such as ``A 0.97 0.01 0.01 0.01``: a letter, then the probabilities of A C G T."""

    name = "encode"
    label = "ENCODE"

    def claims(self, text: str) -> bool:
        """Look for a header and a row of a letter and four probabilities."""
        lines = [line for _, line in number_filled_lines(text)[:6]]
        if len(lines) < 2 or not lines[0].startswith(">") or is_by_letter(lines):
            return False
        below = [position_row(line) for line in lines[1:] if not line.startswith(">")]
        return sum(row is not None and len(row) == 4 for row in below) > len(below) / 2

    def read(self, text: str, name: str) -> MotifFile:
        """Read every matrix under the first word of its header; the rest is the second name."""
        gathered = Matrices(name)
        title, begun = "", 0
        rows: list[Row] = []
        letters = ""

        def close() -> None:
            if not begun:
                return
            first, _, rest = title.partition(" ")
            if letters in ("ACGT", "ACGU") and all(sums_to_one([row[i] for _, row in rows]) for i in range(4)):
                needed = "rows such as A [ 0.7 0.1 0.1 0.1 ] if they are of letters, or a longer motif"
                gathered.fault(begun, f"four rows of four numbers that read either way in {first}", needed)
            else:
                gathered.add(first, begun, rows, alias=rest)

        for line, content in number_filled_lines(text):
            if content.startswith(">"):
                close()
                title, begun, rows, letters = " ".join(content[1:].split()), line, [], ""
                continue
            numbers = position_row(content)
            if numbers is None or not begun:
                gathered.fault(line, repr(content[:40]), "a letter and four numbers, below a line that starts with >")
            else:
                rows.append((line, numbers))
                letters += content[0].upper()
        close()
        return gathered.finish()


def position_row(line: str) -> list[float] | None:
    """Read a row of a consensus letter and numbers; None where it is none.

    >>> position_row("W 0.5 0 0 0.5"), position_row("0.5 0 0 0.5")
    ([0.5, 0.0, 0.0, 0.5], None)
    """
    match = _ROW.fullmatch(line)
    return None if match is None else numbers_of(match[2])
