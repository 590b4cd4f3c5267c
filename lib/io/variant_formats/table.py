"""A table of variants that no other format claims: its columns, and what its names say of how it counts."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar

from lib.io.variant_columns import FROM_0, FROM_1, find_columns, plain
from lib.io.variant_format import VARIANT_FORMATS, VariantFile, VariantRows
from lib.io.variant_tables import take_rows
from lib.io.variants import Columns


@VARIANT_FORMATS.add
@dataclass(frozen=True)
class VariantTable:
    """Any table with columns for the position, the reference and the alternative."""

    name: ClassVar[str] = "table"
    label: ClassVar[str] = "table"
    order: ClassVar[int] = 100

    def claims(self, file: VariantFile) -> bool:
        """Take any file."""
        return True

    def read(self, file: VariantFile) -> VariantRows:
        """Read the rows."""
        table = file.table
        columns, decisions = find_columns(table, file.known, file.reading)
        only = "" if columns.sequence else next(iter(file.known))
        is_vcf = [plain(columns.sequence), plain(columns.position)] == ["chrom", "pos"]
        taken = take_rows(table, columns, only=only, dashes=not is_vcf)
        base = 1 if is_vcf else _read_base(file.name, columns)
        return VariantRows(
            file.name,
            self.label,
            tuple(taken.rows),
            tuple(taken.rejected),
            taken.total,
            base,
            "",
            columns,
            table,
            decisions,
            taken.notes,
        )


def _read_base(name: str, columns: Columns) -> int | None:
    """Give what a table says that its first nucleotide is counted as; None where it says nothing.

    >>> [_read_base("v.tsv", Columns("chrom", start, "ref", "alt")) for start in ("chromStart", "pos1", "start")]
    [0, 1, None]
    """
    position = plain(columns.position)
    if position in FROM_0 or "0_based" in position or PurePath(name).name.lower().removesuffix(".gz").endswith(".bed"):
        return 0
    return 1 if position in FROM_1 or "1_based" in position else None
