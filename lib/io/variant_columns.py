"""Which column of a table of variants says what: by names first, then by what its cells hold."""

import csv
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields

from lib.core.errors import UserError
from lib.io import sniff
from lib.io.alleles import is_allele, whole
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.files import fault
from lib.io.table import Table
from lib.io.variants import Columns

NAMES: Mapping[str, tuple[str, ...]] = {
    "sequence": tuple(
        (
            "chrom chromosome chr contig seqname seqnames sequence_id seq_id seqid sequence_name transcript_id "
            "transcript reporter_id reporter sequence seq utr target region gene_id gene id"
        ).split()
    ),
    "position": tuple(
        (
            "start_position pos position start0 pos0 position0 chromstart chrom_start start start1 pos1 "
            "variant_start variant_pos snp_pos base_pair_location bp site location coordinate"
        ).split()
    ),
    "end": ("end_position", "end", "end1", "chromend", "chrom_end", "stop", "end_pos", "variant_end"),
    "ref": tuple(
        (
            "reference_allele ref ref_allele reference allele_ref wt wild_type wildtype from other_allele "
            "non_effect_allele allele1"
        ).split()
    ),
    "alt": tuple(
        (
            "tumor_seq_allele2 alt alt_allele alternate alternative alternate_allele allele_alt mut mutant to "
            "variant_allele effect_allele allele2"
        ).split()
    ),
    "name": ("variant", "variant_id", "variant_name", "rsid", "rs_id", "rs", "snp", "snp_id", "dbsnp_rs", "name", "id"),
    "strand": ("strand",),
}
"""What columns are called, in lower case, the surest name first; an ``id`` names the variant only where another column
names the sequence."""
FROM_0 = frozenset({"start0", "pos0", "position0", "chromstart", "chrom_start"})
"""Names of positions that say that the first nucleotide is 0."""
FROM_1 = frozenset({"start1", "pos1"})
BOTH = ("alleles", "allele", "change", "mutation", "substitution", "ref_alt")
"""Names of a column that holds both alleles, as ``A/G`` or ``A>G``."""
_REQUIRED = ("position", "ref", "alt")
_SAMPLE = 200
_PAIR = re.compile(r"([ACGTUNacgtun]+|[-–—−]+)\s*[/>|]\s*([ACGTUNacgtun,]+|[-–—−]+)")
_NEEDED = "the columns sequence, position, ref, alt (or a VCF, MAF or ANNOVAR file)"


def plain(name: str) -> str:
    """Write the name of a column in lower case, words joined by ``_``.

    >>> plain("#Chrom"), plain("Start Position (0-based)")
    ('chrom', 'start_position_0_based')
    """
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def read_given_columns(reading: Reading, table: Table) -> dict[str, str]:
    """Give the columns that the user named, by role.

    Raises
    ------
    UserError
        If a role or a column is not there.
    """
    given: dict[str, str] = {}
    roles = [one.name for one in fields(Columns)]
    names = [str(name) for name in table.frame.columns]
    for part in next(csv.reader([reading.variant_columns or ""]), []):
        role, equals, name = part.strip().partition("=")
        if not equals or role not in roles:
            known = ", ".join(f"{role}=NAME" for role in roles)
            raise UserError(f"--variant-columns has {part!r}; give {known}, separated by commas.")
        if name and name not in names:
            raise UserError(f"{table.name} has no column {name!r}; it has {', '.join(names[:20])}.")
        given[role] = name
    return given


def find_columns(table: Table, known: Collection[str], reading: Reading) -> tuple[Columns, tuple[Decision, ...]]:
    """Find which column says what.

    Parameters
    ----------
    table
        The table.
    known
        Ids of the sequences; of several columns that may name the sequence the one with most of them is taken.
    reading
        Columns that the user named go first.

    Raises
    ------
    DataError
        If no column can be the position, the reference or the alternative, or the sequence where there are several.
    """
    found = read_given_columns(reading, table)
    names = [str(name) for name in table.frame.columns]
    cells = {name: table.text(name).head(_SAMPLE).tolist() for name in names}
    evidence = ["by name"]

    def left() -> list[str]:
        return [name for name in names if name not in found.values()]

    for role in ("position", "end", "ref", "alt", "strand"):
        if role not in found:
            ranked = [name for wanted in NAMES[role] for name in left() if plain(name) == wanted]
            fit = _FITS[role]
            chosen = next((name for name in ranked if _share(cells[name], fit) > 0.5), None)
            if chosen is not None:
                found[role] = chosen
    if "ref" not in found and "alt" not in found:
        both = [name for name in left() if _share(cells[name], _is_pair) > 0.9]
        both.sort(key=lambda name: plain(name) not in BOTH)
        if both:
            found["ref"] = found["alt"] = both[0]
    decisions = _by_content(table, found, cells, left, evidence)
    if "sequence" not in found:
        found["sequence"] = _sequence(table, left(), cells, known, named=True)
    if not found["sequence"] and len(known) != 1:
        found["sequence"] = _sequence(table, left(), cells, known, named=False)
    if "name" not in found:
        ranked = [name for wanted in NAMES["name"] for name in left() if plain(name) == wanted]
        found["name"] = next(iter(ranked), "")
    for role in _REQUIRED:
        if role not in found:
            ranked = [name for wanted in NAMES[role] for name in left() if plain(name) == wanted]
            found |= {role: ranked[0]} if ranked else {}
    missing = [role for role in _REQUIRED if role not in found]
    missing = ["sequence", *missing] if not found["sequence"] and len(known) != 1 else missing
    if missing:
        listed = " and ".join(missing)
        remedy = f"--variant-columns {','.join(f'{role}=NAME' for role in missing)}"
        message = f"{table.name} has no column for {listed}; use {_NEEDED}, or name it by {remedy}."
        raise fault(table.name, message, f"the columns {', '.join(names[:8])}", _NEEDED, line=table.first_line)
    columns = Columns(**found)
    said = "as given" if reading.variant_columns else " and ".join(evidence)
    if not columns.sequence:
        said += f"; all rows are of {next(iter(known))}, the only sequence"
    words = ", ".join(f"{one.name}: {name}" for one in fields(Columns) if (name := getattr(columns, one.name)))
    choice = Alternative(columns.told, words)
    told = Decision(table.name, "Columns", "variant_columns", columns.told, f"Found {said}.", (choice,))
    return columns, (*decisions, *(() if any(one.is_open for one in decisions) else (told,)))


