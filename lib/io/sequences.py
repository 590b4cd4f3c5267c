"""Read sequences from FASTA or from a table: stored as DNA, upper case, with what was changed counted."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lib.core.arrays import letters_of
from lib.core.errors import DataError
from lib.io.alignment import treat_gaps
from lib.io.decisions import DEFAULT, Decision, Reading
from lib.io.file_format import sequence_format_of
from lib.io.files import Rejected, Source, fault, open_content
from lib.io.layout import VALUE_OPTIONS, guess_columns, split_joint
from lib.io.table import Table
from lib.io.tables import table_of

Ambiguity = Literal["reject", "keep"]
LONGEST = 100_000
"""Nucleotides of the longest sequence that is taken."""
SHOWN_REJECTED = 500

BLOCK = 1 << 22
"""Letters that are looked at in one step, so that they stay in the cache."""
_LOWER, _URACIL, _AMBIGUOUS, _FOREIGN, _PROTEIN = 1, 2, 4, 8, 16


def _letters() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Give for each byte the letter that is stored, and what there is to say about it."""
    stored = np.full(256, ord("N"), dtype=np.uint8)
    traits = np.full(256, _FOREIGN, dtype=np.uint8)
    for letter in "ACGTU" + "RYSWKMBDHVN":
        trait = _URACIL if letter == "U" else 0 if letter in "ACGT" else _AMBIGUOUS
        kept = "T" if letter == "U" else letter if letter in "ACGT" else "N"
        stored[[ord(letter), ord(letter.lower())]] = ord(kept)
        traits[ord(letter)], traits[ord(letter.lower())] = trait, trait | _LOWER
    traits[list(b"EFILPQefilpq")] |= _PROTEIN  # amino acids that no nucleotide code stands for
    return stored, traits


_STORED, _TRAITS = _letters()


