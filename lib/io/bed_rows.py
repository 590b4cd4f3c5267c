"""The rows of a BED file as they stand there, its header, and other formats that are taken for BED."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lib.io import strands
from lib.io.decisions import Reading
from lib.io.files import fault

NEEDED = "rows like chrI 100 400 name 0 +"
CONVERT = "write chromosome, start - 1, end, name, 0 and strand of each row, as BED counts starts from 0"
STRAND = 5
"""Column of the strand in BED, from 0."""
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_WHOLE = re.compile(r"\d{1,12}")
_MARKED = re.compile(r"\d{1,3}([,'\u2019\u00a0\u202f]\d{3})+")
_COUNTS = "bring the counts as bigWig, and the windows as BED"
_STARTS = {
    "##gff": ("GFF", CONVERT),
    "##gtf": ("GTF", CONVERT),
    "##fileformat=vcf": ("VCF", "bring windows as BED"),
    "@": ("a list of intervals with a SAM header", CONVERT),
}
_TRACKS = {"type=bedgraph": "bedGraph, which holds counts", "type=wiggle": "wiggle, which holds counts"}


class Row(NamedTuple):
    """A row: its 1-based line and its cells."""

    line: int
    cells: list[str]

    def at(self, column: int) -> str:
        """Give a cell by its column from 0, empty where the row has none."""
        return self.cells[column] if column < len(self.cells) else ""

    def is_place(self, column: int) -> bool:
        """Tell whether a cell is a whole number of 0 or more."""
        return _WHOLE.fullmatch(self.at(column)) is not None


def split_rows(name: str, text: str, reading: Reading) -> tuple[Row | None, list[Row]]:
    """Give the header, if there is one, and the rows below it; remarks and lines of the genome browser are none.

    A remark that names a column of strands, such as ``#chrom start end strand``, is a header too.

    Raises
    ------
    DataError
        If the file is of another format.
    """
    header: Row | None = None
    rows: list[Row] = []
    for line, written in enumerate(text.split("\n"), start=1):
        first = written.split(None, 1)[0] if written.strip() else ""
        if not first or (reading.header_line and line < reading.header_line):
            continue
        row = Row(line, _cells(written))
        if line == reading.header_line:
            header = Row(line, _cells(written.lstrip("# ")))
        elif first in ("track", "browser") or first[0] in "#@":
            _refuse_marked(name, written, line)
            bare = Row(line, _cells(written.lstrip("# ")))
            if not rows and len(bare.cells) >= 3 and any(map(strands.is_named_strand, bare.cells)):
                header = bare
        elif not rows and header is None and reading.header_line is None and _is_header(row):
            header = row
        else:
            rows.append(row)
    _refuse_others(name, header, rows)
    return header, rows


def most(rows: Sequence[Row], test: Callable[[Row], bool]) -> Row | None:
    """Give the first of the rows that pass a test where more than half of all do, else None."""
    found = [row for row in rows if test(row)]
    return found[0] if len(found) > len(rows) / 2 else None


def _cells(written: str) -> list[str]:
    return [cell.strip() for cell in (written.split("\t") if "\t" in written else written.split())]


def _is_header(row: Row) -> bool:
    """Tell whether a row names columns: no digit stands in it where positions do, and no number anywhere."""
    named = not any(re.search(r"\d", cell) for cell in row.cells[1:3])
    return len(row.cells) >= 3 and named and not any(map(str.isdigit, row.cells))


def _refuse_marked(name: str, written: str, line: int) -> None:
    """Refuse files whose first lines say that they are something else."""
    low = written.lower()
    kind, remedy = next((said for start, said in _STARTS.items() if low.startswith(start)), ("", _COUNTS))
    if low.startswith("track"):
        kind = next((kind for mark, kind in _TRACKS.items() if mark in low.replace('"', "")), "")
    if kind:
        raise fault(name, f"{name} is {kind}, not BED; {remedy}.", written[:80], NEEDED, line=line)


def _refuse_others(name: str, header: Row | None, rows: Sequence[Row]) -> None:
    """Refuse other formats, whose starts count from 1, and positions that are not written as BED writes them."""
    if header and "abs_summit" in (cell.lower() for cell in header.cells):
        remedy = f"its starts count from 1. Bring the .narrowPeak file of the same run, or {CONVERT}"
        raise fault(name, f"{name} is the .xls table of MACS, not BED; {remedy}.", "abs_summit", NEEDED, line=1)
    tests: dict[str, Callable[[Row], bool]] = {
        "GFF or GTF": lambda row: len(row.cells) >= 7 and row.is_place(3) and row.is_place(4) and not row.is_place(1),
        "SAF or a peak file of HOMER": lambda row: row.is_place(2) and row.is_place(3) and not row.is_place(1),
    }
    for kind, test in tests.items():
        if row := most(rows, test):
            message = f"{name} is {kind}, not BED: its starts count from 1 and stand in another column; {CONVERT}."
            raise fault(name, message, " ".join(row.cells)[:80], NEEDED, line=row.line)
    for row in rows:
        if any(_MARKED.fullmatch(row.at(column)) for column in (1, 2)):
            message = f"{name} writes positions with marks between thousands ({row.at(1)}); write them without marks."
            raise fault(name, message, f"{row.at(1)} and {row.at(2)}", "whole numbers such as 1234567", line=row.line)
    if row := most(rows, lambda row: len(row.cells) == 1 and re.search(r"[,;]\d+[,;]\d+", row.cells[0]) is not None):
        message = f"{name} has {'commas' if ',' in row.cells[0] else 'semicolons'} between columns; save it with tabs."
        raise fault(name, message, row.cells[0][:80], NEEDED, line=row.line)
