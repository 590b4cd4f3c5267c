"""Which column of a table is the id, which are values, and what each of these is: time, condition, replicate.

Columns of one time are replicates only where their names differ by a mark of replicates (``rep1``, ``_2``). Standard
errors, p values, fold changes and counts of barcodes are no measurements of that time. Whatever else tells columns of
one time apart is a condition, and which one is used is asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

from lib.core.errors import UserError
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading
from lib.io.times import WHICH, TimedName, ask_split_numbers, parse_hours, read_times

TOGETHER = "average"
MOST_DIFFERENCES = 3
"""Conditions up to which all their differences are offered."""
_REPLICATE = re.compile(
    r"(?:rep|repl|replicate|biorep|techrep|br|tr|r|b|n|lane|l|run|set|batch|#)?[\s_.-]?\d{1,3}", re.IGNORECASE
)
_STATISTICS = {
    "standard error": r"se|sem|stderr|(std|standard)_?err(or)?|lfcse",
    "standard deviation": r"sd|std|stdev|(standard|std)_?dev(iation)?|var|variance|cv",
    "confidence limit": r"ci|lower|upper|ci_?(lo|low|lower|hi|high|upper|95)|(lo|hi)ci",
    "p value": r"p|pval(ue)?|p_?val(ue)?|padj|p_?adj(usted)?|adj_?p(val(ue)?)?|fdr|q|qval(ue)?|q_?val(ue)?",
    "fold change": r"log2?fc|lfc|fc|log2?_?fold_?change|fold_?change",
    "count of barcodes or reads": r"n_?(bc|barcodes?|reads?|obs|tags)|(bc|barcodes?)(_?(n|counts?|num(ber)?))?|n|nobs",
    "summary": r"mean|avg|average|median|sum|total|max|min",
}
_STATISTIC = {what: re.compile(pattern, re.IGNORECASE) for what, pattern in _STATISTICS.items()}
_ENDING = re.compile(
    r"(\.sorted|\.dedup|\.markdup|\.aligned\w*|\.out|\.bam|\.sam|\.cram|\.counts?|\.txt|\.tsv|\.csv)+$", re.IGNORECASE
)


@dataclass(frozen=True)
class ValueColumn:
    """One value column of an expression table; ``hours`` is None where the name tells no time."""

    name: str
    hours: float | None
    replicate: str = ""
    condition: str = ""


@dataclass(frozen=True)
class Role:
    """What a column of numbers was taken for: a row of the table that tells how columns are used."""

    name: str
    hours: float | None
    condition: str
    replicate: str
    used: bool
    why: str = ""


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
        Column of nucleotide sequences, several joined by ``+``; empty where there is none.
    ignored
        Columns that are neither, in the order of the file.
    difference
        Two conditions whose difference is taken on the log2 scale, first minus second; empty for none.
    roles
        What each column of numbers was taken for.
    decisions
        What was decided about columns, or is to be asked.
    """

    id: str
    values: tuple[ValueColumn, ...]
    sequence: str = ""
    ignored: tuple[str, ...] = ()
    difference: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def has_times(self) -> bool:
        """Say whether every value column has an hour."""
        return bool(self.values) and all(column.hours is not None for column in self.values)


@dataclass(frozen=True)
class ReadColumns:
    """Value columns as their names tell them, all of them and those that are used."""

    values: tuple[ValueColumn, ...]
    used: tuple[ValueColumn, ...]
    roles: tuple[Role, ...] = ()
    difference: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = field(default_factory=tuple)


def value_columns(names: Sequence[str]) -> tuple[ValueColumn, ...]:
    """Read hours, conditions and replicates from column names; what all names share tells nothing.

    >>> [(c.hours, c.replicate) for c in value_columns(["1h_rep1", "1h_rep2", "AR03"])]
    [(1.0, 'rep1'), (1.0, 'rep2'), (None, '')]
    >>> [(c.hours, c.condition) for c in value_columns(["ctrl_2h", "drug_2h"])]
    [(2.0, 'ctrl'), (2.0, 'drug')]
    """
    return read_columns(names).values


