"""Place the rows of a file on their sequences, each checked before any is used, and make variants of those that fit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from lib.core.errors import UserError
from lib.io.alleles import short
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.files import Rejected
from lib.io.id_rules import RULES
from lib.io.variant_format import VariantRow, VariantRows
from lib.io.variant_tables import ANY
from lib.io.variant_ways import (
    CHANCE,
    FITS,
    Fit,
    Way,
    alleles_of,
    check_way,
    count_fit,
    default_way,
    list_ways,
    misfit,
    other_ways,
    settle_way,
)
from lib.io.variants import Variant, Variants, none

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


TELLING = 3
"""Rows from which on a file can be refused as a whole."""
MOST_EXCLUDED = 0.2
"""Share of a file above which excluding it needs consent."""


@dataclass(frozen=True)
class Placed:
    """Variants on their sequences, and how they were read; with an open decision in the likeliest way, to be shown."""

    variants: Variants
    decisions: tuple[Decision, ...]


def place(read: VariantRows, sequences: Mapping[str, str], reading: Reading) -> Placed:
    """Check every row against its sequence, decide how rows are read, and make variants of those that fit.

    Raises
    ------
    DataError
        If no variant can be used, or so few references match that those may do so by chance; it holds every fault.
    """
    check_way(reading)
    rows, unknown, decisions = match_ids(read, sequences, reading)
    default = default_way(read, reading)
    fit = count_fit(rows, sequences, default)
    fits = {default: fit}
    if fit.share < FITS:
        fits |= {way: count_fit(rows, sequences, way) for way in list_ways(read, reading, rows)}
    settled = settle_way(read, reading, default, fits)
    decisions += settled
    is_open = any(one.is_open for one in settled)
    lies = _insertions(read, rows, sequences, default, reading)
    decisions += lies
    made = _make(read, rows, sequences, default, reading.insertions)

    def every() -> dict[Way, Fit]:
        return {way: count_fit(rows, sequences, way) for way in list_ways(read, Reading(), rows)} | fits

    rejected = sorted([*read.rejected, *unknown, *made.rejected], key=lambda one: one.line or 0)
    if not is_open and fit.checked - fit.matched >= TELLING and fit.share < CHANCE:
        raise misfit(read, default, every(), rejected)
    if not made.variants and not is_open:
        raise none(read.name, rejected, [*_strangers(read, rows, sequences), *other_ways(default, every())])
    used = {one.sequence: sequences[one.sequence] for one in made.variants}
    found = Variants(made.variants, tuple(rejected), used, read.notes, read.total)
    return Placed(found, tuple(decisions))


def _strangers(read: VariantRows, rows: Sequence[VariantRow], sequences: Mapping[str, str]) -> list[str]:
    """Name some sequences of the file and some that are known, where none is in both."""
    if rows or not read.rows:
        return []
    named = list(dict.fromkeys(row.sequence for row in read.rows))[:5]
    known = list(sequences)[:5]
    return [
        f"It names the sequences {', '.join(named)}; known are {', '.join(known)}. Give the sequences that they "
        "change as FASTA, or write the IDs of the dataset."
    ]


def _gap(row: VariantRow, base: int) -> str:
    """Say where a row without reference letters inserts as its end tells: ``before`` or ``after`` its start.

    >>> _gap(VariantRow(1, "", "s", 20, 21, "", "A"), 1), _gap(VariantRow(1, "", "s", 20, 20, "", "A"), 0)
    ('after', 'before')
    """
    if row.end is None:
        return ""
    if base == 1:
        return {1: "after", -1: "before"}.get(row.end - row.start, "")
    return "before" if row.end == row.start else ""


def _insertions(
    read: VariantRows, rows: Sequence[VariantRow], sequences: Mapping[str, str], way: Way, reading: Reading
) -> list[Decision]:
    """Decide where rows without reference letters insert, as far as neither the format nor their ends tell it."""
    base = way.base
    gaps = [row for row in rows if not alleles_of(row, way)[0]]
    unclear = gaps if reading.insertions else [row for row in gaps if not (_gap(row, base) or read.insertions)]
    if not unclear:
        return []
    row = unclear[0]
    text, at, inserted = sequences[row.sequence], row.start - base, alleles_of(row, way)[1]
    labels = [
        Alternative(side, f"{side} position {row.start:,}: {_show_context(text, at + (side == 'after'), inserted)}")
        for side in ("before", "after")
    ]
    found = f"{len(unclear):,} insertion{'s have' if len(unclear) != 1 else ' has'} no reference letters"
    if reading.insertions:
        why = f"As given; {found}."
    else:
        why = f"{found} (- at {row.sequence}:{row.start:,}), and nothing says on which side of the position they lie."
    return [Decision(read.name, "Insertions", "insertions", reading.insertions, why, tuple(labels))]


def _show_context(text: str, at: int, alt: str) -> str:
    return f"{text[max(0, at - 4) : max(0, at)]}[{short(alt)}]{text[max(0, at) : at + 4]}"


class _Made(NamedTuple):
    variants: tuple[Variant, ...]
    rejected: list[Rejected]


def _make(
    read: VariantRows, rows: Sequence[VariantRow], sequences: Mapping[str, str], way: Way, insertions: str | None
) -> _Made:
    """Make variants of the rows that fit their sequences, and say what is wrong with the others."""
    variants: list[Variant] = []
    rejected: list[Rejected] = []
    for row in rows:
        text = sequences[row.sequence]
        ref, alt = alleles_of(row, way)
        at = row.start - way.base
        if ref == ANY:
            ref = text[at : at + (row.end or row.start) - row.start + 1] if at >= 0 else ""
        elif not ref and at >= 0:
            at += (insertions or _gap(row, way.base) or read.insertions) == "after"
        one = Variant(row.name, row.sequence, at, ref, alt, row.line)
        if fault := _fault(one, row, read, text, way.base):
            rejected.append(Rejected(read.name, row.line, row.name or _name_variant(one), *fault))
        else:
            variants.append(one if one.name else replace(one, name=_name_variant(one)))
    return _Made(tuple(variants), rejected)


def _name_variant(one: Variant) -> str:
    return f"{one.sequence}:{one.position + 1} {one.ref or '-'}>{one.alt or '-'}"


def _fault(one: Variant, row: VariantRow, read: VariantRows, text: str, base: int) -> tuple[str, str, str] | None:
    """Say what is wrong with a variant: the column, what was found and what is needed; None where it fits."""
    columns, at, ref = read.columns, one.position, one.ref
    if ANY in (ref, one.alt):
        return columns.ref, "letters that are not spelled", "both alleles in letters"
    if row.start < base:
        return columns.position, repr(str(row.start)), f"a whole number from {base} on"
    if at + len(ref) > len(text):
        there = f"position {row.start:,}" + (f" with {len(ref):,} letters" if len(ref) > 1 else "")
        return columns.position, there, f"a place within the {len(text):,} nt of {one.sequence}"
    stands = text[at : at + len(ref)]
    if stands != ref:
        return columns.ref, short(ref), f"{short(stands)}, which stands at position {at + 1:,} of {one.sequence}"
    if not ref and not one.alt:
        return columns.alt, "no letters, the same as in the reference", "another allele"
    if "N" in one.alt:
        return columns.alt, "the letter N", "letters A C G T U"
    return None if one.apply(text) else (columns.ref, "the whole sequence", "a deletion that leaves a nucleotide")
