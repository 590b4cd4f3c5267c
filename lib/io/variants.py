"""Variants of sequences: applied and reverted.

Positions are 0-based here, whatever files count from. An empty allele inserts before the position or deletes. Files are
read by ``lib.io.variant_input``; every fault of every variant is reported.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from lib.core.errors import DataError, UserError
from lib.io.files import Rejected


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

    def revert(self) -> "Variant":
        """Give the change that takes this one back."""
        return replace(self, ref=self.alt, alt=self.ref)

    def trim(self) -> "Variant":
        """Leave out what ``ref`` and ``alt`` share at their ends, at the end first, so that an indel stands leftmost.

        >>> Variant("v", "s", 4, "AC", "ACG").trim()
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
        core = self.trim()
        if not core.ref or not core.alt:
            return "deletion" if core.ref else "insertion"
        if len(core.ref) == len(core.alt):
            return "SNV" if len(core.ref) == 1 else "substitution"
        return "indel"


@dataclass(frozen=True)
class Columns:
    """Which column of a table says what; empty where no column says it.

    A table of one sequence needs no column of sequences. Where ``ref`` and ``alt`` name one column it holds both, as
    ``A/G`` or ``A>G``.
    """

    sequence: str
    position: str
    ref: str
    alt: str
    name: str = ""
    end: str = ""
    strand: str = ""

    @property
    def told(self) -> str:
        """Say them as the option ``--variant-columns`` takes them.

        >>> Columns("chrom", "pos, hg38", "ref", "alt").told
        'sequence=chrom,"position=pos, hg38",ref=ref,alt=alt'
        """
        file = io.StringIO()
        said = [f"{one.name}={getattr(self, one.name)}" for one in fields(self) if getattr(self, one.name)]
        csv.writer(file, lineterminator="").writerow(said)
        return file.getvalue()


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
        The sequences that they change, by id.
    notes
        What was remarkable, in sentences.
    total
        Variants in the file, those that cannot be used included.
    """

    variants: tuple[Variant, ...]
    rejected: tuple[Rejected, ...] = ()
    sequences: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    total: int = 0

    def __len__(self) -> int:
        """Count the variants."""
        return len(self.variants)

    @property
    def excluded(self) -> int:
        """Count the variants of the file that cannot be used."""
        return self.total - len(self.variants)


def none(file: str, rejected: Sequence[Rejected], said: Sequence[str] = ()) -> DataError:
    """Make the error for a file without any variant that can be used; it holds every fault."""
    first = rejected[0].problem() if rejected else None
    why = f"The first fault: {first}" if first else "It holds none."
    message = f"{file} holds no variant that can be used. {' '.join([*said, why])}"
    return DataError(message, [item.problem() for item in rejected])
