"""Take variants out of the rows of a table: several alternatives split, letters and positions checked."""

from collections.abc import Callable
from dataclasses import dataclass, field

from lib.io.alleles import LETTERS, LETTERS_OR_NONE, allele, unfit, whole
from lib.io.files import Rejected
from lib.io.table import Table
from lib.io.variant_columns import split_pair
from lib.io.variant_format import VariantRow
from lib.io.variants import Columns

ANY = "?"
"""A reference that a file does not spell: whatever stands from start to end."""

_NAMELESS = ("", ".", "-", "novel")


@dataclass
class Taken:
    """Rows of a table as they are taken: those that are sound, the faults of the others, and how many there are."""

    rows: list[VariantRow] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    total: int = 0
    several: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Say how many rows held several alternatives."""
        return (f"{self.several:,} rows with several alternatives were split.",) if self.several else ()


def take_rows(
    table: Table,
    columns: Columns,
    *,
    only: str = "",
    dashes: bool = True,
    alternatives: Callable[[int, str, str], list[str]] = lambda row, ref, alt: alt.split(","),
    unspelled: frozenset[str] = frozenset(),
) -> Taken:
    """Take the variants of a table.

    Parameters
    ----------
    table, columns
        The table, and which column says what.
    only
        Id of the sequence where no column names it.
    dashes
        Whether a dash stands for no letters.
    alternatives
        Gives the alternatives of a row from its number, its reference and the cell of its alternative.
    unspelled
        Cells of the reference that stand for the letters from start to end, whatever they are.
    """
    count = len(table)

    def cells(name: str) -> list[str]:
        return table.text(name).tolist() if name else [""] * count

    taken = Taken(rejected=list(table.rejected), total=len(table.rejected))
    texts = (cells(name) for name in (columns.sequence, columns.position, columns.end, columns.ref, columns.alt))
    marks = zip(table.lines.tolist(), cells(columns.name), cells(columns.strand), strict=True)
    for number, ((line, name, strand), (sequence, start, end, ref, alts)) in enumerate(
        zip(marks, zip(*texts, strict=True), strict=True)
    ):
        if columns.ref == columns.alt and (pair := split_pair(ref)):
            ref, alts = pair
        called = "" if name in _NAMELESS else name
        label = called or f"{sequence or only}:{start} {ref}>{alts}"
        before = len(taken.rejected)

        def wrong(column: str, found: str, needed: str, *, line: int = line, label: str = label) -> None:
            taken.rejected.append(Rejected(table.name, line, label, column, found, needed))

        place = whole(start)
        if not sequence and not only:
            wrong(columns.sequence, "an empty cell", "the id of a sequence")
        if place is None:
            wrong(columns.position, repr(start[:20]) if start else "an empty cell", "a whole number")
        if ref in unspelled:
            ref = ANY
        elif why := unfit(ref, dashes=dashes):
            wrong(columns.ref, why, LETTERS_OR_NONE if dashes else LETTERS)
        sound = len(taken.rejected) == before
        split = alternatives(number, ref, alts)
        taken.several += len(split) > 1
        taken.total += len(split) if sound else 1
        stored = ref if ref == ANY else allele(ref)
        for alt in split:
            if sound and len(split) > 1:
                label = f"{called or f'{sequence or only}:{start}'} {alt}"
            if why := unfit(alt, dashes=dashes, alternative=True):
                wrong(columns.alt, why, LETTERS_OR_NONE if dashes else LETTERS, label=label)
            elif allele(alt) == stored:
                wrong(columns.alt, f"{alt}, the same as in {columns.ref}", "another allele", label=label)
            elif sound and place is not None:
                own = f"{called} {allele(alt) or '-'}" if called and len(split) > 1 else called
                ends = whole(end)
                taken.rows.append(VariantRow(line, own, sequence or only, place, ends, stored, allele(alt), strand))
    return taken
