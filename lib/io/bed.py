"""Windows of a BED file: chromosome, start, end (half-open from 0), and, found by content, name, strand and summit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lib.core.errors import UserError
from lib.io import peaks, strands
from lib.io.bed_rows import NEEDED, NUMBER, STRAND, Row, split_rows
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading
from lib.io.files import Rejected, Source, fault, open_content

_NAMES = {"name", "id", "peak", "peakid", "peak_id", "region", "gene", "gene_id"}
_POINTS = 0.05
"""Share of rows whose start is their end above which it is asked what positions are counted from."""


class Region(NamedTuple):
    """A row of a BED file; the strand is ``+``, ``-`` or ``.``."""

    line: int
    id: str
    chrom: str
    start: int
    end: int
    strand: str


@dataclass(frozen=True)
class Bed:
    """What a BED file holds.

    Parameters
    ----------
    regions
        The rows that are regions; where a decision is open, as they are in the first of the readings.
    rejected
        The rows that are none.
    decisions
        How the file was read.
    """

    regions: list[Region]
    rejected: list[Rejected]
    decisions: tuple[Decision, ...]


class _Layout(NamedTuple):
    """Columns, from 0, of name, strand and summit, None where there is none; and what positions are counted from."""

    name: int | None
    strand: int | None
    summit: int | None
    base: int


def read_bed(source: Source, *, length: int | None = None, stranded: bool = False, reading: Reading = DEFAULT) -> Bed:
    """Read the regions of a BED file, the rows that are none, and how they were read.

    Parameters
    ----------
    source
        The file: at least three columns, separated by tabs or blanks.
    length
        Windows of so many nt around the middle or the summit of each region; None takes the regions as they are.
    stranded
        Whether the strand of a window decides which counts it gets, so that one that is not known must be asked.
    reading
        What the user said: ``strand_column``, ``centre``, ``coordinates``, ``header_line``.

    Raises
    ------
    DataError
        If the file is of another format, or holds no rows, or none that is a region.
    UserError
        If a column is named that there is not, or what was said does not suit the file.
    """
    name = source.name
    if reading.centre not in (None, peaks.MIDDLE, peaks.SUMMIT) or reading.coordinates not in (None, 0, 1):
        raise UserError(f"--centre is {peaks.MIDDLE} or {peaks.SUMMIT}, and --coordinates is 0 or 1.")
    content = open_content(source, reading)
    if not content.is_text:
        raise fault(name, f"{name} is no text; needed is a BED file.", "a workbook or a binary table", NEEDED)
    header, rows = split_rows(name, content.data.decode("utf-8"), reading)
    good, rejected = [], []
    for row in rows:
        if wrong := _wrong(row):
            rejected.append(Rejected(name, row.line, row.at(3), *wrong))
        else:
            good.append(row)
    if not good:
        message = f"{name} holds no windows; needed is a BED file: chromosome, start and end in each row."
        found = rejected[0].reason if rejected else "no rows"
        raise fault(name, message, found, NEEDED, line=rows[0].line if rows else None)
    base, counted = _choose_base(name, good, reading)
    strand, oriented = _choose_strand(name, header, good, reading, asked=stranded)
    summit, centred = peaks.choose_centre(name, good, length, reading)
    layout = _Layout(_name_column(header, good, strand), strand, summit, base)
    regions = []
    for row in good:
        read = _region(row, layout, length)
        if isinstance(read, Region):
            regions.append(read)
        else:
            rejected.append(Rejected(name, row.line, row.at(3), *read))
    named = [Decision(name, "Header", "", f"line {header.line}", " ".join(header.cells)[:100])] if header else []
    decisions = (*content.decisions, *named, counted, oriented, *centred)
    return Bed(regions, sorted(rejected, key=lambda one: one.line or 0), decisions)


def _wrong(row: Row) -> tuple[str, str, str] | None:
    """Say what is wrong with a row: column, found, needed; None where nothing is."""
    if len(row.cells) < 3:
        return "", f"{len(row.cells)} column{'s' * (len(row.cells) != 1)}", "chromosome, start, end"
    for number, column in ((1, "start"), (2, "end")):
        if not row.is_place(number):
            return column, repr(row.at(number)[:40]), "a whole number of 0 or more"
    if int(row.at(2)) < int(row.at(1)):
        return "end", f"{row.at(2)}, start {row.at(1)}", "an end behind the start"
    return None


def _region(row: Row, layout: _Layout, length: int | None) -> Region | tuple[str, str, str]:
    """Make the region of a row, or say what is wrong with it: column, found, needed."""
    chrom, start, end = row.at(0), int(row.at(1)) - layout.base, int(row.at(2))
    strand = "." if layout.strand is None else strands.strand_of(row.at(layout.strand))
    if layout.strand is not None and (not strand or layout.strand >= len(row.cells)):
        found = repr(row.at(layout.strand)[:40]) if layout.strand < len(row.cells) else f"{len(row.cells)} columns"
        return "strand", found, f"+ or - in column {layout.strand + 1}, or . for none"
    if start < 0:
        return "start", row.at(1), "a start of 1 or more, as positions count from 1"
    if length is None and end <= start:
        return "end", f"{row.at(2)}, start {row.at(1)}", "an end behind the start"
    if length is not None:
        middle = (start + end) // 2
        if layout.summit is not None:
            if not peaks.is_peak(row) or row.at(layout.summit).startswith("-"):
                return "summit", f"{row.at(layout.summit) or 'nothing'}, no summit", "how far behind the start it lies"
            middle = start + int(row.at(layout.summit))
        start = middle - length // 2
        end = start + length
    named = row.at(layout.name) if layout.name is not None else ""
    place = f"{chrom}:{start + 1}-{end}{strand.strip('.')}"
    return Region(row.line, named if named not in (".", "") else place, chrom, start, end, strand)


def _name_column(header: Row | None, rows: Sequence[Row], strand: int | None) -> int | None:
    """Find the column of names: that of the header, else the fourth unless it holds strands or numbers that repeat."""
    named = [number for number, cell in enumerate(header.cells) if cell.lower() in _NAMES] if header else []
    if named and named[0] > 2:
        return named[0]
    cells = [row.at(3) for row in rows]
    numbers = all(NUMBER.fullmatch(cell) for cell in cells if cell)
    if strand == 3 or strands.holds_strands(cells) or (numbers and len(set(cells)) < len(cells)):
        return None
    return 3


def _choose_base(name: str, rows: Sequence[Row], reading: Reading) -> tuple[int, Decision]:
    """Decide what the first base is counted as: 0, as BED says, unless the user says otherwise.

    Rows that begin where they end hold one base if positions count from 1, and none if they count from 0.
    """
    points = [row for row in rows if row.at(1) == row.at(2)]
    first = next((row for row in rows if int(row.at(1)) == 0), None)
    if reading.coordinates == 1 and first is not None:
        raise UserError(
            f"{name} has a start of 0 in line {first.line}, so that its positions cannot count from 1. Leave "
            "--coordinates out."
        )
    known = reading.coordinates is not None or first is not None or len(points) <= _POINTS * len(rows)
    evidence = "As in every BED file." if first is None else f"A start of 0 stands in line {first.line}."
    if points:
        evidence = f"{len(points):,} of {len(rows):,} rows begin where they end, such as line {points[0].line}."
    if reading.coordinates is not None:
        evidence = "As you said."
    start, end = rows[0].at(1), rows[0].at(2)
    options = [Alternative("0", f"from 0: {start} to {end} are {int(end) - int(start):,} nt")]
    if first is None:
        options.append(Alternative("1", f"from 1: {start} to {end} are {int(end) - int(start) + 1:,} nt"))
    base = reading.coordinates or 0
    chosen = str(base) if known else None
    return base, Decision(name, "Starts count from", "coordinates", chosen, evidence, tuple(options))


def _choose_strand(
    name: str, header: Row | None, rows: Sequence[Row], reading: Reading, *, asked: bool
) -> tuple[int | None, Decision]:
    """Find the column of strands by its content; several that differ, and none where it matters, are asked."""
    width = max(len(row.cells) for row in rows)
    columns = {number: [row.at(number) for row in rows] for number in range(3, width)}
    names = {number: header.at(number) if header else "" for number in columns}
    called = {number for number in columns if strands.is_named_strand(names[number])}
    last = STRAND if peaks.are_peaks(rows) else width
    found = [
        number
        for number, cells in columns.items()
        if number <= last and strands.holds_strands(cells, named=number in called)
    ]
    options = (
        *(Alternative(str(number + 1), f"column {number + 1}: {_counts(columns[number])}") for number in found),
        Alternative("none", "every window on the plus strand"),
    )

    def decide(chosen: int | None, evidence: str, *, known: bool = True) -> tuple[int | None, Decision]:
        value = ("none" if chosen is None else str(chosen + 1)) if known else None
        return chosen, Decision(name, "Strand column", "strand_column", value, evidence, options)

    if reading.strand_column is not None:
        return decide(_find_column(name, reading.strand_column, names, columns), "As you said.")
    alike = [[strands.strand_of(cell) for cell in columns[number]] for number in found]
    named = [number for number in found if number in called]
    why = "The only column that holds strands."
    if len(found) > 1:
        why = "Its name says so." if len(named) == 1 else "The columns that hold strands say the same."
    if len(found) == 1 or len(named) == 1 or (found and all(one == alike[0] for one in alike)):
        chosen = named[0] if len(named) == 1 else STRAND if STRAND in found else found[0]
        unknown = sum(strands.strand_of(cell) == "." for cell in columns[chosen])
        plus = f" Windows without one ({unknown:,}) are read on the plus strand." if unknown else ""
        return decide(chosen, why + plus)
    if found:
        listed = ", ".join(str(number + 1) for number in found)
        return decide(None, f"The columns {listed} hold strands, and they differ.", known=False)
    if asked:
        evidence = (
            "No column holds strands such as + and -, and the bigWig files have a strand each. Add a column of them, "
            "or take all windows on the plus strand."
        )
        return decide(None, evidence, known=False)
    return decide(None, "No column holds strands such as + and -.")


def _counts(cells: Sequence[str]) -> str:
    """Count what stands in a column of strands, the commonest first.

    >>> _counts(["+", "-", "+", ""])
    '+ in 2 rows, - in 1, nothing in 1'
    """
    common = Counter(cells).most_common(4)
    written = [f"{cell or 'nothing'} in {count:,}" for cell, count in common]
    return ", ".join([f"{written[0]} row{'s' * (common[0][1] != 1)}", *written[1:]])


def _find_column(name: str, wanted: str, names: dict[int, str], columns: dict[int, list[str]]) -> int | None:
    """Find the column of strands that the user names, by number or by name."""
    if wanted.strip().lower() == "none":
        return None
    number = next((number for number, called in names.items() if called and called.lower() == wanted.lower()), None)
    if number is None and wanted.isdigit():
        number = int(wanted) - 1
    if number not in columns:
        listed = ", ".join(f"{at + 1} ({called})" if called else str(at + 1) for at, called in names.items())
        raise UserError(
            f"{name} has no column {wanted!r} of strands; choose of the columns {listed or 'none'}, or none."
        )
    read = [strands.strand_of(cell) for cell in columns[number]]
    if not {"+", "-"} & set(read) or sum(map(bool, read)) < len(read) / 2:
        found = ", ".join(dict.fromkeys(columns[number][:3]))
        raise UserError(
            f"Column {wanted} of {name} holds {found}, no strands such as + and -. Choose another, or none."
        )
    return number
