"""TRANSFAC and its relatives (STAMP, JASPAR's export): lines that begin with two letters, blocks that end in ``//``."""

import re
from dataclasses import dataclass, field

from lib.core.alphabet import BASES
from lib.io.matrices import Matrices, MotifFile, Row, numbers_of
from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat, number_filled_lines

_LETTERS = re.compile(r"P[O0]\s+([ACGTU])\s+([ACGTU])\s+([ACGTU])\s+([ACGTU])\b.*", re.IGNORECASE)
_POSITION = re.compile(r"\d+\s+(.*?)(\s+[A-Z])?", re.IGNORECASE)
_TAG = re.compile(r"([A-Z][A-Z0-9])(\s+(.*))?")
_NAMES = ("ID", "AC", "NA", "DE")
_SHORT = re.compile(r"DE\s+\S.*")


@dataclass
class _Block:
    """One motif while its lines are read."""

    begun: int
    facts: dict[str, str] = field(default_factory=dict)
    letters: str = ""
    rows: list[Row] = field(default_factory=list)

    @property
    def is_motif(self) -> bool:
        return bool(self.letters or self.rows or {"ID", "NA"} & set(self.facts))

    def put_into(self, gathered: Matrices) -> None:
        """Add the matrix under its identifier; the name of the factor is the second name."""
        if not self.is_motif:
            return
        title = next((self.facts[tag] for tag in _NAMES if self.facts.get(tag)), "")
        title = title.split()[0] if "ID" not in self.facts and "DE" in self.facts else title
        alias = self.facts.get("NA", "")
        gathered.add(title, self.begun, self.rows, letters=self.letters or BASES, alias=alias)


@MOTIF_FORMATS.add
@dataclass(frozen=True)
class Transfac(MotifFormat):
    """Counts or probabilities below a line ``P0 A C G T``; the motif is called by ID, AC or NA."""

    name = "transfac"
    label = "TRANSFAC"

    def claims(self, text: str) -> bool:
        """Look for the line of letters, or for ``DE`` above a numbered row."""
        lines = [line for _, line in number_filled_lines(text)]
        if any(map(_LETTERS.fullmatch, lines)):
            return all(_TAG.match(line) or line.startswith("//") for line in lines[:1])
        return len(lines) > 1 and bool(_SHORT.fullmatch(lines[0])) and position_row(lines[1]) is not None

    def read(self, text: str, name: str) -> MotifFile:
        """Read every block."""
        gathered = Matrices(name)
        block: _Block | None = None
        for line, content in number_filled_lines(text):
            row = position_row(content)
            letters, tag = _LETTERS.fullmatch(content), _TAG.fullmatch(content)
            if content.startswith("//") or (tag and tag[1] == "DE" and block and block.rows):
                if block is not None:
                    block.put_into(gathered)
                block = None
            if content.startswith("//"):
                continue
            block = block or _Block(line)
            if letters:
                block.letters = "".join(letters.groups()).upper()
            elif row is not None and (block.letters or "DE" in block.facts):
                block.rows.append((line, row))
            elif tag:
                block.facts.setdefault(tag[1], (tag[3] or "").strip())
            elif content[0].isdigit() and (block.letters or block.rows):
                gathered.fault(line, repr(content[:40]), "a position and four numbers")
        if block is not None:
            block.put_into(gathered)
        return gathered.finish()


def position_row(line: str) -> list[float] | None:
    """Read a row of a position, numbers and perhaps a consensus letter; None where it is none.

    >>> position_row("01 1 2 2 0 S"), position_row("02 0 0 5 0"), position_row("ID x")
    ([1.0, 2.0, 2.0, 0.0], [0.0, 0.0, 5.0, 0.0], None)
    """
    match = _POSITION.fullmatch(line)
    return None if match is None else numbers_of(match[1])
