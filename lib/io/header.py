"""Where the header of a table is: below comments and titles, in one row or two, with or without a row of units."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lib.core.errors import UserError
from lib.io import sniff
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading

Row = tuple[int, Sequence[str]]
"""A row with its 1-based line."""

_UNIT = re.compile(
    r"[\[(]?(log(2|10|e)?|ln|tpm|[rf]pkm|cpm|counts?|reads?|a\.?u\.?|h|hr|hrs|hours?|min|mins|minutes?|s|sec|seconds?|d|"
    r"days?|%|nt|bp|kb|[num]?g|[num]?m|[nµu]g/ml|[nµum]?mol|mean|value|ratio|fold|units?|1/h|h-1|per hour|string|text|"
    r"float|int|integer|number)[\])]?",
    re.IGNORECASE,
)
_TIME_UNIT = re.compile(r"[\[(]?(h|hr|hrs|hours?|min|mins|minutes?|s|sec|seconds?|d|days?)[\])]?", re.IGNORECASE)
_TIME_WORD = re.compile(r"(time|times|timepoint|hours?|h|min|minutes?)\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class Header:
    """The header of a table.

    Parameters
    ----------
    names
        Distinct names of the columns.
    start
        Number of the first data row among the rows that were given.
    is_given
        Whether a row of the file names the columns.
    decisions
        How the header was found, where that needs a word.
    """

    names: tuple[str, ...]
    start: int
    is_given: bool
    decisions: tuple[Decision, ...] = ()


def find_header(rows: Sequence[Row], reading: Reading = DEFAULT, *, file: str = "") -> Header:
    """Find the header among the first filled rows of a table.

    Parameters
    ----------
    rows
        The first filled rows, at least one.
    reading
        ``header_line`` names the line of the header, or 0 for none.
    file
        Name of the file, for what is told.

    Raises
    ------
    UserError
        If the line that was named holds no row.
    """
    if reading.header_line is not None:
        return _take_given(rows, reading.header_line, file)
    start = _skip_titles(rows)
    first = [row[1] for row in rows[start:]]
    names, is_given = sniff.column_names([_without_hash(first[0]), *first[1:]])
    evidence = [_above(rows, start)] if start else []
    number = start + is_given
    if is_given:
        second = _second_row(rows[start:], names)
        if second is not None:
            names, said = second
            evidence.append(said)
            number += 1
    elif len(first) > 1 and _may_be_times(first):
        return Header(tuple(names), start, is_given=False, decisions=(_ask(rows[start], file),))
    if not evidence:
        return Header(tuple(names), number, is_given)
    line = str(rows[start][0]) if is_given else "0"
    options = (Alternative(line, f"line {line}" if is_given else "no header"), *_others(line))
    return Header(tuple(names), number, is_given, (_tell(file, line, " ".join(evidence), options),))


def _tell(file: str, line: str, evidence: str, options: tuple[Alternative, ...]) -> Decision:
    return Decision(file, "Header", "header_line", line, evidence, options)


def _others(line: str) -> tuple[Alternative, ...]:
    return (Alternative("0", "no header"),) if line != "0" else ()


def _take_given(rows: Sequence[Row], line: int, file: str) -> Header:
    """Take the line that the user named."""
    if line == 0:
        start = _skip_titles(rows)
        width = max(len(row) for _, row in rows[start:])
        names = tuple(f"column {i + 1}" for i in range(width))
        return Header(names, start, is_given=False, decisions=(_tell(file, "0", "As chosen.", _others("1")),))
    places = [number for number, (at, _) in enumerate(rows) if at == line]
    if not places:
        raise UserError(f"Line {line} of {file} holds no row near the beginning; give the line of the header.")
    start = places[0]
    cells = [cell.strip() for cell in _without_hash(rows[start][1])]
    widths = {len(row) for _, row in rows[start + 1 :]}
    cells = ["id", *cells] if widths == {len(cells) + 1} else cells
    names = tuple(sniff.distinct([cell or f"column {i + 1}" for i, cell in enumerate(cells)]))
    chosen = Alternative(str(line), f"line {line}")
    return Header(names, start + 1, is_given=True, decisions=(_tell(file, str(line), "As chosen.", (chosen,)),))


def _without_hash(row: Sequence[str]) -> list[str]:
    """Take the mark of a comment off a header such as ``#id``."""
    return [row[0].lstrip("#").strip(), *row[1:]] if row and row[0].startswith("#") else list(row)


