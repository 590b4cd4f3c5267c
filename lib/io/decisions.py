"""How a file is read: what was decided, on what evidence, and what must be asked.

Every reader works in two steps. *Inspect* looks at the whole file and gives decisions; *read* carries them out. A
decision with one possible reading is taken and told. One with two possible readings is left open: the page draws a
control, the command line names the option. Nothing is guessed.
"""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from lib.core.errors import UserError


@dataclass(frozen=True)
class Alternative:
    """One possible reading: what the option takes (nothing for a switch), and what it means, with an example."""

    value: str
    label: str


@dataclass(frozen=True)
class Decision:
    """One thing that a file does not say by itself.

    Parameters
    ----------
    file
        Name of the file as the user knows it.
    topic
        What is decided, in the words of a label, such as ``Decimal mark``.
    option
        Name of the field of ``Reading`` that decides it, such as ``decimal``; empty where nothing else is possible.
    chosen
        Value that is taken; None where the file can be read in two ways and nobody has said which.
    evidence
        Why, in a sentence with what was found.
    alternatives
        The possible readings. One that was taken is among them.
    """

    file: str
    topic: str
    option: str
    chosen: str | None
    evidence: str
    alternatives: tuple[Alternative, ...] = ()

    @property
    def is_open(self) -> bool:
        """Say whether the user must decide."""
        return self.chosen is None

    @property
    def label(self) -> str:
        """What is taken, in words; empty while it is open.

        >>> Decision("a.tsv", "Decimal mark", "decimal", "point", "", (Alternative("point", "1.5"),)).label
        '1.5'
        """
        if self.chosen is None:
            return ""
        return next((one.label for one in self.alternatives if one.value == self.chosen), "") or self.chosen

    @property
    def flag(self) -> str:
        """Option of the command line, such as ``--header-line``.

        >>> Decision("a.tsv", "Header", "header_line", None, "").flag
        '--header-line'
        """
        return "--" + self.option.replace("_", "-")

    def facts(self) -> dict[str, Any]:
        """Give the decision as JSON facts."""
        return {**asdict(self), "alternatives": [asdict(one) for one in self.alternatives]}