def read_columns(names: Sequence[str], reading: Reading = DEFAULT, *, file: str = "") -> ReadColumns:
    """Read what value columns are from their names, and choose the ones that are used.

    Raises
    ------
    UserError
        If a column or a condition that was named does not exist.
    """
    if reading.columns and reading.columns not in WHICH:
        given = parse_columns(reading.columns, names)
        roles = tuple(Role(c.name, c.hours, c.condition, c.replicate, used=True, why="as given") for c in given)
        chosen = ReadColumns(given, given, roles)
    else:
        times = read_times([_ENDING.sub("", name.rsplit("/", 1)[-1]) for name in names], reading, file=file)
        timed = [replace(one, name=name) for one, name in zip(times.names, names, strict=True)]
        chosen = _sort(timed)
        split = ask_split_numbers(timed, file) if not reading.columns else []
        chosen = replace(chosen, decisions=(*split, *times.decisions))
    return choose_condition(chosen, reading, file)


def parse_columns(text: str, names: Sequence[str]) -> tuple[ValueColumn, ...]:
    """Read ``NAME=TIME[:CONDITION[:REPLICATE]],...``; names may hold commas and equals signs.

    >>> [(one.name, one.hours, one.condition) for one in parse_columns("a,b=2h:drug:1,c", ["a,b", "c"])]
    [('a,b', 2.0, 'drug'), ('c', None, '')]

    Raises
    ------
    UserError
        If there is no such column, or a time cannot be read.
    """
    given: list[ValueColumn] = []
    rest = text.strip()
    while rest:
        fits = [name for name in names if rest == name or rest.startswith((f"{name}=", f"{name},"))]
        if not fits:
            raise UserError(
                f"There is no column that {rest[:40]!r} names; the columns of numbers are {', '.join(names)}."
            )
        name = max(fits, key=len)
        rest = rest[len(name) :]
        hours, condition, replicate = None, "", ""
        if rest.startswith("="):
            cell, _, rest = rest[1:].partition(",")
            time, condition, replicate = (*(part.strip() for part in cell.split(":")), "", "")[:3]
            hours = parse_hours(time) if time else None
        rest = rest.lstrip(", ")
        given.append(ValueColumn(name, hours, replicate, condition))
    return tuple(given)


def _sort(names: Sequence[TimedName]) -> ReadColumns:
    """Tell replicates, conditions and statistics apart by what names say beside the time."""
    timed = [one for one in names if one.hours is not None]
    shared = _find_shared_words([_tokens(one.rest) for one in timed])
    read: dict[str, tuple[ValueColumn, str]] = {}
    for one in names:
        tokens = [token for token in _tokens(one.rest) if token.lower() not in shared]
        words = [*tokens, "_".join(tokens)]
        statistic = next((what for word in words if (what := statistic_of(word))), "")
        replicate = [token for token in tokens if _REPLICATE.fullmatch(token)]
        others = [token for token in tokens if token not in replicate]
        beside = [other for other in timed if other is not one and other.hours == one.hours]
        if statistic == "summary" and not any(_is_plain(other, shared) for other in beside):
            statistic = ""  # the means stand for the measurements
            others = [token for token in others if statistic_of(token) != "summary"]
        column = ValueColumn(one.name, one.hours, " ".join(replicate), "" if statistic else " ".join(others))
        read[one.name] = (column, statistic)
    read = _tell_twins(read)
    values = tuple(column for column, _ in read.values())
    used = tuple(column for column, statistic in read.values() if not statistic)
    roles = tuple(
        Role(c.name, c.hours, c.condition, c.replicate, used=not statistic, why=statistic)
        for c, statistic in read.values()
    )
    return ReadColumns(values, used, roles)


def _is_plain(other: TimedName, shared: set[str]) -> bool:
    """Say whether a column holds measurements, which a summary of the same time would repeat."""
    return not any(statistic_of(token) for token in _tokens(other.rest) if token.lower() not in shared)


def _tell_twins(read: dict[str, tuple[ValueColumn, str]]) -> dict[str, tuple[ValueColumn, str]]:
    """Call columns that nothing but their spelling tells apart by their names, so that nobody averages them."""
    known: dict[tuple[object, ...], list[str]] = {}
    for name, (column, statistic) in read.items():
        if column.hours is not None and not statistic:
            known.setdefault((column.hours, column.condition, column.replicate), []).append(name)
    for names in known.values():
        for name in names if len(names) > 1 else []:
            column, statistic = read[name]
            read[name] = (replace(column, condition=name), statistic)
    return read