def _by_content(
    table: Table, found: dict[str, str], cells: dict[str, list[str]], left: Callable[[], list[str]], evidence: list[str]
) -> tuple[Decision, ...]:
    """Find what no name tells by what the cells hold; of several columns that may be the position, ask."""
    decisions: list[Decision] = []
    if "position" not in found:
        fits = [name for name in left() if _share(cells[name], _FITS["position"]) == 1.0]
        are_both = len(fits) == 2 and "end" not in found and not table.header and _are_ends(table, *fits)
        if fits:
            found["position"] = fits[0]
        if are_both:
            found["end"] = fits[1]
        elif len(fits) > 1:
            choices = tuple(
                Alternative(f"position={name}", f"{name}: {', '.join(cells[name][:3])}, ...") for name in fits
            )
            said = f"The columns {', '.join(fits)} hold whole numbers, and no name says which is the position."
            decisions.append(Decision(table.name, "Position column", "variant_columns", None, said, choices))
        if fits:
            evidence.append("by their cells")
    lacking = [role for role in ("ref", "alt") if role not in found]
    fits = [name for name in left() if _share(cells[name], is_allele) == 1.0 and not _is_long(cells[name])]
    if lacking and len(fits) == len(lacking):
        found.update(zip(lacking, fits, strict=True))
        evidence.append("by their cells")
    elif lacking and len(fits) > len(lacking):
        choices = tuple(
            Alternative(f"{lacking[-1]}={name}", f"{name}: {', '.join(cells[name][:3])}, ...") for name in fits
        )
        if len(lacking) == 1:
            found[lacking[0]] = fits[0]
            said = f"The columns {', '.join(fits)} hold alleles, and no name says which is {lacking[0]}."
            decisions.append(Decision(table.name, "Allele column", "variant_columns", None, said, choices))
    evidence[:] = list(dict.fromkeys(evidence))
    return tuple(decisions)


def _sequence(
    table: Table, names: Sequence[str], cells: dict[str, list[str]], known: Collection[str], *, named: bool
) -> str:
    """Choose the column that names the sequence: of those that may, the one that holds most of the known ids."""
    if named:
        offered = [name for wanted in NAMES["sequence"] for name in names if plain(name) == wanted]
        offered += [name for name in names if name not in offered and plain(name) in NAMES["name"]]
    else:
        offered = [name for name in names if _share(cells[name], str.strip) == 1.0]
    offered = [name for name in offered if not _is_long(cells[name])]
    others = [name for name in names if name not in offered and not _is_long(cells[name])]
    bases = {base(identifier) for identifier in known}
    hits = {name: sum(base(cell) in bases for cell in cells[name]) for name in (*offered, *others)}
    best = max(offered, key=hits.__getitem__, default="")
    best = best if hits.get(best) else max(others, key=hits.__getitem__, default=best)
    if hits.get(best) or not offered:
        return best if hits.get(best) else ""
    own = [name for name in offered if plain(name) != "id"]
    return (own or offered)[0]


def base(identifier: str) -> str:
    """Write an id without what files write differently: ``chr`` before it, a version behind it.

    >>> base("chr7"), base("NM_000518.5")
    ('7', 'nm_000518')
    """
    return re.sub(r"\.\d+$", "", re.sub(r"^chr", "", identifier.lower()))


def split_pair(cell: str) -> tuple[str, str] | None:
    """Take apart a cell with both alleles; None where it holds something else.

    >>> split_pair("A/G"), split_pair("->TTAG"), split_pair("G")
    (('A', 'G'), ('-', 'TTAG'), None)
    """
    found = _PAIR.fullmatch(cell)
    return (found[1], found[2]) if found else None


def _is_pair(cell: str) -> bool:
    return split_pair(cell) is not None


def _are_ends(table: Table, starts: str, ends: str) -> bool:
    """Say whether a column of numbers holds ends that belong to starts."""
    pairs = zip(map(whole, table.text(starts).tolist()), map(whole, table.text(ends).tolist()), strict=True)
    return all(start is not None and end is not None and -1 <= end - start <= 5000 for start, end in pairs)


def _share(cells: Sequence[str], fits: Callable[[str], object]) -> float:
    filled = [cell for cell in cells if cell]
    return sum(bool(fits(cell)) for cell in filled) / len(filled) if filled else 0.0


def _is_long(cells: Sequence[str]) -> bool:
    """Say whether a column holds whole sequences rather than ids or alleles."""
    return _share(cells, sniff.is_sequence) > 0.5


_FITS: Mapping[str, Callable[[str], object]] = {
    "position": lambda cell: whole(cell) is not None,
    "end": lambda cell: whole(cell) is not None,
    "ref": is_allele,
    "alt": is_allele,
    "strand": lambda cell: cell in ("+", "-", "1", "-1", "."),
}
