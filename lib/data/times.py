"""Which column is the id, which are values, and at which hour each was taken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lib.core.errors import UserError
from lib.data.tables import ID_NAMES, Table, is_number, looks_like_sequence

_UNITS = {"h": 1.0, "hr": 1.0, "hrs": 1.0, "hour": 1.0, "hours": 1.0, "hpf": 1.0, "hpi": 1.0, "hpt": 1.0,
          "min": 1 / 60, "mins": 1 / 60, "minute": 1 / 60, "minutes": 1 / 60, "m": 1 / 60,
          "s": 1 / 3600, "sec": 1 / 3600, "d": 24.0, "day": 24.0, "days": 24.0}  # fmt: skip
_WITH_UNIT = re.compile(
    r"(?<![a-z0-9.])(?:(?:t|time)\s*[=_ :-]?\s*)?(\d+(?:[.,]\d+)?)\s*[_ ]?("
    + "|".join(sorted(_UNITS, key=len)[::-1])
    + r")(?![a-z])",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?:(?:t|time|h|hour)\s*[=_ :-]?\s*)?(\d+(?:[.,]\d+)?)", re.IGNORECASE)
_MISSING = {"", "na", "n/a", "nan", "null", "none", "-", "."}
_SAMPLE = 200


@dataclass(frozen=True)
class ValueColumn:
    """One value column of an expression table; ``hours`` is None where the name tells no time."""

    name: str
    hours: float | None
    replicate: str = ""


@dataclass(frozen=True)
class Columns:
    """How the columns of a table are read.

    Parameters
    ----------
    id
        Column of the ids; empty where the table has none (rows are then called ``row-1``, ``row-2``, ...).
    values
        Value columns, in the order of the file.
    sequence
        Column of nucleotide sequences; empty where there is none.
    ignored
        Columns that are neither, in the order of the file.
    """

    id: str
    values: tuple[ValueColumn, ...]
    sequence: str = ""
    ignored: tuple[str, ...] = ()

    @property
    def has_times(self) -> bool:
        """Say whether every value column has an hour."""
        return bool(self.values) and all(column.hours is not None for column in self.values)


def parse_hours(text: str) -> float:
    """Read a time; without a unit it is in hours.

    >>> parse_hours("2h"), parse_hours("t=30min"), parse_hours("1.5")
    (2.0, 0.5, 1.5)

    Raises
    ------
    UserError
        If the text is no time.
    """
    found = _time(text.strip())
    if found is None or found[1]:
        raise UserError(f"{text!r} is no time; write it like 2h, 30min or 1.5 (hours).")
    return found[0]


def _time(name: str) -> tuple[float, str] | None:
    """Find the hours in a column name, and what else the name says."""
    if match := _WITH_UNIT.search(name):
        factor = _UNITS[match.group(2).lower()]
    elif match := _BARE.fullmatch(name):
        factor = 1.0
    else:
        return None
    hours = round(float(match.group(1).replace(",", ".")) * factor, 10)
    rest = (name[: match.start()] + " " + name[match.end() :]).strip(" _.-:()[]#")
    return hours, rest


def value_columns(names: Sequence[str]) -> tuple[ValueColumn, ...]:
    """Read hours and replicates from column names; what all names share is no replicate.

    >>> [(c.hours, c.replicate) for c in value_columns(["1h_rep1", "1h_rep2", "AR03"])]
    [(1.0, 'rep1'), (1.0, 'rep2'), (None, '')]
    """
    found = [_time(name) for name in names]
    rests = {item[1] for item in found if item is not None}
    shared = len(rests) == 1
    return tuple(
        ValueColumn(name, None) if item is None else ValueColumn(name, item[0], "" if shared else item[1])
        for name, item in zip(names, found, strict=True)
    )


def assign_times(columns: Columns, hours: Sequence[float]) -> Columns:
    """Give each value column its hour, in the order of the columns.

    Raises
    ------
    UserError
        If the numbers of hours and of value columns differ.
    """
    if len(hours) != len(columns.values):
        names = ", ".join(column.name for column in columns.values[:12])
        raise UserError(
            f"{len(hours)} times were given for {len(columns.values)} value columns ({names}); give one time per column."
        )
    values = tuple(replace(column, hours=float(hour)) for column, hour in zip(columns.values, hours, strict=True))
    return replace(columns, values=values)


def guess_columns(table: Table) -> Columns:
    """Guess the columns of a table from their names and first cells.

    Where at least two columns carry times, these are the values and other numbers are left out; else every column of
    numbers is a value.
    """
    names = list(table.frame.columns)
    cells = {
        name: [cell for cell in table.frame[name].head(_SAMPLE).astype("str").str.strip().fillna("")] for name in names
    }
    sequence = next((name for name in names if _share(cells[name], looks_like_sequence) > 0.5), "")
    numbers = [name for name in names if name != sequence and _share(cells[name], is_number) > 0.5]
    texts = [name for name in names if name != sequence and name not in numbers]
    named = [name for name in names if name.lower() in ID_NAMES - {"", "index", "row"} and name != sequence]
    identifier = next(iter([*[name for name in named if name in texts], *named, *texts]), "")
    candidates = [name for name in numbers if name != identifier and not _is_index(name, cells[name])]
    values = value_columns(candidates)
    timed = tuple(column for column in values if column.hours is not None)
    chosen = timed if len(timed) >= 2 else values
    used = {identifier, sequence, *(column.name for column in chosen)}
    return Columns(identifier, chosen, sequence, tuple(name for name in names if name not in used))


def _share(cells: list[str], test) -> float:  # type: ignore[no-untyped-def]
    filled = [cell for cell in cells if cell.lower() not in _MISSING]
    return sum(map(test, filled)) / len(filled) if filled else 0.0


def _is_index(name: str, cells: list[str]) -> bool:
    """A column without a name that counts 0, 1, 2, ... is the index that pandas wrote."""
    unnamed = name.startswith(("column ", "Unnamed:")) or name.lower() in {"index", "row"}
    return unnamed and cells in ([str(i) for i in range(len(cells))], [str(i + 1) for i in range(len(cells))])
