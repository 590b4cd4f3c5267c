"""Make the IDs of two files comparable: rules for what databases, browsers and spreadsheets add to an ID.

All rules are tried on both sides. The one that matches most is proposed with its counts; where the IDs as they stand
match some rows and a rule matches more, the choice is asked.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lib.core.errors import DataError, Problem, UserError
from lib.io.decisions import Alternative, Decision
from lib.io.mangled import mangled

Ids = NDArray[np.object_]
Change = Callable[[str, str], str]
"""From an ID and the rest of its header line to what is compared; empty where the rule does not fit."""

EXACT = "exact"
SHOWN = 5
MOST_TRIED = 5_000
"""IDs of the expression table on which rules are tried; of the sequences ten times as many."""
_KEY = re.compile(r"(?:^|[\s\[(;,])([A-Za-z_]+)[=:]\"?([^\s\]);,\"]+)")


@dataclass(frozen=True)
class Keys:
    """IDs of one file, (N,), and what stands after each in its header line, (N,) or (0,)."""

    file: str
    ids: Ids
    descriptions: Ids

    def sample(self, most: int) -> "Keys":
        """Give at most so many, spread over the file."""
        if len(self.ids) <= most:
            return self
        rows = np.linspace(0, len(self.ids) - 1, most).astype(np.intp)
        return Keys(self.file, self.ids[rows], self.descriptions[rows] if len(self.descriptions) else self.descriptions)

    def changed(self, change: Change) -> Ids:
        """Apply a rule, (N,)."""
        others = self.descriptions if len(self.descriptions) else np.full(len(self.ids), "", dtype=object)
        return np.array([change(str(a), str(b)) for a, b in zip(self.ids, others, strict=True)], dtype=object)


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


def _before(sign: str) -> Change:
    return lambda name, _: name.partition(sign)[0].strip() if sign in name else ""


_RULES: Mapping[str, tuple[str, Change]] = {
    "ignore-case": ("upper and lower case are one", lambda name, _: name.casefold().strip()),
    "before-version": ("without the version after the dot", lambda name, _: re.sub(r"\.\d{1,3}$", "", name)),
    "before-pipe": ("what stands before the first |", _before("|")),
    "before-coordinates": ("what stands before ::", lambda name, _: name.partition("::")[0] if "::" in name else ""),
    "before-strand": ("without (+) or (-)", lambda name, _: re.sub(r"\([+-]\)$", "", name)),
    "before-blank": ("what stands before the first blank", _before(" ")),
    "whole-header": ("the whole header line", lambda name, rest: f"{name} {rest}".strip() if rest else ""),
    "parentheses": (
        "the word in parentheses of the header line",
        lambda _, rest: next(iter(re.findall(r"\(([^\s()]+)\)", rest)[-1:]), ""),
    ),
    "second-word": ("the second word of the header line", lambda _, rest: rest.split()[0] if rest.split() else ""),
}  # fmt: skip


def _pipe(number: int) -> Change:
    def change(name: str, _: str) -> str:
        fields = name.split("|")
        return fields[number - 1].strip() if len(fields) >= number else ""

    return change


def _tag(key: str) -> Change:
    def change(_: str, rest: str) -> str:
        return next((value for name, value in _KEY.findall(rest) if name.lower() == key), "")

    return change


def _cut(text: str, *, end: bool) -> Change:
    if end:
        return lambda name, _: name.removesuffix(text)
    return lambda name, _: name.removeprefix(text)


def _rules(keys: Keys) -> Iterator[tuple[str, str, Change]]:
    """Give the rules that may fit the IDs of a file: name, what it means, and the change."""
    for name, (label, change) in _RULES.items():
        yield name, label, change
    ids = [str(name) for name in keys.ids[:200]]
    for number in range(2, min(max((name.count("|") for name in ids), default=0), 8) + 2):
        yield f"pipe-{number}", f"field {number} between |", _pipe(number)
    tags = Counter(key.lower() for rest in keys.descriptions[:200] for key in {k for k, _ in _KEY.findall(str(rest))})
    for key, count in tags.most_common(12):
        if count * 2 >= len(ids):
            yield f"tag-{key}", f"{key} in the header line", _tag(key)
    for end in (False, True):
        common = _common(ids, end=end)
        if common:
            where = "end" if end else "beginning"
            rule = "before-suffix" if end else "after-prefix"
            yield rule, f"without {common} at the {where}", _cut(common, end=end)


def _common(ids: Sequence[str], *, end: bool) -> str:
    """Give what all IDs begin or end with, up to the last separator; empty where that is nothing."""
    if len(ids) < 2:
        return ""
    texts = [name[::-1] for name in ids] if end else list(ids)
    low, high = min(texts), max(texts)
    length = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    match = re.match(r".*[_:|.\-/ ]", low[:length])
    shared = match.group() if match else ""
    return shared[::-1] if end else shared


def match_ids(ours: Keys, theirs: Keys, wanted: str | None) -> Match:
    """Choose the rule that makes the IDs of two files comparable.

    Parameters
    ----------
    ours, theirs
        The expression table and the sequences.
    wanted
        The rule that the user named: ``exact``, one rule for either file, or two joined by ``+``; None finds one.

    Raises
    ------
    DataError
        If no rule matches any ID.
    UserError
        If there is no such rule.
    """
    exact, all_match = _share_all(ours.ids, theirs.ids)
    if wanted == EXACT or (wanted is None and all_match):
        return Match(EXACT, None, theirs.ids)
    mine, other = ours.sample(MOST_TRIED), theirs.sample(10 * MOST_TRIED)
    plain = len(_pairs(_single(mine.ids), _single(other.ids)))
    ranked = _ranked(mine, other)
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
    evidence = f"{_listed(ours)}; {_listed(theirs)}."
    decision = Decision(ours.file, "Matching IDs", "match_ids", chosen, evidence, tuple(options))
    rule = known[chosen] if chosen else ranked[0]
    left, right = rule.changes
    return Match(rule.rule, left, _apply(theirs, right), decision)


def _apply(keys: Keys, change: Change | None) -> Ids:
    """Change the IDs of a file; one that the rule does not fit stays as it is."""
    if change is None:
        return keys.ids
    made = keys.changed(change)
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


def _ranked(ours: Keys, theirs: Keys) -> list[_Rule]:
    """Try all rules on the first file, the second, or both; those that match, the best first.

    Rules that pair the same rows are one, of which the simplest is kept.
    """
    found: dict[frozenset[tuple[int, int]], _Rule] = {}
    left, right = _changes(ours), _changes(theirs)
    ours_single = {name: _single(ids) for name, (_, _, ids) in left.items()}
    theirs_single = {name: _single(ids) for name, (_, _, ids) in right.items()}
    for mine, (my_label, my_change, _) in left.items():
        for other, (label, change, _) in right.items():
            rule, meaning = _called(mine, other, my_label, label, ours.file, theirs.file)
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
    for name, label, rule in _rules(keys):
        ids = keys.changed(rule)
        if (ids == "").mean() < 0.5 and not np.array_equal(ids, keys.ids):
            found[name] = (label, rule, ids)
    version = _RULES["before-version"][1]
    for name, (label, change, _) in list(found.items()):
        if change is None or name == "before-version":
            continue
        both = _both(change, version)
        ids = keys.changed(both)
        if not np.array_equal(ids, found[name][2]):
            found[f"{name}-no-version"] = (f"{label}, without the version", both, ids)
    return found


def _both(first: Change, second: Change) -> Change:
    return lambda name, rest: second(first(name, rest), "")


def _called(mine: str, other: str, my_label: str, label: str, our_file: str, their_file: str) -> tuple[str, str]:
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


def _share_all(ours: Ids, theirs: Ids) -> tuple[int, bool]:
    """Count the different IDs that both files have, and say whether these are all of one file."""
    mine, others = (pa.array(ids, type=pa.large_string()).unique() for ids in (ours, theirs))
    count = int(pc.sum(pc.is_in(mine, value_set=others)).as_py() or 0)
    return count, count == min(len(mine), len(others))


def _listed(keys: Keys) -> str:
    return f"{keys.file} has {', '.join(map(str, keys.ids[:3]))}"


def no_match(ours: Keys, theirs: Keys) -> DataError:
    """Say that the files share no IDs, with five of either."""
    left, right = (", ".join(map(repr, map(str, keys.ids[:SHOWN]))) or "no usable ID" for keys in (ours, theirs))
    hint = "".join(
        f" {len(found):,} IDs of {keys.file} look changed by a spreadsheet, such as {found[0]}."
        for keys in (ours, theirs) if (found := mangled(keys.ids))
    )  # fmt: skip
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
        for name, ids in cells.items() if len(ids & known) * 2 > len(ids)
    )  # fmt: skip
    evidence = f"No ID of the column taken is one of {theirs.file}, but another column holds them."
    return [Decision(file, "ID column", "id", None, evidence, found)] if found else []
