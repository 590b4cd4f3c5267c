"""MAF, the mutation annotation format (https://docs.gdc.cancer.gov/Data/File_Formats/MAF_Format): positions from 1.

An insertion has the reference ``-`` and lies between Start_Position and End_Position; a deletion spells the letters of
the reference, and its alternative is ``-``.
"""

from dataclasses import dataclass
from typing import ClassVar

from lib.io.alleles import allele
from lib.io.decisions import Decision
from lib.io.variant_columns import find_columns, plain
from lib.io.variant_format import VARIANT_FORMATS, VariantFile, VariantRows
from lib.io.variant_tables import take_rows

_NEEDED = {"chromosome", "reference_allele", "tumor_seq_allele2"}
_STARTS = {"start_position", "start"}
_FIRST = "tumor_seq_allele1"


@VARIANT_FORMATS.add
@dataclass(frozen=True)
class Maf:
    """A table with the columns Chromosome, Start_Position, Reference_Allele and Tumor_Seq_Allele2."""

    name: ClassVar[str] = "maf"
    label: ClassVar[str] = "MAF"
    order: ClassVar[int] = 30

    def claims(self, file: VariantFile) -> bool:
        """Look for the names of its columns."""
        names = {plain(str(name)) for name in file.table.frame.columns}
        return names >= _NEEDED and bool(names & _STARTS)

    def read(self, file: VariantFile) -> VariantRows:
        """Read both alleles of the tumour; one that is the reference is none."""
        table = file.table
        columns, decisions = find_columns(table, file.known, file.reading)
        first = next((str(name) for name in table.frame.columns if plain(str(name)) == _FIRST), "")
        others = table.text(first).tolist() if first and first != columns.alt else [""] * len(table)
        extra = 0

        def alternatives(row: int, ref: str, alt: str) -> list[str]:
            nonlocal extra
            other = others[row]
            same = other in ("", ".", alt) or allele(other) in (allele(ref), allele(alt))
            if same or not other.replace("-", "A").isalpha():
                return [alt]
            if allele(alt) == allele(ref):
                return [other]
            extra += 1
            return [other, alt]

        taken = take_rows(table, columns, alternatives=alternatives)
        told = Decision(
            file.name, "Format", "", self.label, "The columns are those of MAF: insertions lie between start and end."
        )
        notes = taken.notes
        if extra:
            notes = (f"{extra:,} rows have two alleles other than the reference; each is a variant.",)
        return VariantRows(
            file.name,
            self.label,
            tuple(taken.rows),
            tuple(taken.rejected),
            taken.total,
            1,
            "after",
            columns,
            table,
            (told, *decisions),
            notes,
        )
