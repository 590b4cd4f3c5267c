"""Read the numbers of a table column by column, all cells of a column by one rule.

``1,046`` is about a thousand to one half of the world and about one to the other. Which it is follows from the cells of
the whole file: ``1,234,567`` and ``0.5`` can be read in one way only. Where no cell decides, nobody guesses.
"""

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading
from lib.io.files import Rejected
from lib.io.sniff import MISSING
from lib.io.table import Table

Mark = Literal["point", "comma"]
SIGNS: Mapping[Mark, str] = {"point": ".", "comma": ","}
SHOWN = 3
_SPACES = " \u00a0\u2007\u2009\u202f'\u2019"
"""Group marks that no locale uses for anything else: blanks, no-break and thin spaces, apostrophes."""
_GROUPS = re.compile(rf"(?<=\d)[{_SPACES}](?=\d{{3}}(?!\d))")
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_PLAIN = rf"[+-]?(?:\d+\.?\d*|\.\d+){_EXPONENT}"
_SETTLED = r"^[+-]?(?:0?\.\d+|\d+\.(?:\d{1,2}|\d{4,})|\d{4,}\.\d+)$"
"""Cells with a point that can be read in one way only."""
BLOCK = 65_536
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)


@dataclass(frozen=True)
class Marks:
    """How the numbers of some columns are written.

    Parameters
    ----------
    by_column
        Decimal mark of each column that has cells with a mark of either kind.
    decisions
        What was decided, or is to be asked; none where every cell has one reading that needs no word.
    plain
        (N,) values of the columns whose cells are all numbers without group marks.
    """

    by_column: Mapping[str, Mark] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    plain: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True)
class _Evidence:
    """What the cells of one column say: examples of cells with one reading, and of cells with two."""

    proven: Mapping[Mark, tuple[int, str]]
    undecided: Mapping[Mark, tuple[str, ...]]
    unmarked: bool

    @property
    def mark(self) -> Mark | None:
        """Give the mark that most decisive cells have, None where there are none."""
        ranked = sorted(self.proven.items(), key=lambda item: -item[1][0])
        return ranked[0][0] if ranked else None


