"""Which column of a table holds what: ids, sequences, values; from all cells where they decide."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from lib.core.errors import UserError
from lib.io import sniff
from lib.io.columns import Columns, Role, read_columns
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading
from lib.io.table import Table
from lib.io.times import read_times

SAMPLE = 200
LEAST_FLANK = 8
"""Nucleotides that all sequences must share at an end before it is told."""
_ASIDE = re.compile(
    r"(^|[^a-z])(barcodes?|bc|umi|primers?|adapters?|adaptors?|linkers?|tag|index|spacer)\d*($|[^a-z])", re.IGNORECASE
)
_JOINT = "+"
VALUE_OPTIONS = ("columns", "conditions", "time_unit")
"""Options that are about values, of no concern where a table brings sequences only."""
FLANKS = "Constant flanks"


def guess_columns(table: Table, reading: Reading = DEFAULT) -> Columns:
    """Find the columns of a table from their names and cells.

    Where at least two columns carry times, these are the values and other numbers are ignored; else every column of
    numbers is a value, but for positions, lengths and the index that pandas wrote.

    Raises
    ------
    UserError
        If a column that was named does not exist.
    """
    names = [str(name) for name in table.frame.columns]
    cells = {name: _strip(table.frame[name].head(SAMPLE)) for name in names}
    timed = {one.name: one.rest for one in read_times(names).names if one.hours is not None}
    numbers = [name for name in table.value_columns or names if _holds_numbers(cells[name], timed.get(name))]
    sequence, sequence_decisions = find_sequences(table, cells, numbers, reading)
    used_as_sequence = {sequence, *split_joint(sequence, names)}
    no_texts = {*numbers, *used_as_sequence}
    texts = [name for name in names if name not in no_texts and any(cells[name])]
    identifier = reading.id if reading.id is not None else _identifier(names, cells, texts, sequence)
    for name in split_joint(identifier, names):
        check_column(table, name)
    others = [name for name in numbers if name != identifier and name.lower() not in sniff.POSITION_NAMES]
    index = [name for name in others if _is_index(table, name)]
    read = read_columns([name for name in others if name not in index], reading, file=table.name)
    with_time = tuple(column for column in read.used if column.hours is not None)
    by_time = len(with_time) >= 2
    chosen = with_time if by_time else read.used if reading.columns else read.values
    used = {identifier, *used_as_sequence, *split_joint(identifier, names), *(column.name for column in chosen)}
    decisions = [*table.decisions, *sequence_decisions]
    decisions += read.decisions if len(with_time) >= 2 else []
    if index and identifier not in index:
        decisions.append(
            Decision(
                table.name,
                "Index column",
                "",
                ", ".join(index),
                "Whole numbers without a name that never repeat; not used.",
                (),
            )
        )
    return Columns(
        identifier,
        chosen,
        sequence,
        tuple(name for name in names if name not in used),
        read.difference,
        _roles_by_time(read.roles) if by_time else (),
        tuple(decisions),
    )


def _roles_by_time(roles: Sequence[Role]) -> tuple[Role, ...]:
    """Say of columns without a time, beside others that have one, that they are not used."""
    return tuple(
        replace(role, used=False, why=role.why or "no time in its name") if role.hours is None else role
        for role in roles
    )


def check_column(table: Table, name: str) -> None:
    """Check that a table has a column.

    Raises
    ------
    UserError
        If it has not.
    """
    if name and name not in table.frame.columns:
        listed = ", ".join(map(str, table.frame.columns[:30]))
        raise UserError(f"{table.name} has no column {name!r}; choose one of {listed}.")


def split_joint(name: str, names: Sequence[str]) -> list[str]:
    """Split the names of columns that are used together; a column that is called so itself stays whole.

    >>> split_joint("UTR5+CDS", ["UTR5", "CDS"]), split_joint("a+b", ["a+b"]), split_joint("", ["a"])
    (['UTR5', 'CDS'], ['a+b'], [])
    """
    if not name:
        return []
    return [name] if name in names or _JOINT not in name else [part.strip() for part in name.split(_JOINT)]


def _strip(cells: "pd.Series[str]") -> list[str]:
    """Give cells as text without blanks around it, missing ones as the empty text, as ``Table.text`` does."""
    if pd.api.types.is_string_dtype(cells.dtype) and all(type(cell) is str for cell in cells):
        return [cell.strip() for cell in cells]
    return [str(cell) for cell in cells.astype("str").str.strip().fillna("")]


def find_sequences(
    table: Table, cells: dict[str, list[str]], numbers: Sequence[str], reading: Reading
) -> tuple[str, list[Decision]]:
    """Find the column of sequences; barcodes, primers and columns that never vary are set aside, others are asked.

    Short sequences, or ones full of faults, count where the column is called so.
    """
    names = [name for name in map(str, table.frame.columns) if name not in numbers]
    looks = [name for name in names if _share(cells[name], sniff.is_sequence) > 0.5]
    if reading.sequence_column:
        for name in split_joint(reading.sequence_column, names):
            check_column(table, name)
    if not looks:
        called = [name for name in names if name.lower() in sniff.SEQUENCE_NAMES]
        short = [name for name in names if _share(cells[name], sniff.is_nucleotides) > 0.5]
        some = [name for name in short if any(map(sniff.is_sequence, cells[name]))]
        return reading.sequence_column or next(iter([*called, *some]), ""), []
    constant = [name for name in looks if len(table) > 1 and _never_varies(table, name)]
    aside = [name for name in looks if name in constant or _ASIDE.search(name)]
    left = (
        [name for name in looks if name not in aside] or [name for name in looks if name not in constant] or looks[:1]
    )
    chosen = reading.sequence_column or (left[0] if len(left) == 1 else None)
    if len(looks) == 1 and chosen == looks[0]:
        return chosen, _flanks(table, chosen)
    options = [Alternative(name, f"{name}: {_describe(table, name)}") for name in looks]
    if len(left) > 1:
        options.append(Alternative(_JOINT.join(left), f"{', '.join(left)} put end to end"))
    said = [
        f"{name} is {'the same in all rows' if name in constant else 'called like a barcode or primer'}"
        for name in aside
    ]
    evidence = f"Nucleotides stand in {', '.join(looks)}" + (f"; {'; '.join(said)}." if said else ".")
    decision = Decision(table.name, "Sequence column", "sequence_column", chosen, evidence, tuple(options))
    return chosen or left[0], [decision, *(_flanks(table, chosen) if chosen else [])]


def _never_varies(table: Table, name: str) -> bool:
    texts = table.text(name)
    return bool((texts == texts.iloc[0]).all())


def _describe(table: Table, name: str) -> str:
    texts = table.text(name)
    lengths = texts.str.len()
    low, high = int(lengths.min()), int(lengths.max())
    span = f"{low:,} nt" if low == high else f"{low:,} to {high:,} nt"
    return f"{name}: {span}, {texts.nunique():,} different, such as {texts.iloc[0][:12]}"


def _flanks(table: Table, name: str) -> list[Decision]:
    """Tell nucleotides that every sequence begins or ends with."""
    if name not in table.frame.columns or len(table) < 2:
        return []
    texts = [text.upper() for text in table.text(name).head(5000) if text]
    if len(set(texts)) < 2:
        return []
    start, end = _common(texts), _common([text[::-1] for text in texts])[::-1]
    said = [
        f"{where} with {part[:20]}{'…' if len(part) > 20 else ''} ({len(part)} nt)"
        for where, part in (("begin", start), ("end", end))
        if len(part) >= LEAST_FLANK
    ]
    if not said:
        return []
    return [Decision(table.name, FLANKS, "", "kept", f"All sequences of {name} {' and '.join(said)}.")]


def _common(texts: Sequence[str]) -> str:
    """Give what all texts begin with."""
    low, high = min(texts), max(texts)
    length = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    return low[:length]


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


def _holds_numbers(cells: list[str], beside_time: str | None) -> bool:
    """Say whether a column is one of numbers; one that is called like a time is, however many faults it has.

    Parameters
    ----------
    cells
        The first cells.
    beside_time
        What the name says beside a time, None where it has no time.
    """
    share = _share(cells, sniff.is_number)
    return share > 0.5 or (beside_time is not None and (share > 0 or not beside_time))


def _share(cells: list[str], test: Callable[[str], bool]) -> float:
    filled = [cell for cell in cells if cell.lower() not in sniff.MISSING]
    return sum(map(test, filled)) / len(filled) if filled else 0.0


def _is_index(table: Table, name: str) -> bool:
    """Say whether a column without a name holds whole numbers that never repeat: the index that pandas wrote."""
    if not re.fullmatch(r"column \d+|Unnamed: \d+|index|__index_level_\d+__", name):
        return False
    if not table.header:
        first = table.text(name).head(SAMPLE).tolist()
        return first in ([str(i) for i in range(len(first))], [str(i + 1) for i in range(len(first))])
    cells = pa.array(table.text(name), type=pa.large_string())
    whole = pc.all(pc.match_substring_regex(cells, r"^\d{1,15}$"), min_count=0).as_py()
    return bool(whole) and bool(pd.Series(np.asarray(cells)).is_unique)
