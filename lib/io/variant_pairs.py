"""Variants as pairs of sequences: FASTA records ``NAME_ref`` and ``NAME_alt``, or alternatives of sequences by id.

What differs between the two, from the first to the last letter that does, is the variant.
"""

import re
from collections.abc import Mapping

from lib.io.files import Rejected
from lib.io.sequences import Sequences
from lib.io.variants import Variant, Variants, none, short

_ENDING = re.compile(r"(?P<name>.+)[_.|:/-](?P<what>ref|reference|wt|alt|mut|mutant)(?P<number>\d*)", re.IGNORECASE)
_REFERENCES = ("ref", "reference", "wt")
_NEEDED = "records that end in _ref and _alt, or ids of sequences that were brought"


def from_pairs(found: Sequences, sequences: Mapping[str, str]) -> Variants:
    """Read variants from FASTA.

    Parameters
    ----------
    found
        Pairs ``NAME_ref`` and ``NAME_alt`` (also ``_wt``, ``_mut``, and several, ``_alt1``, ``_alt2``), or
        alternatives that are called as the sequences are.
    sequences
        Stored DNA by id, for the latter; a second FASTA file or a dataset.

    Raises
    ------
    DataError
        If there is no variant that can be used.
    """
    ids, texts, lines = found.ids.tolist(), found.sequences.tolist(), found.lines.tolist()
    split = [None if identifier in sequences else _ENDING.fullmatch(identifier) for identifier in ids]
    own: dict[str, str] = {}
    rejected = list(found.rejected)
    for identifier, text, line, parts in zip(ids, texts, lines, split, strict=True):
        if parts and parts["what"].lower() in _REFERENCES:
            if own.setdefault(parts["name"], text) != text:
                needed = f"one reference of {parts['name']}"
                rejected.append(Rejected(found.name, line, identifier, "id", "another reference", needed))
    known = {**sequences, **own}
    variants: list[Variant] = []
    used: dict[str, str] = {}
    answered: set[str] = set()
    for identifier, text, line, parts in zip(ids, texts, lines, split, strict=True):
        if parts and parts["what"].lower() in _REFERENCES:
            continue
        name = parts["name"] if parts else identifier
        answered.add(name)
        reference = known.get(name)
        if reference is None:
            seen = f"no reference of {name!r}"
            rejected.append(Rejected(found.name, line, identifier, "id", seen, _NEEDED))
            continue
        variant = difference(identifier, name, reference, text, line=line)
        why = _fault(variant)
        if why is None:
            variants.append(variant)
            used[name] = reference
        else:
            rejected.append(Rejected(found.name, line, identifier, "sequence", *why))
    for identifier, line, parts in zip(ids, lines, split, strict=True):
        if parts and parts["what"].lower() in _REFERENCES and parts["name"] not in answered:
            needed = f"a record {parts['name']}_alt"
            rejected.append(Rejected(found.name, line, identifier, "id", "a reference without an alternative", needed))
    rejected.sort(key=lambda item: item.line or 0)
    if not variants:
        raise none(found.name, rejected)
    return Variants(tuple(variants), tuple(rejected), used, found.notes)


def difference(name: str, identifier: str, reference: str, alternative: str, *, line: int = 0) -> Variant:
    """Give the change that makes one sequence out of another, as short as it can be.

    >>> difference("v", "s", "ACGT", "ACCGT")
    Variant(name='v', sequence='s', position=1, ref='', alt='C', line=0)
    """
    return Variant(name, identifier, 0, reference, alternative, line).trimmed()


def _fault(variant: Variant) -> tuple[str, str] | None:
    if not variant.ref and not variant.alt:
        return "the same sequence as the reference", "another sequence"
    if "N" in variant.alt:
        return f"the unknown letter N in {short(variant.alt)}", "letters A C G T U where it differs"
    return None