def _tokens(rest: str) -> list[str]:
    return [token for token in re.split(r"[\s_,:;()\[\]/-]+|(?<!\d)\.|\.(?!\d)", rest) if token]


def _find_shared_words(names: Sequence[Sequence[str]]) -> set[str]:
    """Give the words, in lower case, that stand in every name, and so tell nothing; none of a single name."""
    words = [{token.lower() for token in tokens} for tokens in names]
    return set.intersection(*words) if len(words) > 1 else set()


def statistic_of(token: str) -> str:
    """Say which statistic a word of a column name means; empty for none.

    >>> statistic_of("SE"), statistic_of("padj"), statistic_of("ctrl")
    ('standard error', 'p value', '')
    """
    return next((what for what, pattern in _STATISTIC.items() if pattern.fullmatch(token)), "")


def choose_condition(read: ReadColumns, reading: Reading, file: str) -> ReadColumns:
    """Use the columns of one condition, or of two for their difference; ask where there are several and nobody said.

    Raises
    ------
    UserError
        If there is no such condition.
    """
    timed = [column for column in read.used if column.hours is not None]
    conditions = list(dict.fromkeys(column.condition for column in timed))
    together = {hours: {c.condition for c in timed if c.hours == hours} for hours in {c.hours for c in timed}}
    if len(conditions) < 2 or (reading.conditions is None and all(len(found) < 2 for found in together.values())):
        # No time has columns of two conditions, so nothing could be mixed up.
        return replace(read, used=tuple(replace(column, condition="") for column in read.used))
    pairs = {f"{a}-{b}": (a, b) for a, b in permutations([c or "no label" for c in conditions], 2)}
    named = {c or "no label": c for c in conditions}
    said = reading.conditions
    if said is not None and said not in named and said not in pairs and said != TOGETHER:
        listed = ", ".join([*named, *list(pairs)[:1]])
        raise UserError(f"{file} has no condition {said!r}; choose one of {listed}, or a difference such as A-B.")
    offered = [Alternative(name, f"{name} only") for name in named]
    if len(conditions) <= MOST_DIFFERENCES:
        offered += [Alternative(pair, f"{a} minus {b} (log2)") for pair, (a, b) in pairs.items()]
    offered.append(Alternative(TOGETHER, "average all: they are replicates"))
    listed = ", ".join(named)
    evidence = f"Columns of one time differ by {listed}, which are no marks of replicates."
    decision = Decision(file, "Condition", "conditions", said, evidence, tuple(offered))
    if said == TOGETHER:
        chosen = set(conditions)
    else:
        chosen = {named[said]} if said in named else {named[c] for c in pairs[said]} if said else set(conditions)
    used = tuple(c for c in read.used if c.hours is None or c.condition in chosen)
    roles = tuple(
        replace(role, used=False, why=f"condition {role.condition or 'no label'}")
        if role.used and role.hours is not None and role.condition not in chosen
        else role
        for role in read.roles
    )
    pair = pairs[said] if said in pairs and said not in named else ()
    difference = tuple(named[name] for name in pair)
    return replace(read, used=used, roles=roles, difference=difference, decisions=(*read.decisions, decision))


def assign_times(columns: Columns, hours: Sequence[float], reading: Reading = DEFAULT, *, file: str = "") -> Columns:
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
    given = dict(zip((column.name for column in columns.values), map(float, hours), strict=True))
    read = choose_condition(_sort([TimedName(name, hour, name) for name, hour in given.items()]), reading, file)
    if not read.decisions:  # the names tell columns apart that have times of their own, and so nothing of conditions
        read = replace(read, roles=tuple(replace(role, condition="") for role in read.roles))
    told = tuple(one for one in columns.decisions if one.option not in ("time_unit", "columns", "conditions"))
    roles = (*read.roles, *(role for role in columns.roles if role.name not in given))
    decisions = (*told, *read.decisions)
    return replace(columns, values=read.used, difference=read.difference, roles=roles, decisions=decisions)
