"""JASPAR (https://jaspar.elixir.no/docs) and UniPROBE: one row per letter, which the row begins with."""

import re
from dataclasses import dataclass

from lib.io.matrices import Matrices, MotifFile, Row, numbers_of
from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat, number_filled_lines

_ROW = re.compile(r"([ACGTU])\s*[:|=]?\s*(\[?)\s*(.*?)\s*\]?", re.IGNORECASE)
_MARKED = re.compile(r"[ACGTU]\s*(\[|[:|=]\s*[-+.\d])", re.IGNORECASE)


@MOTIF_FORMATS.add
@dataclass(frozen=True)
class Jaspar(MotifFormat):
    """Counts or probabilities in a row for each letter: ``>MA0001.1 AGL3`` above ``A [ 0 3 79 ]``, or ``A: 0 3 79``."""

    name = "jaspar"
    label = "JASPAR"

    def claims(self, text: str) -> bool:
        """Look for rows of letters among the first lines; a title stands above them or nothing."""
        return is_by_letter([line for _, line in number_filled_lines(text)[:6]])

    def read(self, text: str, name: str) -> MotifFile:
        """Read every matrix; where a file gives no name, its own is taken."""
        gathered = Matrices(name)
        title, begun, rows, broken = "", 0, dict[str, Row](), False

        def close() -> None:
            if begun and not broken:
                identifier, _, alias = title.partition(" ")
                gathered.add_letters(title, begun, rows, alias=alias or identifier)

        for line, content in number_filled_lines(text):
            row = letter_row(content)
            if row is None:
                if _is_broken(content) and not content.startswith(">"):
                    gathered.fault(line, repr(content[:40]), "a letter A C G T or U, then numbers of 0 or more")
                    broken = True
                    continue
                close()
                title, begun, rows, broken = " ".join(content.removeprefix(">").split()), line, {}, False
                continue
            if row[0] in rows or not begun:  # a matrix without a title of its own
                close()
                title, begun, rows, broken = "", line, {}, False
            rows[row[0]] = (line, row[1])
        close()
        return gathered.finish()


def is_by_letter(lines: list[str]) -> bool:
    """Say whether the first lines of a file hold one row per letter, rather than one per position.

    >>> is_by_letter([">x", "A 1 0 3", "C 0 5 0"]), is_by_letter([">x", "A 1 0 0 0", "C 0 .9 0 0"])
    (True, False)
    """
    start = next((place for place, line in enumerate(lines[:2]) if letter_row(line) or _MARKED.match(line)), None)
    if start is None:
        return False
    if any(map(_MARKED.match, lines)):
        return True
    found = [row for row in map(letter_row, lines[start : start + 4]) if row is not None and len(row[1]) > 1]
    letters = "".join(letter for letter, _ in found)
    if len(set(letters)) < len(letters) or len(letters) < (2 if lines[0].startswith(">") else 4):
        return False
    if sum(len(numbers) == 4 for _, numbers in found) > len(found) / 2:  # four rows of four, or positions
        return letters == "ACGT" and not all(sums_to_one(numbers) for _, numbers in found)
    return True


def letter_row(line: str) -> tuple[str, list[float]] | None:
    """Read a row that begins with its letter; None where it is none.

    >>> letter_row("A [ 0 3 ]"), letter_row("u: .1 1"), letter_row("AGL3 1 2"), letter_row("T []")
    (('A', [0.0, 3.0]), ('T', [0.1, 1.0]), None, ('T', []))
    """
    match = _ROW.fullmatch(line)
    if match is None or not (match[2] or re.match(r"\S[\s:|=]", line)):
        return None
    numbers = numbers_of(match[3]) if match[3] else []
    return None if numbers is None else (match[1].upper().replace("U", "T"), numbers)


def _is_broken(line: str) -> bool:
    """Say whether a line was meant as a row of a letter, with something in it that is no number."""
    return bool(re.match(r"[ACGTU](\s*[\[:|=]|\s+[-+.\d])", line, re.IGNORECASE))


def sums_to_one(numbers: list[float]) -> bool:
    """Say whether four numbers look like the probabilities of one position."""
    return len(numbers) == 4 and min(numbers) >= 0 and abs(sum(numbers) - 1) <= 0.05
