"""CIS-BP (Weirauch et al. 2014, doi:10.1016/j.cell.2014.08.009) and CISBP-RNA: positions below a row of the letters."""

import re
from dataclasses import dataclass

from lib.io.matrices import Matrices, MotifFile, Row, numbers_of
from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat, number_filled_lines

_HEADER = re.compile(r"(Pos\w*[\s,;]+)?([ACGTU])[\s,;]+([ACGTU])[\s,;]+([ACGTU])[\s,;]+([ACGTU])", re.IGNORECASE)
_FACT = re.compile(r"(TF|RBP|TF Name|RBP Name|Gene|Motif|Family|Species)\t(.*)", re.IGNORECASE)
_SEPARATORS = re.compile(r"[;\t ]+")
HEAD_LINES = 12


@MOTIF_FORMATS.add
@dataclass(frozen=True)
class CisBp(MotifFormat):
    """``Pos A C G U`` above one row per position; one motif a file, called as the file is, or blocks with their facts.

    A file whose matrix is empty holds a motif that CIS-BP may not pass on.
    """

    name = "cis-bp"
    label = "CIS-BP"

    def claims(self, text: str) -> bool:
        """Look for the row of letters, which is the first line or stands below facts such as ``Motif``."""
        for _, line in number_filled_lines(text)[:HEAD_LINES]:
            if header_letters(line):
                return True
            if not _FACT.fullmatch(line):
                return False
        return False

    def read(self, text: str, name: str) -> MotifFile:
        """Read every matrix under the name of its facts, else under that of the file."""
        gathered = Matrices(name)
        facts: dict[str, str] = {}
        letters, begun, has_position = "", 0, True
        rows: list[Row] = []

        def close() -> None:
            if begun:
                title = facts.get("motif", "")
                alias = facts.get("rbp name") or facts.get("tf name") or facts.get("gene", "")
                gathered.add(title, begun, rows, letters=letters, alias=alias)

        for line, content in number_filled_lines(text):
            found, fact = header_letters(content), _FACT.fullmatch(content)
            if found or fact:
                if begun:
                    close()
                    facts, letters, begun, rows = {}, "", 0, []
                if fact:
                    facts[fact[1].lower()] = fact[2].strip()
                else:
                    letters, begun, has_position = found, line, content[:3].lower() == "pos"
                continue
            numbers = numbers_of(_SEPARATORS.sub(" ", content))
            if numbers is None or not begun:
                gathered.fault(line, repr(content[:40]), "a position and four numbers")
                continue
            numbered = has_position or len(numbers) == len(letters) + 1
            rows.append((line, numbers[1:] if numbered else numbers))
        close()
        return gathered.finish()


def header_letters(line: str) -> str:
    r"""Give the letters of the row above a matrix; empty where the line is none.

    >>> header_letters("Pos\tA\tC\tG\tU"), header_letters("A C G T"), header_letters("Pos 1 2 3 4")
    ('ACGU', 'ACGT', '')
    """
    match = _HEADER.fullmatch(line)
    letters = "" if match is None else "".join(match.group(2, 3, 4, 5)).upper()
    return letters if len(set(letters)) == 4 else ""
