"""Whatever somebody brings as variants, understood: a table, a VCF file, or FASTA pairs, beside their sequences."""

from collections.abc import Mapping
from dataclasses import dataclass

from lib.core.errors import DataError
from lib.io import sniff
from lib.io.files import Rejected, Source, kind_of, text_of, unpacked
from lib.io.sequences import read_sequences
from lib.io.table import Table
from lib.io.variant_pairs import from_pairs
from lib.io.variant_tables import guess_columns, open_table, read_variants
from lib.io.variants import Columns, Variants, placed


@dataclass(frozen=True)
class Understood:
    """Variants that were read and checked, and for a table how; both None for FASTA."""

    found: Variants
    table: Table | None = None
    columns: Columns | None = None


def reference_sequences(source: Source) -> tuple[dict[str, str], tuple[Rejected, ...]]:
    """Read the sequences that variants change, by id, and what is wrong with others; of equal ids the first counts.

    Raises
    ------
    DataError
        If the file holds no sequence that can be used.
    """
    read = read_sequences(source)
    known: dict[str, str] = {}
    rejected = list(read.rejected)
    for identifier, text, line in zip(read.ids.tolist(), read.sequences.tolist(), read.lines.tolist(), strict=True):
        if known.setdefault(identifier, text) != text:
            rejected.append(
                Rejected(source.name, line, identifier, "id", "an id that stands twice", "one sequence an id")
            )
    if not known:
        faults = [item.problem() for item in rejected]
        raise DataError(f"{source.name} holds no sequence that can be used. Bring FASTA or a table.", faults)
    return known, tuple(rejected)


def understand(
    source: Source, sequences: Mapping[str, str], *, table: Table | None = None, columns: Columns | None = None
) -> Understood:
    """Read variants of a file and check them against sequences.

    Parameters
    ----------
    source
        A table of variants, a VCF file, or FASTA pairs; see ``lib.io.variant_pairs``.
    sequences
        Stored DNA by id.
    table, columns
        The file, where it was opened before, and how its columns are to be read; guessed where left out.

    Raises
    ------
    DataError
        If there is no variant that can be used; it holds every fault.
    """
    if table is None and is_fasta(source):
        return Understood(from_pairs(read_sequences(source), sequences))
    table = open_table(source) if table is None else table
    columns = columns or guess_columns(table)
    found = placed(read_variants(table, columns), sequences, file=source.name, columns=columns)
    return Understood(found, table, columns)


def is_fasta(source: Source) -> bool:
    """Say whether a file holds FASTA.

    Raises
    ------
    DataError
        If it is empty or cannot be read.
    """
    data = unpacked(source)
    return kind_of(source.name, data) == "text" and sniff.is_fasta(text_of(source.name, data))
