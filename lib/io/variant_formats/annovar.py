"""ANNOVAR input and output (https://annovar.openbioinformatics.org): Chr Start End Ref Alt, positions from 1.

An insertion has the reference ``-`` and the same start and end; it lies after that position. A reference of ``0``
stands for the letters from start to end, whatever they are.
"""

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np
import pandas as pd

from lib.io.alleles import allele, is_allele, whole
from lib.io.decisions import Decision
from lib.io.table import Table
from lib.io.variant_columns import find_columns, plain
from lib.io.variant_format import VARIANT_FORMATS, VariantFile, VariantRows
from lib.io.variant_tables import take_rows

FIXED = ("Chr", "Start", "End", "Ref", "Alt")
_SAMPLE = 50


@VARIANT_FORMATS.add
@dataclass(frozen=True)
class Annovar:
    """Five columns without a header, or the names Chr, Start, End, Ref, Alt at the start of a table."""

    name: ClassVar[str] = "annovar"
    label: ClassVar[str] = "ANNOVAR"
    order: ClassVar[int] = 20

    def claims(self, file: VariantFile) -> bool:
        """Look for rows whose ends fit the lengths of their references, or for the names of the columns."""
        return _without_header(file) or _is_named(file.table)

    def read(self, file: VariantFile) -> VariantRows:
        """Read the five columns; comments behind them are not read."""
        if _without_header(file):
            table, why = _table(file), "No line names the columns, and the rows fit Chr Start End Ref Alt"
        else:
            table, why = file.table, "The columns are called Chr, Start, End, Ref, Alt"
        columns, decisions = find_columns(table, file.known, file.reading)
        taken = take_rows(table, columns, unspelled=frozenset({"0"}))
        told = Decision(file.name, "Format", "", self.label, f"{why}: insertions lie after their position.")
        return VariantRows(
            file.name,
            self.label,
            tuple(taken.rows),
            tuple(taken.rejected),
            taken.total,
            1,
            "after",
            columns,
            table,
            (told, *decisions),
            taken.notes,
        )


def _without_header(file: VariantFile) -> bool:
    rows = [fields for _, fields in islice(file.fields(), _SAMPLE)]
    return bool(rows) and all(map(_is_row, rows))


def _is_row(cells: list[str]) -> bool:
    """Say whether a line spans closed intervals as long as its reference; half-open ones are another format."""
    if len(cells) < len(FIXED):
        return False
    start, end = whole(cells[1]), whole(cells[2])
    if start is None or end is None or not (is_allele(cells[3]) or cells[3] == "0") or not is_allele(cells[4]):
        return False
    if cells[3] == "0":
        return end >= start
    return end - start + 1 == max(1, len(allele(cells[3])))


def _table(file: VariantFile) -> Table:
    """Make a table of the first five fields; what stands behind them may be any text."""
    lines, rows = zip(*((line, (cells + [""] * 5)[:5]) for line, cells in file.fields()), strict=True)
    frame = pd.DataFrame(list(rows), columns=list(FIXED), dtype="str")
    return Table(file.name, frame, lines[0], "csv", "\t", header=False, lines=np.array(lines, dtype=np.int64))


def _is_named(table: Table) -> bool:
    return [plain(str(name)) for name in table.frame.columns[:5]] == [plain(name) for name in FIXED]
