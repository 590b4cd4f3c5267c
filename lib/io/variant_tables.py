"""Read variants from a table or a VCF file: columns guessed, several alternatives split, letters and places checked.

Positions count from 1 in files. An empty allele is written ``-``; VCF files, which repeat the base before instead, are
read as they are.
"""

import re
from collections.abc import Mapping, Sequence

from lib.core.alphabet import BASES, to_dna
from lib.io import sniff
from lib.io.files import Rejected, Source, fault, kind_of, text_of, unpacked
from lib.io.table import Table
from lib.io.tables import read_table
from lib.io.variants import Columns, Variant, Variants, short

NAMES: Mapping[str, frozenset[str]] = {
    "sequence": frozenset({"chrom", "chr", "chromosome", "sequence", "sequence_id", "seq", "seq_id", "seqid", "contig",
                           "gene", "gene_id", "transcript", "transcript_id", "reporter", "id", "utr", "target"}),
    "position": frozenset({"pos", "position", "start", "site", "location", "coordinate"}),
    "ref": frozenset({"ref", "reference", "reference_allele", "ref_allele", "wt", "from", "wild_type", "allele1"}),
    "alt": frozenset({"alt", "alternative", "alternate", "alt_allele", "mut", "mutant", "to", "allele2",
                      "variant_allele", "tumor_seq_allele2"}),
    "name": frozenset({"variant", "variant_id", "rsid", "rs", "snp", "snp_id", "name", "id"}),
}  # fmt: skip
"""What columns are called, in lower case; an ``id`` names the variant only where another column names the sequence."""
LONGEST = 5000
"""Letters of the longest allele."""
EMPTY = ("", "-", "–", ".")
_HEADER = re.compile(rb"^#?CHROM\tPOS\tID\tREF\tALT", re.MULTILINE)
_LETTERS = "letters A C G T U"
_LETTERS = "letters A C G T U"


def open_table(source: Source) -> Table:
    """Read a table of variants or a VCF file, gzipped or not.

    Raises
    ------
    DataError
        If it is no table.
    """
    data = unpacked(source)
    if kind_of(source.name, data) != "text":
        return read_table(source)
    text = text_of(source.name, data)
    if header := _HEADER.search(text):
        # Only five of its columns count, and what is in the others must not decide how lines are cut.
        above = text.count(b"\n", 0, header.start())
        lines = text[header.start() :].removeprefix(b"#").split(b"\n")
        cut = [b"\t".join(line.split(b"\t")[:5]) for line in lines]
        text = b"##\n" * above + b"\n".join(cut)
    else:
        lines = [line.text.encode() for line in sniff.first_lines(text)]
        if sniff.delimiter_of([line.decode() for line in lines]) is None and all(
            len(line.split()) > 3 for line in lines
        ):
            text = re.sub(rb"[ \t]+", b"\t", text)
    return read_table(Source(source.name, text))


def guess_columns(table: Table) -> Columns:
    """Guess which column says what, by names and then by what the first cells hold.

    Raises
    ------
    DataError
        If no column can be the sequence, the position, the reference or the alternative.
    """
    names = [str(name) for name in table.frame.columns]
    found: dict[str, str] = {}
    for role in ("position", "ref", "alt", "sequence", "name"):
        for name in names:
            if _plain(name) in NAMES[role] and name not in found.values():
                if role == "sequence" and _plain(name) == "id" and _other_sequence(names, found):
                    continue
                found.setdefault(role, name)
    if "sequence" not in found and "name" in found:
        found["sequence"] = found.pop("name")
    left = [name for name in names if name not in found.values()]
    for role, fits in (("position", _is_position), ("ref", _is_allele), ("alt", _is_allele), ("sequence", str.strip)):
        if role not in found:
            cells = ((name, table.text(name).head(50).tolist()) for name in left)
            chosen = next((name for name, column in cells if all(map(fits, column))), None)
            if chosen is not None:
                found[role] = chosen
                left.remove(chosen)
    missing = [role for role in ("sequence", "position", "ref", "alt") if role not in found]
    if missing:
        needed = "the columns sequence, position, ref, alt (or a VCF file)"
        message = f"{table.name} has no column for {' and '.join(missing)}; bring {needed}."
        raise fault(table.name, message, f"the columns {', '.join(names[:8])}", needed, line=table.first_line)
    return Columns(**found)