@dataclass(frozen=True)
class Sequences:
    """Sequences of one file, in its order.

    Parameters
    ----------
    name
        File name as the user knows it.
    ids
        (N,) Python strings.
    texts
        (N,) DNA, upper case, letters A C G T N, end to end in one buffer; ``sequences`` gives Python strings.
    lines
        (N,) 1-based line where each sequence starts, ascending.
    rejected
        Rows that are left out, with reasons.
    lower_case, with_u
        How many of the sequences held lower case letters, or U.
    ambiguous
        (N,) whether a sequence held IUPAC codes other than A C G T; these are stored as N.
    format
        Name of the format, such as ``fasta``, ``csv`` or ``xlsx``; see ``lib.io.file_format``.
    table
        The table that the sequences come from, None for FASTA.
    id_column, column
        Columns of the table that hold ids and sequences; empty for FASTA, or where the table has no ids.
    descriptions
        (N,) what stands after the id in each header; without entries where the format has no headers.
    decisions
        How the file was read; an open one was read in its likeliest way, to be shown and not to be used.
    """

    name: str
    ids: NDArray[np.object_]
    texts: pa.LargeStringArray
    lines: NDArray[np.int64]
    rejected: tuple[Rejected, ...] = ()
    lower_case: int = 0
    with_u: int = 0
    ambiguous: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    format: str = "fasta"
    table: Table | None = None
    id_column: str = ""
    column: str = ""
    descriptions: NDArray[np.object_] = field(default_factory=lambda: np.zeros(0, dtype=object))
    decisions: tuple[Decision, ...] = ()

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.ids)

    @cached_property
    def sequences(self) -> NDArray[np.object_]:
        """(N,) Python strings."""
        found: NDArray[np.object_] = self.texts.to_numpy(zero_copy_only=False)
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what was remarkable, in sentences."""
        said = {
            "held U, stored as T": self.with_u,
            "held lower case letters, stored as upper case": self.lower_case,
            "held IUPAC codes other than A C G T, stored as N": int(self.ambiguous.sum()),
        }
        return tuple(f"{count:,} of {len(self):,} sequences {what}." for what, count in said.items() if count)

    def without_ambiguous(self) -> "Sequences":
        """Reject every sequence that holds IUPAC codes other than A C G T."""
        found, needed = "IUPAC codes other than A C G T", "A C G T or U only, or the choice to keep them as N"
        more = tuple(
            Rejected(self.name, int(self.lines[i]), str(self.ids[i]), "sequence", found, needed)
            for i in np.flatnonzero(self.ambiguous)
        )
        return self.only(~self.ambiguous, more)

    def only(self, kept: NDArray[np.bool_], rejected: Iterable[Rejected]) -> "Sequences":
        """Keep some sequences, and add to those that are left out."""
        return replace(
            self,
            ids=self.ids[kept],
            texts=self.texts.filter(pa.array(kept)),
            lines=self.lines[kept],
            ambiguous=self.ambiguous[kept],
            descriptions=self.descriptions[kept] if len(self.descriptions) else self.descriptions,
            rejected=(*self.rejected, *rejected),
        )


def read_sequences(source: Source, *, ambiguity: Ambiguity = "keep", reading: Reading = DEFAULT) -> Sequences:
    """Read a file of sequences of any supported format, or a table with a column of sequences.

    Parameters
    ----------
    source
        The file.
    ambiguity
        ``keep`` stores IUPAC codes other than A C G T as N and counts them; ``reject`` leaves such sequences out.
        Letters outside IUPAC always reject the sequence.
    reading
        What the user said about how the file is to be read.

    Raises
    ------
    DataError
        If the file holds no sequences at all, those of proteins, or none that can be read.
    """
    name, content = source.name, open_content(source, reading)
    format = sequence_format_of(name, content.data) if content.is_text else None
    if format is None:
        read = from_table(table_of(name, content), reading=content.reading)
    else:
        records = format.read(name, content.data, content.reading)
        texts, gaps = treat_gaps(name, records.texts, content.reading)
        read = _check(name, records.ids, texts, records.lines, records.descriptions)
        rejected, decisions = (*records.rejected, *read.rejected), (*content.decisions, *records.decisions, *gaps)
        read = replace(read, rejected=rejected, format=format.name, decisions=decisions)
    read = read.without_ambiguous() if ambiguity == "reject" else read
    if not len(read):
        raise _nothing_left(read)
    return read


def _nothing_left(read: Sequences) -> DataError:
    """Say that a file holds no sequence that can be read, with the first reasons."""
    if not read.rejected:
        return fault(read.name, f"{read.name} holds no sequences.", "no sequences", "at least one sequence")
    first = read.rejected[0]
    where = " ".join([*([first.id] if first.id else []), *([f"in line {first.line}"] if first.line else [])])
    message = (
        f"No sequence of {read.name} can be used: {len(read.rejected):,} excluded; the first, {where}: {first.reason}."
    )
    return DataError(message, [one.problem() for one in read.rejected[:SHOWN_REJECTED]])


def from_table(
    table: Table, *, id_column: str | None = None, column: str | None = None, reading: Reading = DEFAULT
) -> Sequences:
    """Take the sequences of a table; the columns are found where they are not given.

    A table without ids has its rows called ``row-1``, ``row-2``, ... Sequences of several columns are put end to end.

    Raises
    ------
    DataError
        If the table has no column of sequences.
    UserError
        If a column that was named does not exist.
    """
    guessed = guess_columns(table, reading)
    column = guessed.sequence if column is None else column
    id_column = guessed.id if id_column is None else id_column
    if not column:
        cells = [str(cell)[:20] for cell in table.frame.iloc[0]] if len(table) else []
        found = f"the cells {', '.join(map(repr, cells[:6]))}" if cells else "no rows"
        message = f"{table.name} has no column of nucleotide sequences; use FASTA, or a table of ID and sequence."
        raise fault(table.name, message, found, "a column of sequences (letters A C G T U, IUPAC)")
    if len(table.frame.columns) == 1:
        message = f"{table.name} holds sequences without ids; write FASTA with a line >id above each sequence."
        needed = "a line that starts with > and holds an id"
        raise fault(table.name, message, "a sequence without a header", needed, line=table.first_line)
    first, *others = split_joint(column, [str(name) for name in table.frame.columns])
    joined = table.text(first)
    for name in others:
        joined = joined + table.text(name)
    texts = pa.array(joined, type=pa.large_string())
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    read = _check(table.name, row_ids(table, id_column), texts, table.lines)
    decisions = tuple(one for one in guessed.decisions if one.option not in VALUE_OPTIONS)
    read = replace(read, rejected=table.rejected + read.rejected, format=table.format, table=table)
    return replace(read, id_column=id_column, column=column, decisions=decisions)


def row_ids(table: Table, id_column: str) -> NDArray[np.object_]:
    """Give the ids of a table's rows, ``row-1``, ``row-2``, ... where it has no id column; several are joined by _."""
    if not id_column:
        return np.array([f"row-{i}" for i in range(1, len(table) + 1)], dtype=object)
    first, *others = split_joint(id_column, [str(name) for name in table.frame.columns])
    ids = table.text(first)
    for name in others:
        ids = ids + "_" + table.text(name)
    return ids.to_numpy(dtype=object)


