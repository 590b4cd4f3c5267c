"""Which column is the id, which are values, and at which hour each was taken."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lib.core.errors import UserError
from lib.io import sniff
from lib.io.table import Table

_UNITS = {"h": 1.0, "hr": 1.0, "hrs": 1.0, "hour": 1.0, "hours": 1.0, "hpf": 1.0, "hpi": 1.0, "hpt": 1.0,
          "min": 1 / 60, "mins": 1 / 60, "minute": 1 / 60, "minutes": 1 / 60, "m": 1 / 60,
          "s": 1 / 3600, "sec": 1 / 3600, "d": 24.0, "day": 24.0, "days": 24.0}  # fmt: skip
_WORD = r"(?:(?:time|t)[\s=_:-]*)?"
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_WITH_UNIT = re.compile(
    rf"(?<![a-z0-9])(?<!\d[.,]){_WORD}{_NUMBER}[\s_]?({'|'.join(sorted(_UNITS, key=len, reverse=True))})(?![a-z])",
    re.IGNORECASE,
)
_BARE = re.compile(rf"(?:(?:time|hour|t|h)[\s=_:-]*)?{_NUMBER}", re.IGNORECASE)
_COPY = re.compile(r"(.+) \((\d+)\)")
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
    if found is None or found[1] or text.strip().startswith("-"):
        raise UserError(f"{text!r} is no time; write it like 2h, 30min or 1.5 (hours).")
    return found[0]


def _time(name: str) -> tuple[float, str] | None:
    """Find the hours in a column name, and what else the name says."""
    copy = _COPY.fullmatch(name)
    base = copy.group(1) if copy else name
    if match := _WITH_UNIT.search(base):
        factor = _UNITS[match.group(2).lower()]
    elif match := _BARE.fullmatch(base):
        factor = 1.0
    else:
        return None
    hours = round(float(match.group(1).replace(",", ".")) * factor, 10)
    rest = [base[: match.start()], base[match.end() :], copy.group(2) if copy else ""]
    return hours, " ".join(part for part in (item.strip(" _.-:()[]#") for item in rest) if part)


def value_columns(names: Sequence[str]) -> tuple[ValueColumn, ...]:
    """Read hours and replicates from column names; what all names share tells no replicate.

    >>> [(c.hours, c.replicate) for c in value_columns(["1h_rep1", "1h_rep2", "AR03"])]
    [(1.0, 'rep1'), (1.0, 'rep2'), (None, '')]
    """
    found = [_time(name) for name in names]
    shared = len({item[1] for item in found if item is not None}) == 1
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
        found = f"{len(hours)} times were given for {len(columns.values)} value columns ({names})"
        raise UserError(f"{found}; give one time per column, in the order of the columns.")
    values = tuple(replace(column, hours=float(hour)) for column, hour in zip(columns.values, hours, strict=True))
    return replace(columns, values=values)


def guess_columns(table: Table) -> Columns:
    """Guess the columns of a table from their names and first cells.

    Where at least two columns carry times, these are the values and other numbers are ignored; else every column of
    numbers is a value, but for places and lengths.
    """
    names = [str(name) for name in table.frame.columns]
    cells = {name: table.frame[name].head(_SAMPLE).astype("str").str.strip().fillna("").tolist() for name in names}
    numbers = [name for name in names if _holds_numbers(name, cells[name])]
    sequence = _sequence(names, cells, numbers)
    texts = [name for name in names if name not in {*numbers, sequence} and any(cells[name])]
    identifier = _identifier(names, cells, texts, sequence)
    others = [name for name in numbers if name != identifier and name.lower() not in sniff.PLACE_NAMES]
    values = value_columns([name for name in others if not _is_index(name, cells[name])])
    timed = tuple(column for column in values if column.hours is not None)
    chosen = timed if len(timed) >= 2 else values
    used = {identifier, sequence, *(column.name for column in chosen)}
    return Columns(identifier, chosen, sequence, tuple(name for name in names if name not in used))


def _sequence(names: list[str], cells: dict[str, list[str]], numbers: list[str]) -> str:
    """Choose the first column of sequences; short ones, or ones full of faults, count where the column is called so."""
    called = [name for name in names if name.lower() in sniff.SEQUENCE_NAMES and name not in numbers]
    looks = [name for name in names if _share(cells[name], sniff.is_sequence) > 0.5]
    short = [name for name in names if _share(cells[name], sniff.is_nucleotides) > 0.5]
    some = [name for name in short if any(map(sniff.is_sequence, cells[name]))]
    return next(iter([*(name for name in called if name in looks), *looks, *called, *some]), "")


def _identifier(names: list[str], cells: dict[str, list[str]], texts: list[str], sequence: str) -> str:
    """Choose a column that is called like an id or holds text, best one whose cells differ."""
    named = [name for name in names if name.lower() in sniff.ID_NAMES and name != sequence]
    if sequence:  # the rows of such a table may go without ids, and labels and names of parts are none
        texts = [name for name in texts if 2 * len(set(cells[name])) > len(cells[name])]
    single = [name for name in [*named, *texts] if len(set(cells[name])) == len(cells[name])]
    chosen = next(iter([*single, *named, *texts]), "")
    if not chosen and names and names[0] != sequence:
        first = cells[names[0]]
        if len(set(first)) == len(first) > 1 and all(cell.isdigit() for cell in first):
            return names[0]
    return chosen


def _holds_numbers(name: str, cells: list[str]) -> bool:
    """Say whether a column is one of numbers; one that is called like a time is, however many faults it has."""
    found, share = _time(name), _share(cells, sniff.is_number)
    return share > 0.5 or (found is not None and (share > 0 or not found[1]))


def _share(cells: list[str], test: Callable[[str], bool]) -> float:
    filled = [cell for cell in cells if cell.lower() not in sniff.MISSING]
    return sum(map(test, filled)) / len(filled) if filled else 0.0


def _is_index(name: str, cells: list[str]) -> bool:
    """Say whether a column without a name counts 0, 1, 2, ...: the index that pandas wrote."""
    return name.startswith(("column ", "Unnamed:")) and cells in (
        [str(i) for i in range(len(cells))],
        [str(i + 1) for i in range(len(cells))],
    )
