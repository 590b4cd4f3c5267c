"""What a format of variants promises; each is one file in ``lib/io/variant_formats``, found when it is searched.

A format is a frozen dataclass without fields that ``VARIANT_FORMATS.add`` registers. Formats are asked in their order
whether they claim a file; a table that no other claims comes last. A format gives rows as they stand in the file and
what its convention is; ``lib.io.variant_placing`` decides the rest against the sequences.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import ClassVar, NamedTuple, Protocol

from lib.core.registry import Registry
from lib.io import sniff
from lib.io.decisions import Decision, Reading
from lib.io.files import Content, Rejected
from lib.io.table import Table
from lib.io.tables import table_of
from lib.io.variants import Columns


class VariantRow(NamedTuple):
    """One alternative of a row of a file, as it is written there.

    Parameters
    ----------
    line
        1-based line of the file.
    name
        What the file calls it; empty where it has no name.
    sequence
        Id of the sequence as the file has it.
    start
        Number of the first letter, counted as the file counts.
    end
        Number in the column of ends; None where the file has none.
    ref, alt
        Stored DNA, empty for none. A ref of ``?`` stands for the letters from start to end, whatever they are.
    strand
        ``+``, ``-``, or empty where the file has none.
    """

    line: int
    name: str
    sequence: str
    start: int
    end: int | None
    ref: str
    alt: str
    strand: str = ""


@dataclass(frozen=True)
class VariantRows:
    """What a format found in a file.

    Parameters
    ----------
    name
        File name as the user knows it.
    format
        What people call the format.
    rows
        One for each alternative that is written soundly.
    rejected
        Every fault of the others.
    total
        Alternatives in the file, the faulty ones included; a faulty row counts as one.
    base
        What the format counts the first letter of a sequence as; None where the file does not say.
    insertions
        Where a row without reference letters inserts, ``before`` or ``after`` its start; empty where nothing says so.
    columns
        Which column said what.
    table
        The table that was read, None for text of a format of its own.
    decisions
        How the file was read.
    notes
        What was remarkable, in sentences.
    """

    name: str
    format: str
    rows: tuple[VariantRow, ...]
    rejected: tuple[Rejected, ...]
    total: int
    base: int | None
    insertions: str
    columns: Columns
    table: Table | None = None
    decisions: tuple[Decision, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class VariantFile:
    """A file that may hold variants; it is read as a table when a format asks for that.

    Parameters
    ----------
    name
        File name as the user knows it.
    content
        The file as it was opened, with what the user said about it.
    known
        Ids of the sequences.
    """

    name: str
    content: Content
    known: Collection[str] = field(default_factory=frozenset)

    @property
    def reading(self) -> Reading:
        """What the user said."""
        return self.content.reading

    @property
    def text(self) -> bytes:
        """The text of the file; empty where it is a workbook or another format of bytes."""
        return self.content.data if self.content.is_text else b""

    @cached_property
    def table(self) -> Table:
        """The file as a table; columns may be separated by blanks.

        Raises
        ------
        DataError
            If it is no table.
        """
        content = self.content
        if content.is_text:
            content = content._replace(data=separate_blanks(content.data))
        return table_of(self.name, content)

    def fields(self, start: int = 0) -> Iterator[tuple[int, list[str]]]:
        """Give the lines of the text from a byte on that are neither blank nor remarks, with their 1-based numbers.

        Fields are separated by tabs, or by blanks in a line without tabs.
        """
        first = self.text.count(b"\n", 0, start) + 1
        for number, line in enumerate(self.text[start:].decode("utf-8").split("\n"), start=first):
            if line.strip() and not line.lstrip().startswith("#"):
                yield number, [cell.strip() for cell in line.split("\t")] if "\t" in line.strip() else line.split()


def separate_blanks(text: bytes) -> bytes:
    """Put tabs for the blanks of a table whose columns blanks separate; anything else stays as it is."""
    lines = [line.text for line in sniff.first_lines(text) if not line.text.startswith("#")]
    if lines and sniff.delimiter_of(lines) is None and all(len(line.split()) > 3 for line in lines):
        return re.sub(rb"[ \t]+", b"\t", text)
    return text


class VariantFormat(Protocol):
    """What every format of variants has: a slug, what people call it, and its place among those that are asked."""

    name: ClassVar[str]
    label: ClassVar[str]
    order: ClassVar[int]

    def claims(self, file: VariantFile) -> bool:
        """Say whether a file is of this format."""
        ...

    def read(self, file: VariantFile) -> VariantRows:
        """Read the rows.

        Raises
        ------
        DataError
            If the file is damaged or a column is missing.
        """
        ...


VARIANT_FORMATS: Registry[VariantFormat] = Registry("lib.io.variant_formats", "variant format")


@cache
def variant_formats() -> tuple[VariantFormat, ...]:
    """Give the formats in the order in which they are asked."""
    return tuple(sorted((one() for one in VARIANT_FORMATS.all().values()), key=lambda one: one.order))
