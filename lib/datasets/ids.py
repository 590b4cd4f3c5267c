"""Make the IDs of two files comparable: rules for what databases, browsers and spreadsheets add to an ID.

All rules are tried on both sides. The one that matches most is proposed with its counts; where the IDs as they stand
match some rows and a rule matches more, the choice is asked.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lib.core.errors import DataError, Problem, UserError
from lib.datasets.join import Rows, number
from lib.io.decisions import Alternative, Decision
from lib.io.id_rules import RULES, Change, Ids, Keys, rules_for
from lib.io.mangled import find_mangled

EXACT = "exact"
SHOWN = 5
MOST_TRIED = 5_000
"""IDs of the expression table on which rules are tried; of the sequences ten times as many."""


@dataclass(frozen=True)
class Match:
    """How two files go together: the rule, what it does to our IDs, and the comparable IDs of the other file."""

    rule: str
    change: Change | None
    theirs: Ids
    decision: Decision | None = None

    def compare(self, ids: Ids) -> Ids:
        """Make our IDs comparable, (N,)."""
        return _apply(Keys("", ids, np.zeros(0, dtype=object)), self.change)


def match_ids(ours: Keys, theirs: Keys, wanted: str | None, numbers: Sequence[Rows] = ()) -> Match:
    """Choose the rule that makes the IDs of two files comparable.

    Parameters
    ----------
    ours, theirs
        The expression table and the sequences.
    wanted
        The rule that the user named: ``exact``, one rule for either file, or two joined by ``+``; None finds one.
    numbers
        Those of our and of their IDs, from ``lib.datasets.join.number``, where they are known.

    Raises
    ------
    DataError
        If no rule matches any ID.
    UserError
        If there is no such rule.
    """
    exact, all_match = _share_all(*(numbers or number(ours.ids, theirs.ids)))
    if wanted == EXACT or (wanted is None and all_match):
        return Match(EXACT, None, theirs.ids)
    mine, other = ours.sample(MOST_TRIED), theirs.sample(10 * MOST_TRIED)
    plain = len(_pairs(_single(mine.ids), _single(other.ids)))
    ranked = _rank_rules(mine, other)
    known = {one.rule: one for one in ranked}
    if wanted is not None and wanted not in known:
        listed = ", ".join([EXACT, *known])
        raise UserError(f"--match-ids is {wanted!r}, which matches no ID of {ours.file}; choose one of {listed}.")
    gained = [one for one in ranked if one.count >= plain + max(1, len(mine.ids) // 100)]
    if wanted is None and not gained:
        if not exact:
            raise no_match(ours, theirs)
        return Match(EXACT, None, theirs.ids)
    taken = gained[0].rule if gained and not exact and not _rivals(gained) else None
    chosen = wanted or taken
    options = [
        Alternative(one.rule, f"{one.label}: {one.count:,} of {len(mine.ids):,} match") for one in ranked[:SHOWN]
    ]
    options.append(Alternative(EXACT, f"the IDs as they stand: {plain:,} match"))
    evidence = f"{_join_keys(ours)}; {_join_keys(theirs)}."
    decision = Decision(ours.file, "Matching IDs", "match_ids", chosen, evidence, tuple(options))
    rule = known[chosen] if chosen else ranked[0]
    left, right = rule.changes
    return Match(rule.rule, left, _apply(theirs, right), decision)


def _apply(keys: Keys, change: Change | None) -> Ids:
    """Change the IDs of a file; one that the rule does not fit stays as it is."""
    if change is None:
        return keys.ids
    made = keys.apply(change)
    return np.where(made == "", keys.ids, made)


@dataclass(frozen=True)
class _Rule:
    """A rule that was tried: what it is called, what it means, what it does to either file, and how many IDs match."""

    rule: str
    label: str
    changes: tuple[Change | None, Change | None]
    count: int


def _rivals(gained: Sequence[_Rule]) -> bool:
    """Say whether another rule matches nearly as many rows as the best one, and other ones."""
    return len(gained) > 1 and gained[1].count > 0.5 * gained[0].count


def _rank_rules(ours: Keys, theirs: Keys) -> list[_Rule]:
    """Try all rules on the first file, the second, or both; those that match, the best first.

    Rules that pair the same rows are one, of which the simplest is kept.
    """
    found: dict[frozenset[tuple[int, int]], _Rule] = {}
    left, right = _changes(ours), _changes(theirs)
    ours_single = {name: _single(ids) for name, (_, _, ids) in left.items()}
    theirs_single = {name: _single(ids) for name, (_, _, ids) in right.items()}
    for mine, (my_label, my_change, _) in left.items():
        for other, (label, change, _) in right.items():
            rule, meaning = _name_rule(mine, other, my_label, label, ours.file, theirs.file)
            pairs = _pairs(ours_single[mine], theirs_single[other]) if rule else frozenset()
            if pairs and (pairs not in found or _length(rule) < _length(found[pairs].rule)):
                found[pairs] = _Rule(rule, meaning, (my_change, change), len(pairs))
    return sorted(found.values(), key=lambda one: (-one.count, _length(one.rule)))


def _length(rule: str) -> int:
    """Count what a rule does, so that of rules that pair the same rows the simplest is kept, of these the first."""
    return rule.count("+") + rule.count("-no-version")


def _single(ids: Ids) -> dict[str, int]:
    """Give the row of each ID that stands once."""
    counts = Counter(ids.tolist())
    return {name: row for row, name in enumerate(ids.tolist()) if name and counts[name] == 1}


def _pairs(ours: Mapping[str, int], theirs: Mapping[str, int]) -> frozenset[tuple[int, int]]:
    return frozenset((ours[name], theirs[name]) for name in ours.keys() & theirs.keys())


def _changes(keys: Keys) -> dict[str, tuple[str, Change | None, Ids]]:
    """Give the IDs under each rule, and under each rule without the version."""
    found: dict[str, tuple[str, Change | None, Ids]] = {"": ("", None, keys.ids)}
    for name, label, rule in rules_for(keys):
        ids = keys.apply(rule)
        if (ids == "").mean() < 0.5 and not np.array_equal(ids, keys.ids):
            found[name] = (label, rule, ids)
    version = RULES["before-version"][1]
    for name, (label, change, _) in list(found.items()):
        if change is None or name == "before-version":
            continue
        both = _both(change, version)
        ids = keys.apply(both)
        if not np.array_equal(ids, found[name][2]):
            found[f"{name}-no-version"] = (f"{label}, without the version", both, ids)
    return found


def _both(first: Change, second: Change) -> Change:
    return lambda name, rest: second(first(name, rest), "")


def _name_rule(mine: str, other: str, my_label: str, label: str, our_file: str, their_file: str) -> tuple[str, str]:
    """Name a rule by what is done to either file; empty where nothing is done."""
    if not mine and not other:
        return "", ""
    if mine == other:
        return mine, f"{label} (both files)"
    if not mine:
        return other, f"{label} ({their_file})"
    if not other:
        return f"{mine}+", f"{my_label} ({our_file})"
    return f"{mine}+{other}", f"{my_label} ({our_file}), {label} ({their_file})"


def _share_all(ours: Rows, theirs: Rows) -> tuple[int, bool]:
    """Count the different numbers of IDs that both files have, and say whether these are all of one file."""
    size = max(ours.max(initial=-1), theirs.max(initial=-1)) + 1
    mine, others = (np.bincount(numbers, minlength=size) > 0 for numbers in (ours, theirs))
    count = int((mine & others).sum())
    return count, count == min(mine.sum(), others.sum())


def _join_keys(keys: Keys) -> str:
    return f"{keys.file} has {', '.join(map(str, keys.ids[:3]))}"


def no_match(ours: Keys, theirs: Keys) -> DataError:
    """Say that the files share no IDs, with five of either."""
    left, right = (", ".join(map(repr, map(str, keys.ids[:SHOWN]))) or "no usable ID" for keys in (ours, theirs))
    hint = "".join(
        f" {len(found):,} IDs of {keys.file} look changed by a spreadsheet, such as {found[0]}."
        for keys in (ours, theirs)
        if (found := find_mangled(keys.ids))
    )
    return DataError(
        f"The files share no IDs: {ours.file} has {left}; {theirs.file} has {right}.{hint} "
        "Use the same IDs in both, or choose another ID column (--id).",
        [Problem(theirs.file, None, "", f"the IDs {right}", f"IDs of {ours.file} such as {left}")],
    )


def offer_columns(file: str, columns: Mapping[str, Ids], theirs: Keys) -> list[Decision]:
    """Ask whether another column of a table holds the IDs; nothing where most cells of none are IDs of sequences."""
    known = set(theirs.ids.tolist())
    cells = {name: set(ids.tolist()) - {""} for name, ids in columns.items()}
    found = tuple(
        Alternative(name, f"{len(ids & known):,} of its {len(ids):,} IDs are those of sequences")
        for name, ids in cells.items()
        if len(ids & known) * 2 > len(ids)
    )
    evidence = f"No ID of the column taken is one of {theirs.file}, but another column holds them."
    return [Decision(file, "ID column", "id", None, evidence, found)] if found else []
