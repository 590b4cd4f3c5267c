"""Read any table that a biologist brings, by the first format that claims it."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.io import sniff
from lib.io.decisions import DEFAULT, Decision, Reading
from lib.io.file_format import sequence_format_of, table_formats
from lib.io.files import Content, Source, fault, open_content
from lib.io.source import Rejected
from lib.io.table import Table
from lib.io.times import read_times

MOST_TIMES, FEWEST_IDS, SAMPLE = 200, 5, 1000
_UNITS = r"(h|hr|hrs|hours?|min|minutes?|s|sec|d|days?)"
_TIME = re.compile(
    rf"(time[ _]?(points?)?|hours?|hrs?|h|min|minutes?|days?)([ _]?[\[(]?{_UNITS}[\])]?)?", re.IGNORECASE
)
_UNIT = re.compile(rf"(?:^|[ _(\[]){_UNITS}[\])]?$", re.IGNORECASE)
_VALUE = re.compile(
    r"(values?|expression|expr|level|log2\w*|counts?|tpm|[rf]pkm|cpm|abundance|signal|intensity|mean|reads?)",
    re.IGNORECASE,
)
_REPLICATE = re.compile(r"rep|batch|run|lane", re.IGNORECASE)


def widen(table: Table) -> Table:
    """Give a long table as a wide one, with a decision that tells it; any other table as it is.

    A table is long where IDs repeat, one column holds times and one holds the values. Other columns that vary within an
    ID, such as a condition or a replicate, go into the names of the new columns; those that do not are kept.
    """
    names = [str(name) for name in table.frame.columns]
    if not table.header or len(names) < 3 or len(table) < 4:
        return table
    if sum(one.hours is not None for one in read_times(names).names) > 1:
        return table  # the columns are times already
    time = _time_column(table, names)
    identifier = _id_column(table, [name for name in names if name != time])
    if not time or not identifier:
        return table
    value = _value_column(table, [name for name in names if name not in (time, identifier)])
    if not value:
        return table
    ids, times = table.text(identifier), table.text(time)
    good = (ids != "").to_numpy() & (times != "").to_numpy()
    varying, constant = _others(table, ids, [name for name in names if name not in (identifier, time, value)])
    labels = _labels(table, times, time, varying)
    rows, order = pd.factorize(ids[good])
    again = pd.DataFrame({"id": rows, "label": labels[good]}).groupby(["id", "label"]).cumcount().to_numpy()
    labels[good] = [f"{label} ({copy + 1})" if copy else label for label, copy in zip(labels[good], again, strict=True)]
    columns, found = pd.factorize(labels[good])
    if len(order) < 2 or len(found) > MOST_TIMES or len(rows) < 0.5 * len(order) * len(found):
        return table
    cells = np.full((len(order), len(found)), "", dtype=object)
    cells[rows, columns] = table.text(value).to_numpy(dtype=object)[good]
    first = np.flatnonzero(good)[pd.Series(rows).drop_duplicates().index.to_numpy()]
    frame = pd.DataFrame({identifier: np.asarray(order, dtype=object)})
    for name in constant:
        frame[name] = table.text(name).to_numpy(dtype=object)[first]
    wide = pd.DataFrame(cells, columns=[str(name) for name in found])
    frame = pd.concat([frame, wide], axis=1).astype("str")
    faults = tuple(
        Rejected(table.name, int(table.lines[row]), str(ids.iloc[row]), time, "no ID or no time", "an ID and a time")
        for row in np.flatnonzero(~good)
    )
    told = Decision(
        table.name,
        "Layout",
        "",
        "one row per ID",
        f"A long table: {len(rows):,} rows of {identifier}, {time} and {value} became {len(order):,} rows with "
        f"{len(found)} columns ({', '.join(map(str, found[:4]))}{', ...' if len(found) > 4 else ''}).",
    )
    return replace(
        table,
        frame=frame,
        lines=table.lines[first],
        rejected=(*table.rejected, *faults),
        decisions=(*table.decisions, told),
        value_columns=tuple(map(str, found)),
    )


def _time_column(table: Table, names: list[str]) -> str:
    """Find the column of times: called so, or with a time in every cell; few different ones either way."""
    for named in (True, False):
        for name in names:
            if table.frame[name].head(SAMPLE).nunique() > MOST_TIMES:
                continue
            cells = [cell for cell in table.text(name).unique().tolist() if cell]
            if not 2 <= len(cells) <= min(MOST_TIMES, len(table) // 2):
                continue
            if named and _TIME.fullmatch(name.strip()) and all(re.search(r"\d", cell) for cell in cells):
                return name
            timed = not named and all(one.hours is not None and not one.rest for one in read_times(cells).names)
            if timed and not all(map(sniff.is_number, cells)):
                return name
    return ""


def _id_column(table: Table, names: list[str]) -> str:
    """Find the column of IDs, all of which stand in several rows."""
    ordered = sorted(names, key=lambda name: name.lower() not in sniff.ID_NAMES)
    for name in ordered:
        cells = table.text(name)
        if name.lower() in sniff.ID_NAMES or not cells.head(200).map(sniff.is_number).all():
            counts = cells.value_counts()
            called = name.lower() in sniff.ID_NAMES
            if 1 < len(counts) <= len(cells) / 2 and (called or len(counts) > FEWEST_IDS):
                return name
    return ""


def _value_column(table: Table, names: list[str]) -> str:
    """Find the column of values: the only one of numbers, or that is called so; empty where several may be."""
    numbers = [name for name in names if _holds_numbers(table, name) and not _REPLICATE.search(name)]
    named = [name for name in numbers if _VALUE.fullmatch(name.strip())]
    found = numbers if len(numbers) == 1 else named
    return found[0] if len(found) == 1 else ""


def _holds_numbers(table: Table, name: str) -> bool:
    cells = [cell for cell in table.text(name).head(SAMPLE) if cell.lower() not in sniff.MISSING]
    return bool(cells) and sum(map(sniff.is_number, cells)) > 0.5 * len(cells)


def _others(table: Table, ids: "pd.Series[str]", names: list[str]) -> tuple[list[str], list[str]]:
    """Sort further columns into those that vary within an ID, and those that do not."""
    varying: list[str] = []
    constant: list[str] = []
    for name in names:
        several = table.text(name).groupby(ids.to_numpy()).nunique()
        (varying if (several > 1).any() else constant).append(name)
    few = [name for name in varying if table.text(name).nunique() <= 50 and not _holds_fractions(table, name)]
    return few, constant


def _holds_fractions(table: Table, name: str) -> bool:
    return bool(table.text(name).head(SAMPLE).str.contains(r"\d[.,]\d").any())


def _labels(table: Table, times: "pd.Series[str]", time: str, varying: list[str]) -> NDArray[np.object_]:
    """Name the new columns by time, with the unit that the old column's name gives, and whatever else varies."""
    unit = _UNIT.search(time.strip())
    bare = times.map(sniff.is_number).all()
    parts = times + (f" {unit.group(1)}" if unit and bare else "")
    for name in varying:
        cells = table.text(name)
        mark = "rep" if re.search(r"rep", name, re.IGNORECASE) and cells.str.fullmatch(r"\d+").all() else ""
        parts = parts + " " + mark + cells if mark else cells + " " + parts
    return parts.to_numpy(dtype=object)


def read_table(source: Source, reading: Reading = DEFAULT) -> Table:
    """Read a table of any supported format, with the line of each row.

    Raises
    ------
    DataError
        If the file is empty, is no table, or holds a header and no rows.
    """
    return table_of(source.name, open_content(source, reading))


def table_of(name: str, content: Content) -> Table:
    """Read the table in a file that is open.

    Raises
    ------
    DataError
        If it is no table, or holds a header and no rows.
    """
    if content.is_text and (sequences := sequence_format_of(name, content.data)) is not None:
        message = f"{name} is {sequences.label} and holds sequences; a table with an id and values is needed here."
        raise fault(name, message, sequences.label, "a table")
    known = (one for one in table_formats() if one.is_text == content.is_text)
    chosen = next(one for one in known if one.claims(name, content.data))
    table = chosen.read(name, content.data, content.reading)
    if not len(table) and not table.rejected:
        message = f"{name} holds a header and no rows; add one row per sequence."
        raise fault(name, message, "no rows below the header", "one row per sequence", line=table.first_line)
    return widen(replace(table, decisions=content.decisions + table.decisions))
