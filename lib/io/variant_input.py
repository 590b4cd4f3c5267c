"""Whatever somebody uploads as variants, understood: VCF, MAF, ANNOVAR, a table, or pairs of sequences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import NamedTuple

import numpy as np

from lib.core.errors import DataError
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading
from lib.io.file_format import sequence_format_of
from lib.io.files import Content, Rejected, Source, fault, open_content, open_source
from lib.io.sequences import Sequences, read_sequences
from lib.io.table import Table
from lib.io.variant_format import VariantFile, variant_formats
from lib.io.variant_pairs import from_pairs, pairs_of_table
from lib.io.variant_placing import MOST_EXCLUDED, place
from lib.io.variants import Columns, Variants


@dataclass(frozen=True)
class Understood:
    """Variants that were read and checked, and how.

    Parameters
    ----------
    found
        The variants; while a decision is open those of the likeliest reading, to be shown and not to be scored.
    decisions
        How the file was read.
    format
        What people call its format.
    table, columns
        The table and what its columns say; None for text of a format of its own and for FASTA.
    """

    found: Variants
    decisions: tuple[Decision, ...] = ()
    format: str = ""
    table: Table | None = None
    columns: Columns | None = None

    @property
    def is_open(self) -> bool:
        """Say whether the user must decide something before the variants can be used."""
        return any(one.is_open for one in self.decisions)


class KnownSequences(NamedTuple):
    """Sequences that variants change, by id, what is wrong with others of their file, and how it was read."""

    sequences: dict[str, str]
    rejected: tuple[Rejected, ...] = ()
    decisions: tuple[Decision, ...] = ()


def reference_sequences(source: Source, reading: Reading = DEFAULT) -> KnownSequences:
    """Read the sequences that variants change; of equal ids the first counts.

    Raises
    ------
    DataError
        If the file holds no sequence that can be used.
    """
    read = read_sequences(source, reading=reading)
    known: dict[str, str] = {}
    rejected = list(read.rejected)
    for identifier, text, line in zip(read.ids.tolist(), read.sequences.tolist(), read.lines.tolist(), strict=True):
        if known.setdefault(identifier, text) != text:
            rejected.append(
                Rejected(source.name, line, identifier, "id", "an id that stands twice", "one sequence an id")
            )
    if not known:
        faults = [item.problem() for item in rejected]
        raise DataError(f"{source.name} holds no sequence that can be used. Use FASTA or a table.", faults)
    return KnownSequences(known, tuple(rejected), read.decisions)


def understand(source: Source, sequences: Mapping[str, str], reading: Reading = DEFAULT) -> Understood:
    """Read variants of a file and check them against sequences.

    Parameters
    ----------
    source
        VCF, MAF, ANNOVAR, a table of variants, or pairs of sequences; see ``lib.io.variant_formats`` and
        ``lib.io.variant_pairs``.
    sequences
        Stored DNA by id.
    reading
        What the user said about the file.

    Raises
    ------
    DataError
        If there is no variant that can be used; it holds every fault.
    """
    content = _open(source, reading)
    if content.is_text and sequence_format_of(source.name, content.data) is not None:
        records = _distinguish(read_sequences(source, reading=reading))
        found, decisions = from_pairs(records, sequences, reading)
        return _check(source.name, found, (*records.decisions, *decisions), reading, Understood(found, (), "pairs"))
    file = VariantFile(source.name, content, sequences.keys())
    chosen = next(one for one in variant_formats() if one.claims(file))
    if chosen.order == max(one.order for one in variant_formats()) and (pairs := pairs_of_table(file.table)):
        found, decisions = from_pairs(pairs, sequences, reading)
        whole = Understood(found, (), "pairs")
        return _check(source.name, found, (*file.table.decisions, *decisions), reading, whole)
    read = chosen.read(file)
    placed = place(read, sequences, content.reading)
    before = read.table.decisions if read.table is not None and read.table.decisions else content.decisions
    whole = Understood(placed.variants, (), read.format, read.table, read.columns)
    return _check(source.name, placed.variants, (*before, *read.decisions, *placed.decisions), reading, whole)


def _open(source: Source, reading: Reading) -> Content:
    """Open a file; of VCF in its binary form it is said how to make text of it."""
    try:
        return open_content(source, reading)
    except DataError:
        if open_source(source, reading).data.startswith(b"BCF"):
            plain = f"{PurePath(source.name).name.partition('.')[0]}.vcf"
            message = (
                f"{source.name} is BCF, the binary form of VCF; make text of it: bcftools view {source.name} > {plain}"
            )
            raise fault(source.name, message, "BCF", "VCF") from None
        raise


def _distinguish(records: Sequences) -> Sequences:
    """Call records of one id by their whole header, as in ``>rs1 ref`` and ``>rs1 alt``."""
    ids, more = records.ids.tolist(), records.descriptions.tolist()
    if len(set(ids)) == len(ids) or len(more) != len(ids):
        return records
    twice = {name for name, count in Counter(ids).items() if count > 1}
    named = [f"{name} {said}".strip() if name in twice else name for name, said in zip(ids, more, strict=True)]
    return replace(records, ids=np.array(named, dtype=object))


def reason_of(rejected: Rejected) -> str:
    """Name the kind of a fault, by which excluded variants are counted."""
    found, needed = rejected.found, rejected.needed
    for start, reason in _FOUND.items():
        if found.startswith(start):
            return reason
    for part, reason in _NEEDED.items():
        if part in needed:
            return reason
    return f"needed {needed}"


_FOUND = {
    "the symbolic allele": "symbolic allele",
    "the breakend": "breakend",
    "*,": "allele of an upstream deletion (*)",
    "no alternative allele": "no alternative allele",
    "the same sequence": "the same sequence as the reference",
}
_NEEDED = {
    "which stands at": "reference allele that does not match the sequence",
    "a place within": "position outside the sequence",
    "the ID of a sequence": "ID of no known sequence",
    "another allele": "alternative allele equal to the reference",
    "a whole number": "position that is no whole number",
    "letters A C G T U": "allele with other letters than A C G T U",
}


def examples_by_reason(rejected: Sequence[Rejected], most: int = 3) -> dict[str, tuple[int, list[Rejected]]]:
    """Count excluded variants by the kind of their first fault, the most frequent first, with the first faults."""
    first = {(one.line, one.id): one for one in reversed(rejected)}
    by_reason: dict[str, list[Rejected]] = {}
    for one in reversed(first.values()):
        by_reason.setdefault(reason_of(one), []).append(one)
    ranked = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    return {reason: (len(found), found[:most]) for reason, found in ranked}


def count_reasons(rejected: Sequence[Rejected]) -> dict[str, int]:
    """Count excluded variants by the kind of their first fault, the most frequent first."""
    return {reason: count for reason, (count, _) in examples_by_reason(rejected).items()}


def _check(
    name: str, found: Variants, decisions: Sequence[Decision], reading: Reading, whole: Understood
) -> Understood:
    """Ask for consent where more than a fifth of a file would be excluded and nothing else is to be decided."""
    told = list(dict.fromkeys(decisions))
    if found.excluded > MOST_EXCLUDED * found.total and not any(one.is_open for one in told):
        reasons = ", ".join(f"{count:,} with {reason}" for reason, count in count_reasons(found.rejected).items())
        first = found.rejected[0]
        said = f"{found.excluded:,} of {found.total:,} variants would be excluded: {reasons}. The first: {first.reason}"
        said += f" (line {first.line:,})." if first.line else "."
        consent = "yes" if reading.excluded_ok else None
        agree = Alternative("" if consent is None else "yes", "go on with the others")
        told.append(Decision(name, "Excluded variants", "excluded_ok", consent, said, (agree,)))
    return Understood(found, tuple(told), whole.format, whole.table, whole.columns)