def _check(
    name: str,
    ids: NDArray[np.object_],
    texts: pa.Array,
    lines: NDArray[np.int64],
    descriptions: NDArray[np.object_] | None = None,
) -> Sequences:
    """Store texts as DNA and reject those that are no sequences."""
    count = len(texts)
    raw, offsets = letters_of(texts)
    raw = raw[: offsets[-1]]
    lengths = np.diff(offsets)
    traits = np.zeros(count, dtype=np.uint8)
    filled = lengths > 0
    if filled.any():
        traits[filled] = np.bitwise_or.reduceat(_translate(raw, _TRAITS), offsets[:-1][filled])
    proteins = int((traits & _PROTEIN > 0).sum())
    if proteins > count / 2:
        message = (
            f"{name} looks like protein sequences: {proteins:,} of {count:,} hold amino acids such as E, F, L or P; "
            "nucleotide sequences are needed, such as the transcripts or UTRs of these proteins."
        )
        raise fault(name, message, "protein sequences", "nucleotide sequences (letters A C G T U, IUPAC)")
    good = filled & (lengths <= LONGEST) & (traits & _FOREIGN == 0) & (ids != "")
    rejected = [
        _fault(name, int(lines[row]), str(ids[row]), raw[offsets[row] : offsets[row + 1]])
        for row in np.flatnonzero(~good)
    ]
    if traits.any():
        stored = pa.py_buffer(_translate(raw, _STORED))
        texts = pa.LargeStringArray.from_buffers(count, texts.buffers()[1], stored, offset=texts.offset)
    kept = traits[good]
    return Sequences(
        name,
        ids[good],
        texts if good.all() else texts.filter(pa.array(good)),
        lines[good],
        tuple(rejected),
        int((kept & _LOWER > 0).sum()),
        int((kept & _URACIL > 0).sum()),
        kept & _AMBIGUOUS > 0,
        descriptions=np.zeros(0, dtype=object) if descriptions is None else descriptions[good],
    )


def _translate(letters: NDArray[np.uint8], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give for each letter what stands in a table of 256."""
    found, known = np.empty_like(letters), table.tobytes()
    for start in range(0, len(letters), BLOCK):
        block = letters[start : start + BLOCK].tobytes().translate(known)
        found[start : start + BLOCK] = np.frombuffer(block, dtype=np.uint8)
    return found


def _fault(name: str, line: int, identifier: str, raw: NDArray[np.uint8]) -> Rejected:
    """Say what is wrong with the bytes of one sequence."""
    if not identifier:
        return Rejected(name, line, "", "id", "no id", "an id")
    found, needed = "an empty sequence", "at least one nucleotide"
    foreign = np.flatnonzero(_TRAITS[raw] & _FOREIGN)
    if len(foreign):
        before = raw[: foreign[0]].tobytes().decode("utf-8")
        letter = raw[foreign[0] :].tobytes().decode("utf-8")[0]
        found, needed = f"the letter {letter!r} at position {len(before) + 1}", "letters A C G T U or IUPAC codes"
    elif len(raw):
        found, needed = f"{len(raw):,} nt", f"at most {LONGEST:,} nt; cut out the part of interest"
    return Rejected(name, line, identifier, "sequence", found, needed)
