"""Measured effects of variants: columns of their own table, or of a second one that names the same variants."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.io import sniff
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading, choose
from lib.io.files import Source
from lib.io.numbers import inspect_numbers, numbers
from lib.io.table import Table
from lib.io.tables import read_table
from lib.io.variant_input import Understood, understand
from lib.io.variants import Variant

_SAMPLE = 500
_OWN = frozenset(
    set(
        (
            "before after effect low high n deviation percentile compared probability_before probability_after "
            "probability_change"
        ).split()
    )
)
"""Columns that MotifLens writes beside variants, which are no measurements."""
_VALUES = 20
"""Values of a column among which rows of one variant can be chosen."""


@dataclass(frozen=True)
class Measured:
    """Measured effects of N variants.

    Parameters
    ----------
    values
        (N,) by the name of the column, NaN where a variant has none.
    decisions
        How they were read.
    notes
        What was remarkable, in sentences.
    """

    values: Mapping[str, FloatArray] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()


def candidates(table: Table, used: Sequence[str] = ()) -> list[str]:
    """List the columns that may hold measured effects: those of numbers that say nothing else of the variants."""
    names = [str(name) for name in table.frame.columns if str(name) not in used]
    own = {name for name in names if name.partition(",")[0] in _OWN}
    return [name for name in names if name not in own and _holds_numbers(table, name)]


def read_measured_columns(read: Understood, names: Sequence[str], reading: Reading = DEFAULT) -> Measured:
    """Take measured effects from columns of the table of the variants.

    Raises
    ------
    UserError
        If the file is no table of variants, or has no such column of numbers.
    """
    if read.table is None or read.columns is None:
        raise UserError(
            "Measured effects need a table with a row for each variant; give them in a second table (--measured-table)."
        )
    rows = {int(line): row for row, line in enumerate(read.table.lines)}
    places = [[rows[one.line]] if one.line in rows else [] for one in read.found.variants]
    return _take_rows(read.table, names, places, reading, told=())


def read_measured_table(
    source: Source, names: Sequence[str], read: Understood, sequences: Mapping[str, str], reading: Reading = DEFAULT
) -> Measured:
    """Take measured effects from a second table, joined by the names of the variants or by what they change.

    Parameters
    ----------
    source, names
        The table, and the columns of measured effects; the only one where none is named.
    read, sequences
        The variants, and the sequences by id.

    Raises
    ------
    UserError
        If the table has no such column of numbers, or names none of the variants.
    """
    table = read_table(source, reading)
    column, by_name = _by_name(table, read.found.variants)
    by_change, decisions = _by_change(source, read.found.variants, sequences, reading)
    places = by_name if _count(by_name) >= _count(by_change) else by_change
    if not _count(places):
        cells = [str(cell) for cell in table.frame.iloc[:5, 0]]
        called = [one.name for one in read.found.variants[:5]]
        raise UserError(
            f"{table.name} names none of the variants: it has {', '.join(cells)}; they are {', '.join(called)}. "
            "Use the same names, or the columns sequence, position, ref, alt."
        )
    how = f"name (column {column})" if places is by_name else "sequence, position and alleles"
    said = f"{_count(places):,} of {len(places):,} variants have a row."
    told = [Decision(table.name, "Measured effects joined by", "", how, said)]
    told += [] if places is by_name else decisions
    known = [*table.decisions, *told]
    return _take_rows(table, list(names) or _only(table, column), places, reading, told=known)


def _only(table: Table, key: str) -> list[str]:
    """Give the one column that may be meant.

    Raises
    ------
    UserError
        If there are several, or none.
    """
    offered = [name for name in candidates(table, [key]) if name.lower() not in sniff.POSITION_NAMES]
    if len(offered) != 1:
        found = f"the columns {', '.join(offered)}" if offered else "no column of numbers"
        raise UserError(f"{table.name} has {found}; name those of measured effects by --measured COLUMN[,COLUMN...].")
    return offered


def _take_rows(
    table: Table, names: Sequence[str], places: Sequence[Sequence[int]], reading: Reading, *, told: Sequence[Decision]
) -> Measured:
    """Read columns and give each variant the value of its row."""
    for name in names:
        if name not in table.frame.columns or not _holds_numbers(table, name):
            listed = ", ".join(candidates(table)) or "none"
            what = "no column" if name not in table.frame.columns else "no numbers in the column"
            raise UserError(f"{table.name} has {what} {name!r}; columns of numbers are: {listed}.")
    places, decisions = _single(table, names, places, reading)
    marks = inspect_numbers(table, names, reading)
    labels = np.array([f"row {row + 1}" for row in range(len(table))], dtype=object)
    values, faults = numbers(table, names, labels, marks)
    shared = {row for row, count in Counter(row for rows in places for row in rows).items() if count > 1}
    taken = np.full((len(places), len(names)), np.nan)
    for number, rows in enumerate(places):
        own = [row for row in rows if row not in shared]
        known = values[own]
        with np.errstate(all="ignore"):
            counts = np.isfinite(known).sum(axis=0)
            taken[number] = np.where(counts > 0, np.nansum(known, axis=0) / np.maximum(counts, 1), np.nan)
    notes = []
    if shared:
        notes.append(f"{len(shared):,} rows hold several variants, so that their measured effects belong to none.")
    if faults:
        first = f"{faults[0].found} (line {faults[0].line})"
        notes.append(f"{len(faults):,} measured effects are no numbers and are excluded, such as {first}.")
    by_name = {name: taken[:, place] for place, name in enumerate(names)}
    return Measured(by_name, (*told, *decisions, *marks.decisions), tuple(notes))


def _single(
    table: Table, names: Sequence[str], places: Sequence[Sequence[int]], reading: Reading
) -> tuple[list[list[int]], tuple[Decision, ...]]:
    """Leave each variant its rows: one, the mean of several, or those with a value of a column, as the user says."""
    kept = [list(rows) for rows in places]
    said = reading.repeated_ids
    column, equals, value = (said or "").partition("=")
    if equals:
        if column not in table.frame.columns:
            raise UserError(f"--repeated-ids names the column {column!r}, which {table.name} does not have.")
        cells = table.text(column)
        kept = [[row for row in rows if cells.iloc[row] == value] for rows in kept]
    repeated = [number for number, rows in enumerate(kept) if len(rows) > 1]
    if not repeated:
        return kept, ()
    if said == "exclude":
        kept = [rows if len(rows) == 1 else [] for rows in kept]
    elif said is not None and said != "average" and not equals:
        raise UserError(f"--repeated-ids is {said!r}; for measured effects choose average, exclude or COLUMN=VALUE.")
    chosen = said if said in ("average", "exclude") else "average" if equals else None
    choices = [Alternative("average", "their mean"), Alternative("exclude", "none of them")]
    choices += _choices(table, names, [kept[number] for number in repeated])
    first = kept[repeated[0]]
    lines = ", ".join(str(int(table.lines[row])) for row in first[:3])
    why = f"{len(repeated):,} variants have several rows of measured effects, such as lines {lines}."
    told = Decision(table.name, "Repeated measurements", "repeated_ids", chosen, why, tuple(choices))
    return kept, (told,)


def _choices(table: Table, names: Sequence[str], groups: Sequence[Sequence[int]]) -> list[Alternative]:
    """Offer the values of columns by which each variant keeps one row, such as cell types."""
    offered = []
    for name in (str(one) for one in table.frame.columns if str(one) not in names):
        cells = table.text(name)
        distinct = sorted(set(cells))
        apart = all(len({cells.iloc[row] for row in rows}) == len(rows) for rows in groups)
        if 1 < len(distinct) <= _VALUES and apart:
            offered += [Alternative(f"{name}={value}", f"rows with {name} {value}") for value in distinct]
    return offered[:_VALUES]


def _by_name(table: Table, variants: Sequence[Variant]) -> tuple[str, list[list[int]]]:
    """Find the rows of each variant by its name: the column that holds most of the names."""
    names = {one.name for one in variants}
    hits = {str(column): sum(cell in names for cell in set(table.text(str(column)))) for column in table.frame.columns}
    column = max(hits, key=hits.__getitem__)
    rows: dict[str, list[int]] = {}
    for row, cell in enumerate(table.text(column).tolist()):
        rows.setdefault(cell, []).append(row)
    return column, [rows.get(one.name, []) for one in variants]


def _by_change(
    source: Source, variants: Sequence[Variant], sequences: Mapping[str, str], reading: Reading
) -> tuple[list[list[int]], list[Decision]]:
    """Find the rows of each variant by the sequence that it changes and what becomes of it."""
    own = choose(choose(reading, "excluded_ok", "yes"), "variant_columns", "")
    try:
        read = understand(source, sequences, own)
    except UserError:
        return [[] for _ in variants], []
    rows: dict[tuple[str, str], list[int]] = {}
    lines = {} if read.table is None else {int(line): row for row, line in enumerate(read.table.lines)}
    for one in read.found.variants:
        if one.line in lines and one.sequence in sequences:
            rows.setdefault((one.sequence, one.apply(sequences[one.sequence])), []).append(lines[one.line])
    keys = [
        (one.sequence, one.apply(sequences[one.sequence])) if one.sequence in sequences else ("", "")
        for one in variants
    ]
    return [rows.get(key, []) for key in keys], [one for one in read.decisions if one.option != "excluded_ok"]


def _count(places: Sequence[Sequence[int]]) -> int:
    return sum(bool(rows) for rows in places)


def _holds_numbers(table: Table, name: str) -> bool:
    if np.issubdtype(np.asarray(table.frame[name]).dtype, np.number):
        return True
    cells = [cell for cell in table.text(name).head(_SAMPLE) if cell.lower() not in sniff.MISSING]
    return bool(cells) and sum(map(sniff.is_number, cells)) > len(cells) / 2
