"""Matrices of bare numbers: four rows A C G T (old JASPAR files), or one row of four per position (Cluster-Buster)."""

from dataclasses import dataclass

import numpy as np

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.io.matrices import TOLERANCE, Matrices, MotifFile, Row, numbers_of
from lib.io.motif_formats.base import MOTIF_FORMATS, MotifFormat, filled_lines
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
        lines = [line for _, line in filled_lines(text)]
        if not lines or is_header(lines[0]):
            return False
        if lines[0].startswith(">"):
            return len(lines) > 1 and numbers_of(lines[1]) is not None
        rows = [numbers_of(line) for line in lines[:MOST]]
        found = [row for row in rows if row is not None]
        if len(found) < len(lines):
            return False
        widths = set(map(len, found))
        return len(widths) == 1 and (
            (len(found) == 4 and widths != {1}) or (len(found) > 1 and all(map(sums_to_one, found)))
        )

    def read(self, text: str, name: str) -> MotifFile:
        """Read every matrix; the one of a file without titles is called as the file is."""
        gathered = Matrices(name)
        title, begun = "", 1
        rows: list[Row] = []

        def close() -> None:
            if rows or begun > 1 or title:
                first, _, rest = title.partition(" ")
                _add(gathered, title, begun, rows, rest or first)

        for line, content in filled_lines(text):
            if content.startswith(">"):
                close()
                title, begun, rows = " ".join(content[1:].split()), line, []
                continue
            numbers = numbers_of(content)
            if numbers is None:
                gathered.fault(line, repr(content[:40]), "numbers, or a line that starts with >")
            else:
                rows.append((line, numbers))
        close()
        return gathered.finish()


def _add(gathered: Matrices, title: str, begun: int, rows: list[Row], alias: str) -> None:
    """Add a matrix the way that its shape and its sums allow."""
    widths = {len(values) for _, values in rows}
    tall = widths == {4}
    flat = len(rows) == 4 and len(widths) == 1
    if tall and flat:
        numbers = np.array([values for _, values in rows])
        tall, flat = _even(numbers.sum(axis=1)), _even(numbers.sum(axis=0))
        if tall == flat:
            needed = "letters, such as A [ 0 3 79 40 ], where the rows are A C G T"
            gathered.fault(begun, f"four rows of four numbers that read either way in {gathered.title(title)}", needed)
            return
    if flat:
        gathered.add_letters(title, begun, dict(zip(BASES, rows, strict=True)), alias=alias)
    else:
        gathered.add(title, begun, rows, alias=alias)


def _even(sums: FloatArray) -> bool:
    return bool(sums.min() > 0 and np.ptp(sums) <= TOLERANCE * sums.max())
