"""The table that MotifLens itself writes for variants: an insertion stands before its position."""

from dataclasses import dataclass
from typing import ClassVar

from lib.io.decisions import Decision
from lib.io.variant_columns import find_columns, plain
from lib.io.variant_format import VARIANT_FORMATS, VariantFile, VariantRows
from lib.io.variant_tables import take_rows

_NAMES = {"variant", "sequence", "position", "ref", "alt", "kind", "context_ref", "context_alt"}


@VARIANT_FORMATS.add
@dataclass(frozen=True)
class Effects:
    """A table of effects as it was downloaded or written by ``motiflens variants``."""

    name: ClassVar[str] = "effects"
    label: ClassVar[str] = "MotifLens variants"
    order: ClassVar[int] = 40

    def claims(self, file: VariantFile) -> bool:
        """Look for the names of its columns."""
        return {plain(str(name)) for name in file.table.frame.columns} >= _NAMES

    def read(self, file: VariantFile) -> VariantRows:
        """Read the variants; the effects that stand beside them are not read."""
        table = file.table
        columns, decisions = find_columns(table, file.known, file.reading)
        taken = take_rows(table, columns)
        told = Decision(file.name, "Format", "", self.label, "The columns are those of effects that were written here.")
        return VariantRows(
            file.name,
            self.label,
            tuple(taken.rows),
            tuple(taken.rejected),
            taken.total,
            1,
            "before",
            columns,
            table,
            (told, *decisions),
            taken.notes,
        )
