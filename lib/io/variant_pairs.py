"""Variants as pairs of sequences: records that belong together by their ids, or alternatives of sequences by id.

What differs between the two, from the first to the last letter that does, is the variant.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from lib.core.alphabet import reverse_complement
from lib.io import sniff
from lib.io.alleles import short
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.files import Rejected
from lib.io.pair_names import REFERENCES, Pair, base_name, is_reference, letters_of, pair_by_alleles, pair_by_words
from lib.io.sequences import Sequences, from_table
from lib.io.table import Table
from lib.io.variants import Variant, Variants, none

_NEEDED = "IDs that differ in ref and alt (rs1_ref, rs1_alt) or in an allele (rs1_A, rs1_G), or IDs of known sequences"
_MOST = 0.25
"""Share of the letters in which records that only their alleles name may differ; others are no pair."""


@dataclass
class _Found:
    """Variants as they are found, with what is wrong with other records."""

    file: str
    variants: list[Variant] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    used: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, of: tuple[str, str], reference: str, alternative: str, line: int) -> None:
        """Keep the difference of a pair, called ``of`` of its sequence and by itself, or say why it is none."""
        identifier, label = of
        variant = difference(label, identifier, reference, alternative, line=line)
        if why := _fault(variant):
            self.rejected.append(Rejected(self.file, line, name, "sequence", *why))
            return
        self.variants.append(variant)
        self.used[identifier] = reference

    def reject(self, line: int, name: str, found: str, needed: str) -> None:
        """Say what is wrong with a record."""
        self.rejected.append(Rejected(self.file, line, name, "id", found, needed))


def from_pairs(
    records: Sequences, sequences: Mapping[str, str], reading: Reading
) -> tuple[Variants, tuple[Decision, ...]]:
    """Read variants from records, and say how they belong together.

    Parameters
    ----------
    records
        Pairs such as ``NAME_ref`` and ``NAME_alt``; see ``lib.io.pair_names``. Or alternatives that are called as
        the sequences are.
    sequences
        Stored DNA by id, for the latter; a second FASTA file or a dataset. A record that is one of them is the
        reference of its pair.
    reading
        What the user said.

    Raises
    ------
    DataError
        If there is no variant that can be used.
    """
    ids, texts, lines = records.ids.tolist(), records.sequences.tolist(), records.lines.tolist()
    found = _Found(records.name, rejected=list(records.rejected))
    pairs = [] if _are_alternatives(ids, texts, sequences) else pair_by_words(ids)
    left = [number for number in _outside(pairs, len(ids)) if ids[number] not in sequences]
    named = [pair for pair in pair_by_alleles([ids[number] for number in left]) if _is_pair(pair, texts, left)]
    alleles = [pair._replace(reference=left[pair.reference], alternative=left[pair.alternative]) for pair in named]
    alleles, decisions = _orient(records, alleles, set(sequences.values()), reading)
    twice = _references_twice(pairs, ids, texts)
    swap = reading.swap_alleles == "yes"
    total = len(records.rejected)
    paired = {pair.alternative: pair for pair in (*pairs, *alleles)}
    references = {pair.reference for pair in paired.values()}
    for number, (identifier, text, line) in enumerate(zip(ids, texts, lines, strict=True)):
        pair = paired.get(number)
        if pair is None and number in references:
            continue
        total += 1
        if pair is not None:
            reference, alternative = (text, texts[pair.reference]) if swap else (texts[pair.reference], text)
            found.add(identifier, (pair.name, identifier), reference, alternative, line)
        elif number in twice:
            found.reject(line, identifier, "another reference", f"one reference of {base_name(identifier)}")
        elif identifier in sequences:
            found.add(identifier, (identifier, identifier), sequences[identifier], text, line)
        elif base_name(identifier) in sequences and not is_reference(identifier):
            name = base_name(identifier)
            found.add(identifier, (name, identifier), sequences[name], text, line)
        elif is_reference(identifier):
            needed = f"a record {re.sub('|'.join(REFERENCES), 'alt', identifier, count=1, flags=re.IGNORECASE)}"
            found.reject(line, identifier, "a reference without an alternative", needed)
        else:
            found.reject(line, identifier, f"no reference of {base_name(identifier) or identifier!r}", _NEEDED)
    found.rejected.sort(key=lambda item: item.line or 0)
    if not found.variants:
        raise none(records.name, found.rejected, [f"Pairs need {_NEEDED}."])
    told = Decision(records.name, "Format", "", "pairs of sequences", _example(list(paired.values()), ids))
    whole = Variants(tuple(found.variants), tuple(found.rejected), found.used, records.notes, total)
    return whole, (told, *decisions)


def difference(name: str, identifier: str, reference: str, alternative: str, *, line: int = 0) -> Variant:
    """Give the change that makes one sequence out of another, as short as it can be.

    >>> difference("v", "s", "ACGT", "ACCGT")
    Variant(name='v', sequence='s', position=1, ref='', alt='C', line=0)
    """
    return Variant(name, identifier, 0, reference, alternative, line).trim()


def pairs_of_table(table: Table) -> Sequences | None:
    """Give the sequences of a table of pairs, a row for each or both in one row; None where it is no such table.

    Two columns of sequences make a pair where their names tell reference from alternative.
    """
    names = [str(name) for name in table.frame.columns]
    cells = {name: table.text(name).head(50).tolist() for name in names}
    long = [name for name in names if cells[name] and np.mean([sniff.is_sequence(cell) for cell in cells[name]]) > 0.5]
    if not long:
        return None
    sides = pair_by_words(long)
    if len(sides) != 1:
        return from_table(table) if len(long) == 1 else None
    read = [from_table(table, column=long[place]) for place in (sides[0].reference, sides[0].alternative)]
    both = [
        replace(one, ids=np.array([f"{name}_{word}" for name in one.ids.tolist()], dtype=object))
        for one, word in zip(read, ("ref", "alt"), strict=True)
    ]
    order = np.argsort(np.concatenate([both[0].lines * 2, both[1].lines * 2 + 1]), kind="stable")
    return replace(
        both[0],
        ids=np.concatenate([one.ids for one in both])[order],
        texts=pa.concat_arrays([one.texts for one in both]).take(pa.array(order)),
        lines=np.concatenate([one.lines for one in both])[order],
        rejected=tuple(dict.fromkeys(fault for one in both for fault in one.rejected)),
        ambiguous=np.concatenate([one.ambiguous for one in both])[order],
        lower_case=sum(one.lower_case for one in both),
        with_u=sum(one.with_u for one in both),
    )


def _orient(
    records: Sequences, pairs: Sequence[Pair], known: set[str], reading: Reading
) -> tuple[list[Pair], tuple[Decision, ...]]:
    """Decide which record of each pair of alleles is the reference: one that is a known sequence, else it is asked."""
    texts, ids = records.sequences.tolist(), records.ids.tolist()
    made, unclear = [], []
    for pair in pairs:
        ends = [texts[number] in known for number in (pair.reference, pair.alternative)]
        if not pair.is_told and ends == [False, True]:
            made.append(pair._replace(reference=pair.alternative, alternative=pair.reference, is_told=True))
        elif pair.is_told or ends == [True, False]:
            made.append(pair._replace(is_told=True))
        else:
            made.append(pair)
            unclear.append(pair)
    if not unclear and any(not pair.is_told for pair in pairs):
        why = f"One record of each of {len(pairs):,} pairs is a sequence that is known."
        return made, (Decision(records.name, "Reference allele", "", "the record of the known sequence", why),)
    if not unclear:
        return made, ()
    first, second = ids[unclear[0].reference], ids[unclear[0].alternative]
    choices = (
        Alternative("no", f"the first record of each pair, such as {first}"),
        Alternative("yes", f"the second, such as {second}"),
    )
    why = f"The IDs of {len(unclear):,} pairs name alleles ({first}, {second}) and not which is the reference."
    return made, (Decision(records.name, "Reference allele", "swap_alleles", reading.swap_alleles, why, choices),)


def _are_alternatives(ids: Sequence[str], texts: Sequence[str], sequences: Mapping[str, str]) -> bool:
    """Say whether records are called as known sequences and differ from these, so that each is its alternative."""
    known = [(text, sequences[name]) for name, text in zip(ids, texts, strict=True) if name in sequences]
    return len(known) >= 0.9 * len(ids) and sum(text != own for text, own in known) > len(known) / 2


def _outside(pairs: Sequence[Pair], count: int) -> list[int]:
    """Give the numbers of the records that are in no pair."""
    inside = {number for pair in pairs for number in (pair.reference, pair.alternative)}
    return [number for number in range(count) if number not in inside]


def _is_pair(pair: Pair, texts: Sequence[str], numbers: Sequence[int]) -> bool:
    """Say whether two records that differ in the name of an allele are of one sequence, and differ as they say."""
    old, new = texts[numbers[pair.reference]], texts[numbers[pair.alternative]]
    core = difference("", "", old, new)
    apart = max(len(core.ref), len(core.alt))
    if len(core.ref) == len(core.alt):
        apart = sum(a != b for a, b in zip(core.ref, core.alt, strict=True))
    if apart > _MOST * max(len(old), len(new)):
        return False
    first, second = map(letters_of, pair.words)
    if pair.is_told or first is None or second is None:
        return True
    named = difference("", "", first, second)
    said, made = (named.ref, named.alt), (core.ref, core.alt)
    return said in (made, tuple(map(reverse_complement, made)))


def _references_twice(pairs: Sequence[Pair], ids: Sequence[str], texts: Sequence[str]) -> set[int]:
    """Give the numbers of records that are called as a reference and are another sequence; equal ones do no harm."""
    own = {ids[pair.reference]: texts[pair.reference] for pair in pairs}
    taken = {pair.reference for pair in pairs}
    return {
        number
        for number, identifier in enumerate(ids)
        if number not in taken and identifier in own and texts[number] != own[identifier]
    }


def _example(pairs: Sequence[Pair], ids: Sequence[str]) -> str:
    if not pairs:
        return "The records are called as the sequences that they change."
    first = pairs[0]
    return f"{len(pairs):,} pairs by their IDs, such as {ids[first.reference]} and {ids[first.alternative]}."


def _fault(variant: Variant) -> tuple[str, str] | None:
    if not variant.ref and not variant.alt:
        return "the same sequence as the reference", "another sequence"
    if "N" in variant.alt:
        return f"the unknown letter N in {short(variant.alt)}", "letters A C G T U where it differs"
    return None