@dataclass(frozen=True)
class Reading:
    """What a user said about how files are to be read; None or empty leaves it to the file.

    The fields are the options of the command line (``--header-line`` for ``header_line``) and the controls of the page.

    Parameters
    ----------
    sheet
        Name of the sheet of a workbook, or of the file within a zip.
    header_line
        1-based line of the header; 0 for a table without one.
    decimal
        ``point`` (1,046.5 is about a thousand) or ``comma`` (1.046,5 is).
    id
        Column of the ids; several joined by ``+``.
    sequence_column
        Column of the sequences; several joined by ``+`` are put end to end, such as ``UTR5+CDS+UTR3``.
    columns
        Value columns and what they are: ``NAME=TIME[:CONDITION[:REPLICATE]]``, separated by commas; ``NAME`` alone
        keeps a column without a time. ``first`` or ``last`` says which of several times in each name counts.
    time_unit
        Unit of times whose columns give none: ``h``, ``min``, ``s``, ``d``; ``none`` where the numbers are no times.
    conditions
        Condition that is used, or ``A-B`` for the difference of two on the log2 scale.
    strand_column
        Column of the strand in a BED file, by number from 1 or by name; ``none`` for windows of the plus strand.
    centre
        What resized windows of a narrowPeak file lie around: the ``middle`` of each region, or its ``summit``.
    coordinates
        ``0`` or ``1``: what the first letter of a sequence is counted as.
    rbp_column
        Protein (column of a table of many, or matrix name) that is used; ``all`` keeps every one, ``none`` counts every
        motif as 1. ``MOTIFS=SCORES`` names both columns of a table, ``SCORES=PROTEIN`` those of a long one.
    match_ids
        Rule that makes the ids of two files comparable, such as ``before-pipe``; ``exact`` for none.
    repeated_ids
        ``number``, ``average``, ``exclude``, or ``COLUMN=VALUE`` to keep the rows with that value.
    labels
        ``merge`` class labels that differ in case or blanks, or ``keep`` them apart.
    gaps
        ``remove`` gaps of aligned sequences, or ``exclude`` such sequences.
    swap_alleles
        ``yes`` exchanges the reference and the alternative allele of every variant.
    allele_strand
        ``as-is`` takes alleles as they are written, ``complement`` reads all of them on the other strand, ``column``
        those whose strand column says so.
    insertions
        Where a ``-`` in place of the reference inserts: ``before`` or ``after`` the position of its row.
    variant_columns
        Columns of a table of variants: ``ROLE=NAME``, separated by commas, roles ``sequence``, ``position``, ``end``,
        ``ref``, ``alt``, ``name``, ``strand``; those that are not named are found.
    excluded_ok
        Whether more than a fifth of a file may be excluded.
    """

    sheet: str | None = None
    header_line: int | None = None
    decimal: str | None = None
    id: str | None = None
    sequence_column: str | None = None
    columns: str | None = None
    time_unit: str | None = None
    conditions: str | None = None
    strand_column: str | None = None
    centre: str | None = None
    coordinates: int | None = None
    rbp_column: str | None = None
    match_ids: str | None = None
    repeated_ids: str | None = None
    labels: str | None = None
    gaps: str | None = None
    swap_alleles: str | None = None
    allele_strand: str | None = None
    insertions: str | None = None
    variant_columns: str | None = None
    excluded_ok: bool = False

    def facts(self) -> dict[str, Any]:
        """Give what was said as JSON facts; what was not is left out."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in said.items() if value is not None and value is not False}


DEFAULT = Reading()
MOST_NAMED = 9
"""Alternatives that the question of an open decision names."""


def choose(reading: Reading, option: str, value: str | int | None) -> Reading:
    """Give a reading in which one option has another value, as text; None takes back what was said.

    >>> choose(choose(DEFAULT, "coordinates", "0"), "excluded_ok", "yes").facts()
    {'coordinates': 0, 'excluded_ok': True}

    Raises
    ------
    UserError
        If the option takes a whole number and the value is none.
    """
    if option == "excluded_ok":
        return replace(reading, excluded_ok=str(value or "").lower() not in ("", "no", "false"))
    taken: Any = value
    if value is not None and option in ("coordinates", "header_line"):
        if not str(value).strip().isdecimal():
            raise UserError(f"{option.replace('_', ' ').capitalize()} is {value!r}; give a whole number of 0 or more.")
        taken = int(value)
    return replace(reading, **{option: taken})


class Undecided(UserError):
    """A file can be read in two ways, and nobody has said which.

    Parameters
    ----------
    decisions
        The open ones; ``str()`` says each with what was found and what to choose.
    """

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.decisions = tuple(decision for decision in decisions if decision.is_open)
        super().__init__("\n".join(map(question, self.decisions)))


def question(decision: Decision) -> str:
    """Say an open decision in one sentence, with the options to give.

    >>> two = (Alternative("point", "2,906 is 2906"), Alternative("comma", "2,906 is 2.906"))
    >>> question(Decision("e.tsv", "Decimal mark", "decimal", None, "2,906 can be read in two ways.", two))
    'e.tsv: 2,906 can be read in two ways. Choose --decimal point (2,906 is 2906) or --decimal comma (2,906 is 2.906).'
    """
    named = [(quote(one.value), one.label.removeprefix(f"{one.value}: ")) for one in decision.alternatives]
    options = [
        decision.flag + (f" {value}" if value != "''" else "") + (f" ({label})" if label else "")
        for value, label in named[:MOST_NAMED]
    ]
    if more := len(decision.alternatives) - len(options):
        options.append(f"one of {more} more (motiflens inspect --json lists them)")
    *first, last = options or [decision.flag]
    listed = f"{', '.join(first)} or {last}" if first else last
    return f"{decision.file}: {decision.evidence} Choose {listed}."


def quote(value: str) -> str:
    """Write a value as a shell takes it.

    >>> quote("comma"), quote("cell type=HeLa")
    ('comma', "'cell type=HeLa'")
    """
    return shlex.quote(value)


def require(decisions: Sequence[Decision]) -> None:
    """Check that nothing is left to ask.

    Raises
    ------
    Undecided
        If decisions are open; it says all of them together.
    """
    if any(decision.is_open for decision in decisions):
        raise Undecided(decisions)