def _count_filled(row: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _skip_titles(rows: Sequence[Row]) -> int:
    """Count the comments and titles above the table: rows with far fewer filled cells than those that follow."""
    counts = [_count_filled(row) for _, row in rows]
    body = counts[len(counts) // 2 :]
    width = max(set(body), key=body.count)
    fields = [len(row) for _, row in rows[len(counts) // 2 :]]
    cut = min(max(set(fields), key=fields.count), width)
    start = 0
    while (
        start < len(rows) - 1
        and width > 1
        and (len(rows[start][1]) < cut - 1 or _is_title(rows[start][1], counts[start], width))
    ):
        start += 1
    return start if counts[start] > 1 or width == 1 else 0


def _is_title(row: Sequence[str], filled: int, width: int) -> bool:
    if row[0].startswith("#") and filled != width:
        return True
    corner = width == 2 and filled == 1 and len(row) == 1 and " " not in row[0].strip()
    return filled <= max(1, width // 3) and filled < width - (width > 2) and not corner


def _above(rows: Sequence[Row], start: int) -> str:
    shown = " ".join(filter(None, map(str.strip, rows[0][1])))[:60]
    what = "1 line above is a title or comment" if start == 1 else f"{start} lines above are titles or comments"
    return f"{what}: {shown!r}."


def _second_row(rows: Sequence[Row], names: Sequence[str]) -> tuple[list[str], str] | None:
    """Name columns by two rows, or skip a row of units; None where the second row holds data."""
    if len(rows) < 4 or len(rows[1][1]) != len(names):
        return None
    first, second = (list(map(str.strip, row)) for _, row in rows[:2])
    first = [*first, *[""] * (len(names) - len(first))][: len(names)]
    body = [row for _, row in rows[2:] if len(row) == len(names)]
    numeric = [place for place in range(len(names)) if body and _share_of_numbers([row[place] for row in body]) >= 0.8]
    cells = [second[place] for place in numeric if second[place].lower() not in sniff.MISSING]
    if not numeric or not cells:
        return None
    beside = [place for place in numeric if place > 0]
    with_unit = sum(second[place].lower() not in sniff.MISSING for place in beside)
    are_units = 2 * with_unit > len(beside) and all(map(_UNIT.fullmatch, cells))
    if are_units and (not second[0] or _UNIT.fullmatch(second[0])):
        joined = [_with_unit(name, unit) for name, unit in zip(names, second, strict=True)]
        return sniff.distinct(joined), f"Line {rows[1][0]} holds units ({cells[0]}, ...) and is not data."
    above = [first[place] for place in numeric]
    if all(above) and len(set(above)) == len(above) and second[0].lower() not in sniff.ID_NAMES:
        return None  # the first row names every column by itself, so that the second one holds data
    times = not second[0] or bool(_TIME_WORD.fullmatch(second[0]))
    are_numbers = all(map(sniff.is_number, cells))
    if are_numbers and not (times and numeric[0] > 0 and all(row[0].strip() for row in body)):
        return None
    if not are_numbers and any(map(sniff.is_number, cells)):
        return None
    unit = _TIME_UNIT.search(second[0].partition("(")[2]) if are_numbers else None
    merged = []
    for place, cell in enumerate(second):
        group = first[place] or next((name for name in reversed(first[:place]) if name), "")
        named = f"{cell} {unit.group(1)}" if unit and place in numeric else cell
        merged.append(" ".join(filter(None, [group, named])) if place in numeric else cell or first[place])
    both = sniff.distinct([name or f"column {place + 1}" for place, name in enumerate(merged)])
    return both, f"Lines {rows[0][0]} and {rows[1][0]} name the columns together, such as {both[numeric[0]]!r}."


def _with_unit(name: str, unit: str) -> str:
    """Give a number that names a column its unit of time, so that ``2`` above ``h`` is ``2 h``."""
    return f"{name} {unit.strip('[]()')}" if sniff.is_number(name) and _TIME_UNIT.fullmatch(unit) else name


def _share_of_numbers(cells: Sequence[str]) -> float:
    filled = [cell.strip() for cell in cells if cell.strip().lower() not in sniff.MISSING]
    return sum(map(sniff.is_number, filled)) / len(filled) if filled else 0.0


def _may_be_times(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether a first row with a word and increasing round numbers may name time points."""
    word, *others = (cell.strip() for cell in rows[0])
    if len(others) < 2 or not all(map(sniff.is_number, others)) or re.search(r"\d", word) or not word:
        return False
    values = [_number(cell) for cell in others]
    below = [row[0].strip() for row in rows[1:]]
    return (
        all(a < b for a, b in pairwise(values))
        and all(value * 4 == int(value * 4) for value in values)
        and word not in below
    )


def _number(cell: str) -> float:
    """Read a number that may name a time; 0 where it has group marks, a sign of its own or no finite value."""
    try:
        value = float(cell.replace(",", "."))
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def _ask(row: Row, file: str) -> Decision:
    line, cells = row
    shown = ", ".join(cell.strip() for cell in cells[:5])
    evidence = f"Line {line} ({shown}) may name the columns or be the first row of data."
    return Decision(
        file,
        "Header",
        "header_line",
        None,
        evidence,
        (Alternative(str(line), "it names the columns"), Alternative("0", "it is data")),
    )
