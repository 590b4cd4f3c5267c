"""Find the sequences that variants name, also where the file writes their ids otherwise: ``chr7`` for ``7``."""

from collections.abc import Iterable, Mapping, Sequence

from lib.core.errors import UserError
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.files import Rejected
from lib.io.id_rules import RULES
from lib.io.variant_format import VariantRow, VariantRows

EXACT = "exact"
_SHOWN = 5
_FOR_VARIANTS = ("without-chr", "before-version", "before-pipe", "ignore-case")
_LABELS = {EXACT: "the IDs as they stand", **{name: RULES[name][0] for name in _FOR_VARIANTS}}


def match_ids(
    read: VariantRows, sequences: Mapping[str, str], reading: Reading
) -> tuple[list[VariantRow], list[Rejected], list[Decision]]:
    """Name each row by the sequence that it changes.

    Of the rules the one by which most rows find their sequence is taken; an id that is there as it is stays.

    Returns
    -------
    list, list, list
        Rows whose sequence is known, the fault of each other one, and what was decided.

    Raises
    ------
    UserError
        If the user named a rule that is not there.
    """
    if reading.match_ids is not None and reading.match_ids not in _LABELS:
        raise UserError(f"--match-ids is {reading.match_ids!r}; for variants choose one of {', '.join(_LABELS)}.")
    named = list(dict.fromkeys(row.sequence for row in read.rows))
    offered = list(_LABELS) if reading.match_ids is None else [reading.match_ids]
    found = {rule: _matches(named, sequences, rule) for rule in offered}
    rule = max(offered, key=lambda one: len(found[one]))
    known = found[rule]
    rows = [row._replace(sequence=known[row.sequence]) for row in read.rows if row.sequence in known]
    missing = [row for row in read.rows if row.sequence not in known]
    needed = f"the ID of a sequence, such as {_join_names(sequences)}"
    rejected = [
        Rejected(
            read.name,
            row.line,
            row.name or f"{row.sequence}:{row.start} {row.ref or '-'}>{row.alt or '-'}",
            read.columns.sequence,
            repr(row.sequence),
            needed,
        )
        for row in missing
    ]
    if rule == EXACT and reading.match_ids is None:
        return rows, rejected, []
    plain = sum(name in sequences for name in named)
    said = f"{len(known):,} of {len(named):,} names of sequences match, {plain:,} of them as they are."
    choices = tuple(Alternative(one, words) for one, words in _LABELS.items() if one in (EXACT, rule))
    return rows, rejected, [Decision(read.name, "Matching IDs", "match_ids", rule, said, choices)]


def _matches(named: Sequence[str], sequences: Mapping[str, str], rule: str) -> dict[str, str]:
    """Give for each name the one id that it means by a rule; what would mean two means none."""

    def change(name: str) -> str:
        return name if rule == EXACT else RULES[rule][1](name, "") or name

    means: dict[str, str | None] = {}
    for identifier in sequences:
        key = change(identifier)
        means[key] = identifier if key not in means else None
    found = {name: name if name in sequences else means.get(change(name)) for name in named}
    return {name: identifier for name, identifier in found.items() if identifier is not None}


def _join_names(names: Iterable[str]) -> str:
    first = [name for name, _ in zip(names, range(_SHOWN), strict=False)]
    return ", ".join(first)