def inspect_numbers(table: Table, columns: Sequence[str], reading: Reading = DEFAULT) -> Marks:
    """Find out which decimal mark the numbers of each column have, from all their cells.

    A column whose cells decide is read by its own rule; other columns follow the rest of the file. Three digits after
    every mark and nothing else to go by can be read in two ways, and is left open, but for points that stand in every
    cell of a file that does not separate by semicolons: group marks would be missing below 1000.
    """
    texts = [name for name in columns if not _is_typed(table.frame[name])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        looks = dict(zip(texts, pool.map(_look, (table.frame[name] for name in texts)), strict=True))
    plain = {name: values for name, (values, _, _) in looks.items() if values is not None}
    if table.has_points and reading.decimal is None:
        return Marks(plain=plain)
    found = {name: _weigh(marked, unmarked) for name, (_, marked, unmarked) in looks.items() if marked}
    own = {name: mark for name, evidence in found.items() if (mark := evidence.mark) is not None}
    elsewhere = set(own.values())
    common = elsewhere.pop() if len(elsewhere) == 1 else None
    open_ones = {name: evidence for name, evidence in found.items() if name not in own}
    said = cast("Mark | None", reading.decimal if reading.decimal in SIGNS else None)
    regular = table.delimiter != ";" and all(
        not evidence.unmarked and "comma" not in evidence.undecided for evidence in open_ones.values()
    )
    chosen = said or common or ("point" if regular else None)
    marks = {name: own.get(name, chosen or _likelier(found[name])) for name in found}
    return Marks(marks, tuple(_decide(table, found, own, chosen=chosen, said=said)), plain)


def _decide(
    table: Table, found: Mapping[str, _Evidence], own: Mapping[str, Mark], *, chosen: Mark | None, said: Mark | None
) -> list[Decision]:
    """Say how the columns are read, where any cell needs a word."""
    undecided = {name: evidence for name, evidence in found.items() if name not in own}
    examples = [text for evidence in undecided.values() for texts in evidence.undecided.values() for text in texts]
    if not examples and set(own.values()) <= {"point"} and not any(e.undecided.get("comma") for e in found.values()):
        return []
    options = _alternatives(examples or [text for one in found.values() for _, text in one.proven.values()])
    if undecided and chosen is None:
        listed = ", ".join(map(str, [*undecided][:SHOWN])) + (", ..." if len(undecided) > SHOWN else "")
        evidence = f"{', '.join(examples[:SHOWN])} (column {listed}) can be read in two ways and no other cell decides."
        return [Decision(table.name, "Decimal mark", "decimal", None, evidence, options)]
    proofs = [f"{text} (column {name})" for name, e in found.items() for _, text in e.proven.values()]
    because = "as chosen" if said and undecided else f"because of {', '.join(proofs[:SHOWN])}" if proofs else ""
    because = because or "three digits follow the point in every cell"
    kinds = {own.get(name, chosen) for name in found}
    if len(kinds) > 1:
        because = "each column by its own cells, " + because
    main = chosen if undecided else max(kinds, key=[own.get(name) for name in found].count)
    return [Decision(table.name, "Decimal mark", "decimal", main, f"{because[0].upper()}{because[1:]}.", options)]


def _alternatives(examples: Sequence[str]) -> tuple[Alternative, ...]:
    text = examples[0]
    read = {mark: read_cell(text, mark) for mark in SIGNS}
    usual = {"point": "as in 1,046.5", "comma": "as in 1.046,5"}
    return tuple(
        Alternative(mark, f"{text} is {value:.15g}" if np.isfinite(value) else usual[mark])
        for mark, value in read.items()
    )


def _likelier(evidence: _Evidence) -> Mark:
    """Give the reading to show while nobody has decided: marks between groups of three digits."""
    return "comma" if "point" in evidence.undecided and "comma" not in evidence.undecided else "point"


def _look(cells: "pd.Series[str]") -> tuple[FloatArray | None, list[str], bool]:
    """Give the values of a column whose cells are all numbers without group marks, None for others, and its marks."""
    array = _array(cells)
    if (values := _cast(array)) is None or not _find_unambiguous(array):  # few columns
        array = _tidy_array(array)
        values = _cast(array)
    return values, *_find_marks(array, plain=values is not None)


def _array(cells: "pd.Series[str]") -> pa.Array:
    array = pa.array(cells.astype("str"), type=pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _tidy_array(array: pa.Array) -> pa.Array:
    """Trim cells, and make missing ones null."""
    array = pc.utf8_trim_whitespace(array)
    missing = pc.is_in(pc.ascii_lower(array), value_set=pa.array(MISSING, type=pa.large_string()))
    return pc.if_else(missing, None, array)


def _is_typed(cells: "pd.Series[str]") -> bool:
    return pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)


def _cast(array: pa.Array) -> FloatArray | None:
    """Read cells without group marks; None where a cell has any, or is no number."""
    try:
        return cast(FloatArray, pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64))
    except pa.ArrowInvalid:
        return None


def _find_marks(array: pa.Array, *, plain: bool) -> tuple[list[str], bool]:
    """Give the cells that hold marks, and whether others do not; of ``plain`` numbers one that settles the matter."""
    if plain and (cell := _find_unambiguous(array)):
        return [cell], False
    filled = array.drop_null()
    marked = filled.filter(pc.match_substring_regex(filled, "[.,]"))
    return marked.to_pylist(), len(marked) < len(filled)


def _find_unambiguous(array: pa.Array) -> str:
    """Give the first cell with a point that can be read in one way only, empty where there is none."""
    blocks = (array.slice(start, BLOCK) for start in range(0, len(array), BLOCK))
    found = (block.filter(pc.match_substring_regex(block, _SETTLED)) for block in blocks)
    return next((str(cells[0]) for cells in found if len(cells)), "")


def _weigh(cells: Sequence[str], unmarked: bool) -> _Evidence:  # noqa: FBT001 - what _marked gives
    """Sort the cells with marks into those with one reading and those with two."""
    proven: dict[Mark, tuple[int, str]] = {}
    undecided: dict[Mark, list[str]] = {}
    for cell in cells:
        text = _tidy(cell)
        readings = {mark: _readable(text, mark) for mark in SIGNS}
        if all(readings.values()):
            sign: Mark = "point" if "." in text else "comma"
            if len(undecided.setdefault(sign, [])) < SHOWN:
                undecided[sign].append(cell)
        for mark, possible in readings.items():
            if possible and not all(readings.values()):
                count, first = proven.get(mark, (0, cell))
                proven[mark] = (count + 1, first)
    return _Evidence(proven, {sign: tuple(texts) for sign, texts in undecided.items()}, unmarked)


