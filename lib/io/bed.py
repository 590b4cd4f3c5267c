"""Windows of a BED file: chromosome, start, end (half-open from 0), name, strand."""

import re
from typing import NamedTuple

from lib.io.files import Rejected, Source, fault, kind_of, text_of, unpacked

_REMARK = ("#", "track", "browser")
_PLACE = re.compile(r"\d{1,12}")


class Region(NamedTuple):
    """A row of a BED file; the strand is ``+``, ``-`` or ``.``."""

    line: int
    id: str
    chrom: str
    start: int
    end: int
    strand: str


def read_bed(source: Source, *, length: int | None = None) -> tuple[list[Region], list[Rejected]]:
    """Read the regions of a BED file, and the rows that are none.

    Parameters
    ----------
    source
        The file: at least three columns, separated by tabs or blanks; the fourth is a name, the sixth the strand.
    length
        Windows of so many nt around the middle of each region; None takes the regions as they are.

    Raises
    ------
    DataError
        If the file holds no rows, or none that is a region.
    """
    name, data = source.name, unpacked(source)
    text = text_of(name, data).decode("utf-8") if kind_of(name, data) == "text" else ""
    rows = [(line, row) for line, row in enumerate(text.split("\n"), start=1) if row.strip()]
    rows = [(line, row) for line, row in rows if not row.startswith(_REMARK)]
    regions, rejected = [], []
    for line, row in rows:
        cells = [cell.strip() for cell in (row.split("\t") if "\t" in row else row.split())]
        wrong = _wrong(cells)
        if wrong:
            rejected.append(Rejected(name, line, cells[3] if len(cells) > 3 else "", *wrong))
            continue
        chrom, start, end = cells[0], int(cells[1]), int(cells[2])
        strand = cells[5] if len(cells) > 5 and cells[5] in "+-" else "."
        if length is not None:
            start = (start + end) // 2 - length // 2
            end = start + length
        named = (
            cells[3]
            if len(cells) > 3 and cells[3] not in (".", "")
            else f"{chrom}:{start + 1}-{end}{strand.strip('.')}"
        )
        regions.append(Region(line, named, chrom, start, end, strand))
    if not regions:
        message = f"{name} holds no windows; needed is a BED file: chromosome, start and end in each row."
        found = rejected[0].reason if rejected else "no rows"
        raise fault(name, message, found, "rows like chrI 100 400 name 0 +", line=rows[0][0] if rows else None)
    return regions, rejected


def _wrong(cells: list[str]) -> tuple[str, str, str] | None:
    """Say what is wrong with a row: column, found, needed; None where nothing is."""
    if len(cells) < 3:
        return "", f"{len(cells)} columns", "chromosome, start, end"
    for column, cell in (("start", cells[1]), ("end", cells[2])):
        if not _PLACE.fullmatch(cell):
            return column, repr(cell[:40]), "a whole number of 0 or more"
    if int(cells[2]) <= int(cells[1]):
        return "end", f"{cells[2]}, start {cells[1]}", "an end behind the start"
    return None
