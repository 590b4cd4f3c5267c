"""HOMER (http://homer.ucsd.edu/homer/motif/creatingCustomMotifs.html): one row of four numbers per position."""

import re
from dataclasses import dataclass

from lib.io.matrices import Matrices, MotifFile, Row, numbers_of
from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat, number_filled_lines

_CONSENSUS = re.compile(r"[ACGTURYSWKMBDHVN.\[\]()-]+", re.IGNORECASE)


@MOTIF_FORMATS.add
@dataclass(frozen=True)
class Homer(MotifFormat):
    """``>consensus``, name and threshold separated by tabs, above one row of A C G T probabilities per position."""

    name = "homer"
    label = "HOMER"

    def claims(self, text: str) -> bool:
        """Look for a header with a consensus, a name and a number, and a row of numbers or another header below it."""
        lines = number_filled_lines(text)[:2]
        words = lines[1][1].split() if len(lines) > 1 else []
        numeric = sum(numbers_of(word) is not None for word in words) >= len(words) / 2
        return bool(lines) and is_header(lines[0][1]) and (numeric or lines[1][1].startswith(">"))

    def read(self, text: str, name: str) -> MotifFile:
        """Read every matrix under its name; the consensus is the second name."""
        gathered = Matrices(name)
        title, alias, begun = "", "", 0
        rows: list[Row] = []

        def close() -> None:
            if begun:
                gathered.add(title, begun, rows, alias=alias)

        for line, content in number_filled_lines(text):
            if content.startswith(">"):
                close()
                fields = [field.strip() for field in content[1:].split("\t")]
                title, alias = (fields[1] if len(fields) > 1 and fields[1] else fields[0]), fields[0]
                begun, rows = line, []
                continue
            numbers = numbers_of(content)
            if numbers is None:
                gathered.fault(line, repr(content[:40]), "four numbers, or a header that starts with >")
            else:
                rows.append((line, numbers))
        close()
        return gathered.finish()


def is_header(line: str) -> bool:
    r"""Say whether a line is a header of HOMER.

    >>> is_header(">TGAC\tAP-1\t6.49"), is_header(">TGAC"), is_header(">x\tTGACGT\ty")
    (True, False, False)
    """
    fields = line[1:].split("\t")
    if not line.startswith(">") or len(fields) < 3:
        return False
    return bool(_CONSENSUS.fullmatch(fields[0].strip())) and numbers_of(fields[2]) is not None
