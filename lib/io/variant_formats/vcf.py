"""VCF (https://samtools.github.io/hts-specs), with tabs or blanks, with or without its header line."""

import re
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar
from urllib.parse import unquote

from lib.io.alleles import LETTERS, allele, is_allele, unfit, whole
from lib.io.decisions import Decision
from lib.io.files import Rejected, fault
from lib.io.variant_format import VARIANT_FORMATS, VariantFile, VariantRow, VariantRows
from lib.io.variants import Columns

FIXED = ("CHROM", "POS", "ID", "REF", "ALT")
_HEADER = re.compile(rb"^#?[ \t]*CHROM[ \t]+POS[ \t]+(?:ID[ \t]+)?REF[ \t]+ALT\b.*$", re.MULTILINE)
_OURS = re.compile(rb"^##source=MotifLens$", re.MULTILINE)
_SAMPLE = 50
NEWLINE = b"\n"


@VARIANT_FORMATS.add
@dataclass(frozen=True)
class Vcf:
    """Variants with the base before an indel repeated, positions from 1."""

    name: ClassVar[str] = "vcf"
    label: ClassVar[str] = "VCF"
    order: ClassVar[int] = 10

    def claims(self, file: VariantFile) -> bool:
        """Look for the header line, for what stands above it, or for rows that fit it."""
        if not file.content.is_text:
            return False
        if _HEADER.search(file.text) or re.match(rb"##\s*fileformat=VCF", file.text):
            return True
        rows = [fields for _, fields in islice(file.fields(), _SAMPLE)]
        return bool(rows) and all(map(_is_row, rows)) and not all(whole(fields[2]) is not None for fields in rows)

    def read(self, file: VariantFile) -> VariantRows:
        """Read the first five columns of each record; an alternative that names no letters is excluded."""
        header = _HEADER.search(file.text)
        named = header[0].decode("utf-8").lstrip("#").split() if header else list(FIXED)
        has_ids = "ID" in named
        least = len(FIXED) - (not has_ids)
        ours = bool(_OURS.search(file.text))
        rows: list[VariantRow] = []
        rejected: list[Rejected] = []
        total = several = other = 0
        for line, cells in file.fields(header.end() if header else 0):
            if len(cells) < least:
                total += 1
                found = f"{len(cells)} field{'s' * (len(cells) != 1)}"
                needed = f"at least {least}: {' '.join(named[:least])}"
                rejected.append(Rejected(file.name, line, cells[0], "", found, needed))
                continue
            cells = cells if has_ids else [*cells[:2], "", *cells[2:]]
            contig, pos, name, ref, alts = (unquote(cell) for cell in cells[:5]) if ours else cells[:5]
            split = alts.split(",")
            several += len(split) > 1
            other += len(cells) > 6 and named[6:7] == ["FILTER"] and cells[6] not in ("PASS", ".")
            called = "" if name in ("", ".") else name
            label = called or f"{contig}:{pos} {ref}>{alts}"
            place, why = whole(pos), unfit(ref, dashes=False)
            if place is None or place < 1:
                rejected.append(Rejected(file.name, line, label, "POS", repr(pos[:20]), "a whole number from 1 on"))
            if why:
                rejected.append(Rejected(file.name, line, label, "REF", why, LETTERS))
            if place is None or place < 1 or why:
                total += 1
                continue
            total += len(split)
            for alt in split:
                own = called if len(split) == 1 else f"{called} {alt}" if called else f"{contig}:{pos} {ref}>{alt}"
                if why := unfit(alt, dashes=False, alternative=True):
                    rejected.append(Rejected(file.name, line, own or label, "ALT", why, LETTERS))
                elif allele(alt) == allele(ref):
                    found = f"{alt}, the same as in REF"
                    rejected.append(Rejected(file.name, line, own or label, "ALT", found, "another allele"))
                else:
                    rows.append(VariantRow(line, own if called else "", contig, place, None, allele(ref), allele(alt)))
        if not total:
            raise fault(
                file.name,
                f"{file.name} is VCF and holds no records; add a line for each variant.",
                "no records",
                "a line for each variant",
            )
        notes = [f"{several:,} rows with several alternatives were split."] if several else []
        if other:
            notes.append(f"{other:,} records have a FILTER other than PASS; they are used like the others.")
        why = "No line names the columns, and the rows fit CHROM POS ID REF ALT."
        if header:
            why = f"Line {file.text.count(NEWLINE, 0, header.start()) + 1:,} names the columns."
        told = Decision(file.name, "Format", "", self.label, why)
        columns = Columns("CHROM", "POS", "REF", "ALT", "ID")
        return VariantRows(
            file.name, self.label, tuple(rows), tuple(rejected), total, 1, "", columns, None, (told,), tuple(notes)
        )


def _is_row(cells: list[str]) -> bool:
    """Say whether a line without a header above it can be a record: a position, an id, alleles of letters."""
    if len(cells) < len(FIXED) or whole(cells[1]) is None:
        return False
    return not unfit(cells[3], dashes=False) and is_allele(cells[4]) and "-" not in (cells[3], cells[4])