def read_variants(table: Table, columns: Columns) -> Variants:
    """Take the variants of a table; several alternatives of one row, between commas, become variants of their own."""
    texts = [table.text(name).tolist() for name in (columns.sequence, columns.position, columns.ref, columns.alt)]
    names = table.text(columns.name).tolist() if columns.name else [""] * len(table)
    vcf = _plain(columns.sequence) == "chrom" and _plain(columns.position) == "pos"
    variants: list[Variant] = []
    rejected = list(table.rejected)
    several = 0
    for line, name, sequence, position, ref, alts in zip(table.lines.tolist(), names, *texts, strict=True):
        label = name if name not in EMPTY else f"{sequence}:{position} {ref}>{alts}"

        def wrong(column: str, found: str, needed: str, *, line: int = line, label: str = label) -> None:
            rejected.append(Rejected(table.name, line, label, column, found, needed))

        before = len(rejected)
        if not sequence:
            wrong(columns.sequence, "an empty cell", "the id of a sequence")
        if not position.isascii() or not position.isdecimal() or int(position) < 1:
            wrong(columns.position, repr(position[:20]), "a whole number from 1 on")
        if why := _unfit(ref, vcf=vcf):
            wrong(columns.ref, why, _LETTERS)
        split = alts.split(",")
        several += len(split) > 1
        for alt in split:
            faults = len(rejected)
            if why := _unfit(alt, vcf=vcf, alternative=True):
                wrong(columns.alt, why, _LETTERS)
            elif _allele(alt) == _allele(ref):
                wrong(columns.alt, f"{alt or 'nothing'}, the same as in {columns.ref}", "another allele")
            if before == faults == len(rejected):
                made = f"{sequence}:{position} {_allele(ref) or '-'}>{_allele(alt) or '-'}"
                own = made if name in EMPTY else f"{name} {_allele(alt) or '-'}" if len(split) > 1 else name
                variants.append(Variant(own, sequence, int(position) - 1, _allele(ref), _allele(alt), line))
    notes = (f"{several:,} rows with several alternatives were split.",) if several else ()
    return Variants(tuple(variants), tuple(rejected), notes=notes)


def _unfit(allele: str, *, vcf: bool, alternative: bool = False) -> str:
    """Say what is wrong with an allele as it stands in the file; nothing where it can be used."""
    if vcf and allele in EMPTY:
        return "no alternative allele" if alternative else "no reference allele"
    if allele in EMPTY:
        return ""
    if allele == "*" or not allele.isalpha():
        return f"{short(allele)!r}, which names no letters" if len(allele) > 1 or allele == "*" else repr(allele)
    if len(allele) > LONGEST:
        return f"{len(allele):,} letters, more than {LONGEST:,}"
    known = BASES if alternative else f"{BASES}N"
    strange = next((letter for letter in allele if to_dna(letter) not in known), "")
    return f"the letter {strange!r}" if strange else ""


def _allele(text: str) -> str:
    return "" if text in EMPTY else to_dna(text)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _other_sequence(names: Sequence[str], found: Mapping[str, str]) -> bool:
    others = [name for name in names if _plain(name) != "id" and name not in found.values()]
    return any(_plain(name) in NAMES["sequence"] for name in others)


def _is_position(cell: str) -> bool:
    return cell.isascii() and cell.isdecimal()


def _is_allele(cell: str) -> bool:
    return all(part in EMPTY or sniff.is_nucleotides(part) for part in cell.split(","))
