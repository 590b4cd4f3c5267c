"""Peaks as ENCODE writes them, BED with measures behind: narrowPeak, which has summits, and broadPeak."""

import re
from collections.abc import Sequence

from lib.core.errors import UserError
from lib.io import strands
from lib.io.bed_rows import NUMBER, STRAND, Row
from lib.io.decisions import Alternative, Decision, Reading

PEAK = 9
"""Column of the summit in narrowPeak, from 0, which is the last: its distance from the start, -1 for none."""
MIDDLE, SUMMIT = "middle", "summit"


def choose_centre(
    name: str, rows: Sequence[Row], length: int | None, reading: Reading
) -> tuple[int | None, list[Decision]]:
    """Decide whether windows lie around the middle of regions or around their summits, which narrowPeak has."""
    peaks = [row for row in rows if is_peak(row)]
    known = [int(row.at(PEAK)) for row in peaks]
    is_narrow = len(peaks) >= strands.MOST * len(rows) and max(known) >= 0
    if reading.centre == SUMMIT and (length is None or not is_narrow):
        lacks = "Windows around summits need a length; give it by --window."
        none = f"{name} gives no summits: only narrowPeak does, in the last of its 10 columns. Take --centre {MIDDLE}."
        raise UserError(lacks if is_narrow else none)
    if length is None:
        told = "narrowPeak has summits; give the length of windows to place them around these."
        return None, [Decision(name, "Window centre", "", "regions as they are", told)] if is_narrow else []
    away = [abs(offset - (int(row.at(2)) - int(row.at(1))) // 2) for row, offset in zip(peaks, known, strict=True)]
    without = len(rows) - sum(offset >= 0 for offset in known)
    evidence = "The file gives no summits."
    if is_narrow:
        lost = f"; {without:,} {'row has' if without == 1 else 'rows have'} none" if without else ""
        far = max(distance for distance, offset in zip(away, known, strict=True) if offset >= 0)
        evidence = f"narrowPeak gives the summit of each region, up to {far:,} nt from its middle{lost}."
    options = [Alternative(MIDDLE, f"{length:,} nt around the middle of each region")]
    options += [Alternative(SUMMIT, f"{length:,} nt around the summit of each region")] if is_narrow else []
    chosen = reading.centre or (None if is_narrow and (without or any(away)) else MIDDLE)
    decision = Decision(name, "Window centre", "centre", chosen, evidence, tuple(options))
    return (PEAK if chosen == SUMMIT else None), [decision]


def are_peaks(rows: Sequence[Row]) -> bool:
    """Tell whether rows are broadPeak or narrowPeak, whose last columns are measures, in which -1 is for none."""
    measured = [len(row.cells) in (PEAK, PEAK + 1) and _has_measures(row) for row in rows]
    return sum(measured) >= strands.MOST * len(rows)


def _has_measures(row: Row) -> bool:
    return row.at(STRAND) in ("+", "-", ".") and all(map(_is_measure, row.cells[6:9]))


def _is_measure(cell: str) -> bool:
    return NUMBER.fullmatch(cell) is not None or cell.lower() in ("inf", "nan", "na", "")


def is_peak(row: Row) -> bool:
    """Tell whether a row is of narrowPeak: 10 columns, three measures, and an offset within the region or -1."""
    if len(row.cells) != PEAK + 1 or not re.fullmatch(r"-1|\d{1,9}", row.cells[PEAK]):
        return False
    return _has_measures(row) and int(row.cells[PEAK]) <= int(row.cells[2]) - int(row.cells[1])
