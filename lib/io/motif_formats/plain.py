"""Matrices of bare numbers: four rows A C G T (old JASPAR files), or one row of four per position (Cluster-Buster)."""

from dataclasses import dataclass

import numpy as np

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.io.matrices import TOLERANCE, Matrices, MotifFile, Row, numbers_of
from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat, number_filled_lines
from lib.io.motif_formats.homer import is_header
from lib.io.motif_formats.jaspar import sums_to_one

MOST = 200
"""Lines that a file without any title may have, so that no table of numbers is taken for a matrix."""


@MOTIF_FORMATS.add
@dataclass(frozen=True)
class Plain(MotifFormat):
    """Numbers without letters, below ``>NAME`` or alone: rows A C G T, or one row of four numbers per position."""

    name = "plain"
    label = "matrix without letters"

    def claims(self, text: str) -> bool:
        """Look for numbers only, below a title or in the shape of one matrix."""
        lines = number_filled_lines(text)
        if not lines or is_header(lines[0][1]):
            return False
        if lines[0][1].startswith(">"):
            return len(lines) > 1 and numbers_of(lines[1][1]) is not None
        if len(lines) > MOST:
            return False
        return all(map(_is_matrix, _blocks(lines)))

    def read(self, text: str, name: str) -> MotifFile:
        """Read every matrix; the one of a file without titles is called as the file is."""
        gathered = Matrices(name)
        lines = number_filled_lines(text)
        for block in _blocks(lines):
            first = block[0][1]
            title = " ".join(first[1:].split()) if first.startswith(">") else ""
            rows: list[Row] = []
            for line, content in block[1:] if first.startswith(">") else block:
                numbers = numbers_of(content)
                if numbers is None:
                    gathered.fault(line, repr(content[:40]), "numbers, or a line that starts with >")
                else:
                    rows.append((line, numbers))
            _add(gathered, title, block[0][0], rows)
        return gathered.finish()


def _blocks(lines: list[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Cut lines in front of each title; in a file without titles, where lines are blank."""
    titled = lines[0][1].startswith(">")
    blocks: list[list[tuple[int, str]]] = []
    last = 0
    for line, content in lines:
        if not blocks or (content.startswith(">") if titled else line > last + 1):
            blocks.append([])
        blocks[-1].append((line, content))
        last = line
    return blocks


def _is_matrix(block: list[tuple[int, str]]) -> bool:
    rows = [numbers for _, content in block if (numbers := numbers_of(content)) is not None]
    widths = set(map(len, rows))
    if len(rows) < len(block) or len(widths) != 1:
        return False
    return (len(rows) == 4 and widths != {1}) or (len(rows) > 1 and all(map(sums_to_one, rows)))


def _add(gathered: Matrices, title: str, begun: int, rows: list[Row]) -> None:
    """Add a matrix the way that its shape and its sums allow; all but the first word is a second name."""
    title = title.removesuffix(f" {len(rows)}")  # ATtRACT writes the length behind the name
    identifier, _, rest = title.partition(" ")
    alias = rest or identifier
    widths = {len(values) for _, values in rows}
    tall = widths == {4}
    flat = len(rows) == 4 and len(widths) == 1
    if tall and flat:
        numbers = np.array([values for _, values in rows])
        tall, flat = _is_even(numbers.sum(axis=1)), _is_even(numbers.sum(axis=0))
        if tall == flat:
            needed = "letters, such as A [ 0 3 79 40 ], where the rows are A C G T"
            gathered.fault(begun, f"four rows of four numbers that read either way in {gathered.title(title)}", needed)
            return
    if flat:
        gathered.add_letters(title, begun, dict(zip(BASES, rows, strict=True)), alias=alias)
    else:
        gathered.add(title, begun, rows, alias=alias)


def _is_even(sums: FloatArray) -> bool:
    return bool(sums.min() > 0 and np.ptp(sums) <= TOLERANCE * sums.max())
