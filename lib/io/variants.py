"""Variants of sequences: checked against the sequences, applied and reverted.

Positions are 0-based here and count from 1 in files. An empty allele inserts before the position or deletes. Files are
read by ``lib.io.variant_tables`` and ``lib.io.variant_pairs``; every fault of every variant is reported.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lib.core.alphabet import reverse_complement
from lib.core.errors import DataError, UserError
from lib.io.files import Rejected

_TELLING = 3  # variants that tell a rule from chance


@dataclass(frozen=True)
class Variant:
    """One change of one sequence.

    Parameters
    ----------
    name
        What the file calls it, or ``id:12 A>G`` made of what it is.
    sequence
        Id of the sequence.
    position
        0-based place of the first letter of ``ref``; an empty ``ref`` inserts before it.
    ref, alt
        Stored DNA, not both the same; one of them may be empty.
    line
        1-based line of the file.
    """

    name: str
    sequence: str
    position: int
    ref: str
    alt: str
    line: int = 0

    def apply(self, text: str) -> str:
        """Give the sequence with the change.

        >>> Variant("v", "s", 1, "C", "TT").apply("ACGT")
        'ATTGT'

        Raises
        ------
        UserError
            If ``ref`` does not stand there.
        """
        end = self.position + len(self.ref)
        if self.position > len(text) or text[self.position : end] != self.ref:
            found = text[self.position : end] or "the end"
            raise UserError(f"{self.name}: found {found}, needed {self.ref} at position {self.position + 1}. Mend it.")
        return text[: self.position] + self.alt + text[end:]

    def reverted(self) -> "Variant":
        """Give the change that takes this one back."""
        return replace(self, ref=self.alt, alt=self.ref)

    def trimmed(self) -> "Variant":
        """Leave out what ``ref`` and ``alt`` share at their ends, at the end first, so that an indel stands leftmost.

        >>> Variant("v", "s", 4, "AC", "ACG").trimmed()
        Variant(name='v', sequence='s', position=6, ref='', alt='G', line=0)
        """
        ref, alt = self.ref, self.alt
        end = 0
        while end < min(len(ref), len(alt)) and ref[-1 - end] == alt[-1 - end]:
            end += 1
        ref, alt = ref[: len(ref) - end], alt[: len(alt) - end]
        start = 0
        while start < min(len(ref), len(alt)) and ref[start] == alt[start]:
            start += 1
        return replace(self, position=self.position + start, ref=ref[start:], alt=alt[start:])

    @property
    def kind(self) -> str:
        """Say what sort of change it is: ``SNV``, ``insertion``, ``deletion``, ``substitution`` or ``indel``."""
        core = self.trimmed()
        if not core.ref or not core.alt:
            return "deletion" if core.ref else "insertion"
        if len(core.ref) == len(core.alt):
            return "SNV" if len(core.ref) == 1 else "substitution"
        return "indel"


@dataclass(frozen=True)
class Columns:
    """Which column of a table says what; ``name`` is empty where variants have no names."""

    sequence: str
    position: str
    ref: str
    alt: str
    name: str = ""


@dataclass(frozen=True)
class Variants:
    """Variants that were read, in the order of the file.

    Parameters
    ----------
    variants
        Those that can be used.
    rejected
        Every fault of the others.
    sequences
        The sequences that they change, by id; empty until ``placed`` found them.
    notes
        What was remarkable, in sentences.
    """

    variants: tuple[Variant, ...]
    rejected: tuple[Rejected, ...] = ()
    sequences: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the variants."""
        return len(self.variants)


def placed(read: Variants, sequences: Mapping[str, str], *, file: str, columns: Columns | None = None) -> Variants:
    """Keep the variants whose sequence is known and holds what ``ref`` says; report every fault of the others.

    Parameters
    ----------
    read
        Variants of a file.
    sequences
        Stored DNA by id.
    file, columns
        What the file and its columns are called, for the faults.

    Raises
    ------
    DataError
        If none can be used.
    """
    named = columns or Columns("sequence", "position", "ref", "alt")
    kept: list[Variant] = []
    rejected = list(read.rejected)
    off: list[Variant] = []
    for one in read.variants:
        text = sequences.get(one.sequence)
        column, found, needed = "", "", ""
        if text is None:
            column, found, needed = named.sequence, repr(one.sequence), "the id of a sequence that was brought"
        elif one.position + len(one.ref) > len(text) or one.position > len(text):
            there = f"position {one.position + 1:,}" + (f" with {len(one.ref):,} letters" if len(one.ref) > 1 else "")
            column, found, needed = named.position, there, f"a place within the {len(text):,} nt of {one.sequence}"
        elif text[one.position : one.position + len(one.ref)] != one.ref:
            stands = text[one.position : one.position + len(one.ref)]
            column, found = named.ref, short(one.ref)
            needed = f"{short(stands)}, which stands at position {one.position + 1:,} of {one.sequence}"
            off.append(one)
        elif not one.apply(text):
            column, found, needed = named.ref, "the whole sequence", "a deletion that leaves at least one nucleotide"
        if column:
            rejected.append(Rejected(file, one.line or None, one.name, column, found, needed))
        else:
            kept.append(one)
    rejected.sort(key=lambda item: item.line or 0)
    if not kept:
        raise none(file, rejected, hints(off, sequences))
    used = {one.sequence: sequences[one.sequence] for one in kept}
    return Variants(tuple(kept), tuple(rejected), used, (*read.notes, *hints(off, sequences)))


def hints(off: Sequence[Variant], sequences: Mapping[str, str]) -> tuple[str, ...]:
    """Say what variants whose reference does not match have in common: counted from 0, or of the other strand."""
    if len(off) < _TELLING:
        return ()

    def share(fits: Iterable[bool]) -> bool:
        return sum(fits) >= 0.9 * len(off)

    def stands(one: Variant, shift: int) -> str:
        return sequences[one.sequence][max(0, one.position + shift) : one.position + shift + len(one.ref)]

    if share(bool(one.ref) and stands(one, 1) == one.ref for one in off):
        return ("Those that do not match would if positions were counted from 0: add 1 to each of them.",)
    if share(bool(one.ref) and stands(one, 0) == reverse_complement(one.ref) for one in off):
        return ("Those that do not match would on the other strand: write their alleles as on the sequence.",)
    return ()


def none(file: str, rejected: Sequence[Rejected], said: tuple[str, ...] = ()) -> DataError:
    """Make the error for a file without any variant that can be used; it holds every fault."""
    first = rejected[0].problem() if rejected else None
    why = f"The first fault: {first}" if first else "It holds none."
    message = f"{file} holds no variant that can be used. {' '.join([*said, why])}"
    return DataError(message, [item.problem() for item in rejected])


def short(text: str) -> str:
    """Cut the middle out of a long allele."""
    return text if len(text) <= 20 else f"{text[:9]}…{text[-9:]}"
