"""What a file format promises; each is one file in ``lib/io/formats``, found when the package is searched.

A format is a frozen dataclass without fields that ``TABLE_FORMATS.add`` or ``SEQUENCE_FORMATS.add`` registers. Formats
are asked in their order whether they claim a file, those of bytes before those of text; delimited text, which any text
can be, comes last. What a format decides while it reads goes into the ``decisions`` of what it gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lib.core.registry import Registry
from lib.io.decisions import Decision, Reading
from lib.io.source import Rejected
from lib.io.table import Table


@dataclass(frozen=True)
class Records:
    """Sequences as they stand in a file, letters unchecked.

    Parameters
    ----------
    ids, descriptions
        (N,) each, Python strings: the first word of each header, and what stands after it.
    texts
        (N,) the sequences without blanks and line ends.
    lines
        (N,) 1-based line where each record starts, ascending.
    rejected
        Records that could not be read.
    decisions
        How the file was read.
    """

    ids: NDArray[np.object_]
    descriptions: NDArray[np.object_]
    texts: pa.LargeStringArray
    lines: NDArray[np.int64]
    rejected: tuple[Rejected, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @classmethod
    def of(
        cls,
        entries: Sequence[tuple[str, str, str, int]],
        *,
        rejected: Sequence[Rejected] = (),
        decisions: Sequence[Decision] = (),
    ) -> "Records":
        """Make records of (id, description, text, line) each."""
        ids, descriptions, texts, lines = zip(*entries, strict=True) if entries else ((), (), (), ())
        return cls(
            np.array(ids, dtype=object),
            np.array(descriptions, dtype=object),
            pa.array(texts, type=pa.large_string()),
            np.array(lines, dtype=np.int64),
            tuple(rejected),
            tuple(decisions),
        )


class FileFormat(Protocol):
    """What every format has.

    Parameters
    ----------
    name
        A slug, such as ``xlsx``; it is the ``format`` of what is read.
    label
        What people call it, such as ``Excel (.xlsx)``.
    is_text
        Whether ``claims`` and ``read`` take text (UTF-8, lines ended by a line feed) rather than the bytes of the file.
    order
        Formats of a lower one are asked first.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    is_text: ClassVar[bool]
    order: ClassVar[int]

    def claims(self, name: str, data: bytes) -> bool:
        """Say, from little more than the first lines, whether a file is of this format."""
        ...


class TableFormat(FileFormat, Protocol):
    """A format that holds a table."""

    def read(self, name: str, data: bytes, reading: Reading) -> Table:
        """Read the table.

        Raises
        ------
        DataError
            If the file is damaged or holds no table.
        """
        ...


class SequenceFormat(FileFormat, Protocol):
    """A format, of text, that holds sequences."""

    def read(self, name: str, data: bytes, reading: Reading) -> Records:
        """Read the sequences.

        Raises
        ------
        DataError
            If the file is damaged or holds no sequences.
        """
        ...


TABLE_FORMATS: Registry[TableFormat] = Registry("lib.io.formats", "table format")
SEQUENCE_FORMATS: Registry[SequenceFormat] = Registry("lib.io.formats", "sequence format")


@cache
def table_formats() -> tuple[TableFormat, ...]:
    """Give the formats of tables in the order in which they are asked."""
    return tuple(sorted((one() for one in TABLE_FORMATS.all().values()), key=lambda one: one.order))


@cache
def sequence_formats() -> tuple[SequenceFormat, ...]:
    """Give the formats of sequences in the order in which they are asked."""
    return tuple(sorted((one() for one in SEQUENCE_FORMATS.all().values()), key=lambda one: one.order))


def sequence_format_of(name: str, text: bytes) -> SequenceFormat | None:
    """Find the format of sequences that claims a text; None where none does."""
    return next((one for one in sequence_formats() if one.claims(name, text)), None)


def label_of(format: str) -> str:
    """Say what people call a format, such as ``Excel (.xlsx)`` for ``xlsx``."""
    return {one.name: one.label for one in (*table_formats(), *sequence_formats())}.get(format, format)


def labels() -> str:
    """List the labels of all formats, for a sentence that says what can be read."""
    known = (*sorted(table_formats(), key=lambda one: one.label), *sequence_formats())
    *first, last = dict.fromkeys(one.label for one in known)
    return f"{', '.join(first)} or {last}"
