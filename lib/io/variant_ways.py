"""In which way the rows of a file fit their sequences: counted from 0 or 1, alleles exchanged, on the other strand.

The reference allele of every row is compared with what stands in its sequence before any variant is used. Where the
rows fit in the way that the format or the documentation says, that is taken. Where they fit in another way only, the
user is asked.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

from lib.core.alphabet import reverse_complement
from lib.core.errors import DataError, UserError
from lib.io.decisions import Alternative, Decision, Reading
from lib.io.files import Rejected
from lib.io.variant_format import VariantRow, VariantRows
from lib.io.variant_tables import ANY

FITS = 0.9
"""Share of the reference alleles that must stand where a reading puts them."""
CHANCE = 0.5
"""Share below which those that match may all do so by chance."""
AS_IS, COMPLEMENT, COLUMN = "as-is", "complement", "column"


class Way(NamedTuple):
    """One way to read the rows: what the first letter counts as, whether alleles are exchanged, and their strand."""

    base: int
    swap: str
    strand: str


class Fit(NamedTuple):
    """How many of the reference alleles that can be checked match."""

    matched: int
    checked: int

    @property
    def share(self) -> float:
        """Share of those that match; 1 where nothing can be checked."""
        return self.matched / self.checked if self.checked else 1.0

    def __str__(self) -> str:
        """Say it in words."""
        return f"{self.matched:,} of {self.checked:,}"


def default_way(read: VariantRows, reading: Reading) -> Way:
    """Give the way that the user named, else the one that the format says, else the usual one."""
    base = reading.coordinates if reading.coordinates is not None else read.base if read.base is not None else 1
    return Way(base, reading.swap_alleles or "no", reading.allele_strand or AS_IS)


def list_ways(read: VariantRows, reading: Reading, rows: Sequence[VariantRow]) -> list[Way]:
    """List the ways that are possible after what the user said; the default is the first."""
    first = default_way(read, reading)
    bases = [first.base] if reading.coordinates is not None else [first.base, 1 - first.base]
    swaps = [first.swap] if reading.swap_alleles else ["no", "yes"]
    marked = any(row.strand.startswith("-") for row in rows) and not all(row.strand.startswith("-") for row in rows)
    strands = [first.strand] if reading.allele_strand else [AS_IS, COMPLEMENT, *([COLUMN] if marked else [])]
    return [Way(*one) for one in product(bases, swaps, strands)]


def alleles_of(row: VariantRow, way: Way) -> tuple[str, str]:
    """Give the reference and the alternative of a row as a way reads them."""
    ref, alt = (row.alt, row.ref) if way.swap == "yes" else (row.ref, row.alt)
    if way.strand == COMPLEMENT or (way.strand == COLUMN and row.strand.startswith("-")):
        return (ref if ref == ANY else reverse_complement(ref)), reverse_complement(alt)
    return ref, alt


def count_fit(rows: Sequence[VariantRow], sequences: Mapping[str, str], way: Way) -> Fit:
    """Count the reference alleles that can be checked, and those that stand where a way puts them."""
    matched = checked = 0
    for row in rows:
        ref = alleles_of(row, way)[0]
        if ref and ref != ANY:
            at = row.start - way.base
            checked += 1
            matched += at >= 0 and sequences[row.sequence].startswith(ref, at)
    return Fit(matched, checked)


_PARTS = {"coordinates": "base", "swap_alleles": "swap", "allele_strand": "strand"}
"""Options that say a part of a way, with the name of the part."""
_TOPICS = {"coordinates": "Coordinates", "swap_alleles": "Reference allele", "allele_strand": "Strand of the alleles"}
_VALUES = {
    "coordinates": {"0": "counted from 0", "1": "counted from 1"},
    "swap_alleles": {"no": "as written", "yes": "with reference and alternative exchanged"},
    "allele_strand": {
        AS_IS: "as written",
        COMPLEMENT: "on the other strand",
        COLUMN: "on the strand of their rows",
    },
}


def check_way(reading: Reading) -> None:
    """Check what the user said about a way.

    Raises
    ------
    UserError
        If an option has a value that it does not take.
    """
    for option, values in (*_VALUES.items(), ("insertions", ("before", "after"))):
        given = getattr(reading, option)
        if given is not None and str(given) not in values:
            raise UserError(f"--{option.replace('_', '-')} is {given!r}; choose one of {', '.join(values)}.")


def settle_way(read: VariantRows, reading: Reading, default: Way, fits: Mapping[Way, Fit]) -> list[Decision]:
    """Take the default where it fits; leave open in what the ways differ from it that fit instead."""
    fit = fits[default]
    differing: set[str] = set()
    if fit.share < FITS:
        others = [way for way, found in fits.items() if found.share >= FITS and found.checked > 1]
        changes = [[one for one, part in _PARTS.items() if _differs(way, default, part)] for way in others]
        fewest = min(map(len, changes), default=0)
        differing = {one for change in changes if len(change) == fewest for one in change}
    decisions = []
    for option, part in _PARTS.items():
        given, taken, words = getattr(reading, option), str(getattr(default, part)), _VALUES[option]
        best = _best(fits, default, part)
        if option in differing:
            choices = tuple(Alternative(value, label) for value, label in words.items() if value in best)
            why = _compare(words, best, taken)
            decisions.append(Decision(read.name, _TOPICS[option], option, None, why, choices))
        elif given is not None or (option == "coordinates" and not differing):
            why = f"{fit} reference alleles match." if fit.checked else "No reference allele can be checked."
            why = f"As given; {why[0].lower()}{why[1:]}" if given is not None else why
            choices = tuple(Alternative(value, label) for value, label in words.items() if value != COLUMN)
            decisions.append(Decision(read.name, _TOPICS[option], option, taken, why, choices))
    return decisions


def _differs(way: Way, default: Way, part: str) -> bool:
    return bool(getattr(way, part) != getattr(default, part))


def _best(fits: Mapping[Way, Fit], default: Way, part: str) -> dict[str, Fit]:
    """Give for each value of a part how well it fits: with the other parts as they are, else as they fit best."""
    best: dict[str, Fit] = {}
    for way, fit in fits.items():
        value = str(getattr(way, part))
        alone = way._replace(**{part: getattr(default, part)}) == default
        if alone and (fit.share >= FITS or way == default):
            best[value] = fit
        elif value not in best or (fit.share > best[value].share and value != str(getattr(default, part))):
            best[value] = fit
    return best


def _compare(words: Mapping[str, str], best: Mapping[str, Fit], default: str) -> str:
    """Say how many reference alleles match as the default reads them, and in the other ways.

    >>> _compare(_VALUES["coordinates"], {"1": Fit(36, 120), "0": Fit(120, 120)}, "1")
    'Counted from 1, 36 of 120 reference alleles match their sequences; counted from 0, 120 of 120.'
    """
    first = words[default]
    others = [f"{words[value]}, {fit}" for value, fit in best.items() if value != default]
    said = f"{first[0].upper()}{first[1:]}, {best[default]} reference alleles match their sequences"
    return f"{said}; {'; '.join(others)}."


def other_ways(default: Way, every: Mapping[Way, Fit]) -> list[str]:
    """Say in which other way the rows would fit, with the options to give; nothing where they fit as they are."""
    fit = every[default]
    if not fit.checked or fit.share >= FITS:
        return []
    said = []
    for way, found in every.items():
        if found.share >= FITS and way != default:
            options = [option for option, part in _PARTS.items() if _differs(way, default, part)]
            given = " ".join(f"--{one.replace('_', '-')} {getattr(way, _PARTS[one])}" for one in options)
            said.append((len(options), f"{fit} reference alleles match; with {given} {found} would."))
    return [min(said)[1]] if said else []


def misfit(read: VariantRows, default: Way, every: Mapping[Way, Fit], rejected: Sequence[Rejected]) -> DataError:
    """Make the error for a file whose references match no more often than chance."""
    hint = " ".join(other_ways(default, every))
    ways = {
        "counted from 0" if default.base else "counted from 1": default._replace(base=1 - default.base),
        "with alleles exchanged": default._replace(swap="no" if default.swap == "yes" else "yes"),
        "on the other strand": default._replace(strand=COMPLEMENT if default.strand == AS_IS else AS_IS),
    }
    listed = ", ".join(f"{every[way]} {words}" for words, way in ways.items() if way in every)
    why = hint or (
        f"({listed}). Check that these are the sequences that the variants were called on (assembly, transcript "
        "version)."
    )
    said = "" if hint else f"Only {every[default]} reference alleles match their sequences, as by chance "
    return DataError(f"{read.name} does not fit the sequences. {said}{why}", [one.problem() for one in rejected])