def _tidy(cell: str) -> str:
    """Write a cell with ASCII signs and without the group marks that have one reading."""
    return _GROUPS.sub("", cell.strip().replace("\u2212", "-"))


def _readable(text: str, mark: Mark) -> bool:
    """Say whether text is a number with this decimal mark; groups have three digits, the first one to three.

    >>> _readable("1,234,567", "point"), _readable("1,234,567", "comma"), _readable("0.123", "comma")
    (True, False, False)
    """
    point, group = (re.escape(SIGNS[mark]), re.escape(SIGNS["comma" if mark == "point" else "point"]))
    whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{group}\d{{3}})+)"
    return bool(re.fullmatch(rf"[+-]?(?:{whole}(?:{point}\d*)?|{point}\d+){_EXPONENT}", text))


def read_cell(cell: str, mark: Mark) -> float:
    """Read one cell with a decimal mark; infinite where it is no number.

    >>> read_cell("1,046", "point"), read_cell("1,046", "comma"), read_cell("−1 046,5", "comma")
    (1046.0, 1.046, -1046.5)
    """
    text = _tidy(cell)
    if not _readable(text, mark):
        return np.inf
    return float(text.replace(",", "") if mark == "point" else text.replace(".", "").replace(",", "."))


def numbers(
    table: Table, columns: Sequence[str], ids: NDArray[np.object_], marks: Marks | None = None
) -> tuple[FloatArray, list[Rejected]]:
    """Read value columns (N, C); missing cells are NaN, and so are cells with a fault.

    Parameters
    ----------
    table
        The table, with N rows.
    columns
        (C,) names of columns.
    ids
        (N,) what the rows are called, for the faults.
    marks
        How the numbers are written, from ``inspect_numbers``; found out from these columns where None.

    Returns
    -------
    tuple
        The values, and one entry per cell that is no finite number.
    """
    marks = inspect_numbers(table, columns) if marks is None else marks
    values = np.empty((len(table), len(columns)), order="F")
    faults: list[Rejected] = []
    for place, name in enumerate(columns):
        mark = marks.by_column.get(name, "point")
        known = marks.plain.get(name) if mark == "point" else None
        values[:, place] = _column(table.frame[name], mark) if known is None else known
        wrong = np.isinf(values[:, place])
        for row in np.flatnonzero(wrong):
            cell = str(table.frame[name].iloc[row]).strip()
            found, needed = _explain(cell, mark)
            faults.append(Rejected(table.name, int(table.lines[row]), str(ids[row]), name, found, needed))
        values[wrong, place] = np.nan
    return values, faults


def _explain(cell: str, mark: Mark) -> tuple[str, str]:
    """Say what is wrong with a cell: found, needed."""
    if _INFINITE.fullmatch(cell) or re.fullmatch(_PLAIN, cell):
        return cell, "a finite number"
    other: Mark = "comma" if mark == "point" else "point"
    if np.isfinite(read_cell(cell, other)):
        return repr(cell[:60]), f"a number with a decimal {mark}, as in the rest of the column"
    if cell.startswith("#"):
        return f"{cell[:20]}, an error of a spreadsheet", "a number"
    return repr(cell[:60]), "a number"


def _column(cells: "pd.Series[str]", mark: Mark) -> FloatArray:
    """Read one column; a cell that is no number becomes infinite, a missing one NaN."""
    if _is_typed(cells):
        return cells.to_numpy(dtype=np.float64, na_value=np.nan)
    array = _tidy_array(_array(cells))
    if mark == "point" and (values := _cast(array)) is not None:
        return values
    read = [np.nan if cell is None else read_cell(cell, mark) for cell in array.to_pylist()]
    return np.array(read, dtype=np.float64)


def look_like_counts(values: FloatArray) -> bool:
    """Say whether values (N, C) look like raw read counts: whole numbers, nearly all 0 or more, some of them large."""
    if not np.fmax.reduce(values, axis=None, initial=0.0) >= 20:
        return False
    whole = sum(np.count_nonzero((column >= 0) & (column == np.floor(column))) for column in values.T)
    return bool(whole / np.count_nonzero(~np.isnan(values)) > 0.99)
