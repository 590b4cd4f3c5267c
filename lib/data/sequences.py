"""Read sequences from FASTA or from a table: stored as DNA, upper case, with what was changed counted."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lib.core.errors import DataError, Problem
from lib.data.files import Rejected, Source, kind_of, text_of, unpacked
from lib.data.tables import Table, read_table
from lib.data.times import guess_columns

Ambiguity = Literal["reject", "keep"]
LONGEST = 100_000

_INVALID = ord("?")
_STORED = np.full(256, _INVALID, dtype=np.uint8)
for _letter in "ACGTN":
    _STORED[[ord(_letter), ord(_letter.lower())]] = ord(_letter)
_STORED[[ord("U"), ord("u")]] = ord("T")
for _letter in "RYSWKMBDHV":
    _STORED[[ord(_letter), ord(_letter.lower())]] = ord("N")
_LOWER, _URACIL, _AMBIGUOUS = 1, 2, 4
_TRAITS = np.zeros(256, dtype=np.uint8)
_TRAITS[ord("a") : ord("z") + 1] |= _LOWER
_TRAITS[[ord("U"), ord("u")]] |= _URACIL
for _letter in "RYSWKMBDHVN":
    _TRAITS[[ord(_letter), ord(_letter.lower())]] |= _AMBIGUOUS


@dataclass(frozen=True)
class Sequences:
    """Sequences of one file, in its order.

    Parameters
    ----------
    name
        File name as the user knows it.
    ids, sequences
        (N,) each, arrays of Python strings; sequences are DNA, upper case, letters A C G T N.
    lines
        (N,) 1-based line where each sequence starts.
    rejected
        Rows that are left out, with reasons.
    lower_case, with_u
        How many of the sequences held lower case letters, or U.
    ambiguous
        (N,) whether a sequence held IUPAC codes other than A C G T; these are stored as N.
    format
        ``fasta``, ``csv``, ``xlsx`` or ``parquet``.
    table
        The table that the sequences come from, None for FASTA.
    notes
        What was remarkable, in sentences.
    """

    name: str
    ids: NDArray[np.object_]
    sequences: NDArray[np.object_]
    lines: NDArray[np.int64]
    rejected: tuple[Rejected, ...] = ()
    lower_case: int = 0
    with_u: int = 0
    ambiguous: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))
    format: str = "fasta"
    table: Table | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.ids)

    def without_ambiguous(self) -> "Sequences":
        """Reject every sequence that holds IUPAC codes other than A C G T."""
        if not self.ambiguous.any():
            return self
        found, needed = "IUPAC codes other than A C G T", "A C G T or U only (or keep them as N)"
        more = tuple(
            Rejected(self.name, int(self.lines[i]), str(self.ids[i]), "sequence", found, needed)
            for i in np.flatnonzero(self.ambiguous)
        )
        kept = ~self.ambiguous
        return replace(
            self,
            ids=self.ids[kept],
            sequences=self.sequences[kept],
            lines=self.lines[kept],
            ambiguous=self.ambiguous[kept],
            rejected=self.rejected + more,
        )


def read_sequences(source: Source, *, ambiguity: Ambiguity = "keep") -> Sequences:
    """Read FASTA (multi-line, gz) or a table with a column of sequences.

    Parameters
    ----------
    source
        The file.
    ambiguity
        ``keep`` stores IUPAC codes other than A C G T as N and counts them; ``reject`` leaves such sequences out.
        Letters outside IUPAC always reject the sequence.

    Raises
    ------
    DataError
        If the file holds no sequences at all.
    """
    data = unpacked(source)
    if kind_of(source.name, data) == "text":
        text = text_of(source.name, data)
        if text.lstrip()[:1] in (b">", b";"):
            read = _fasta(source.name, text)
            return read.without_ambiguous() if ambiguity == "reject" else read
    read = from_table(read_table(source))
    return read.without_ambiguous() if ambiguity == "reject" else read


def from_table(table: Table, *, column: str | None = None, id_column: str | None = None) -> Sequences:
    """Take the sequences of a table; the columns are guessed where they are not given.

    Raises
    ------
    DataError
        If the table has no column of sequences, or no ids where it has a header.
    """
    guessed = guess_columns(table)
    column = guessed.sequence if column is None else column
    id_column = guessed.id if id_column is None else id_column
    if not column:
        raise DataError(
            f"{table.name} has no column of nucleotide sequences; bring FASTA, or a table with an id and a sequence.",
            [Problem(table.name, None, "", _first_cells(table), "a column of sequences (letters A C G T U, IUPAC)")],
        )
    if not id_column and len(table.frame.columns) == 1:
        raise DataError(
            f"{table.name} holds sequences without ids; write FASTA with a line >id above each sequence.",
            [Problem(table.name, 1, "", "a sequence without a header", "a line that starts with > and holds an id")],
        )
    ids = (
        table.text(id_column).to_numpy(dtype=object)
        if id_column
        else np.array([f"row-{i}" for i in range(1, len(table) + 1)], dtype=object)
    )
    texts = pa.array(table.text(column).to_numpy(dtype=object), type=pa.large_string())
    read = _checked(table.name, ids, texts, table.lines)
    return replace(read, rejected=table.rejected + read.rejected, format=table.format, table=table)


def _first_cells(table: Table) -> str:
    cells = [str(cell)[:20] for cell in table.frame.iloc[0]] if len(table) else []
    return "the cells " + ", ".join(map(repr, cells[:6]))


def _fasta(name: str, text: bytes) -> Sequences:
    ids, bodies, lines, rejected = [], [], [], []
    line = 1
    for number, record in enumerate(text.split(b"\n>")):
        if number == 0:
            head = record.lstrip()
            line += record[: len(record) - len(head)].count(b"\n")
            record = head.removeprefix(b">")
        header, _, body = record.partition(b"\n")
        words = header.split(None, 1)
        if words:
            ids.append(words[0].decode("utf-8"))
            bodies.append(body.translate(None, b" \t\n").decode("utf-8"))
            lines.append(line)
        else:
            rejected.append(Rejected(name, line, "", "", "a header without an id", "a line like >id"))
        line += record.count(b"\n") + 1
    read = _checked(
        name, np.array(ids, dtype=object), pa.array(bodies, type=pa.large_string()), np.array(lines, dtype=np.int64)
    )
    return replace(read, rejected=tuple(rejected) + read.rejected)


def _checked(name: str, ids: NDArray[np.object_], texts: pa.LargeStringArray, lines: NDArray[np.int64]) -> Sequences:
    """Store texts as DNA and reject those that are no sequences."""
    count = len(texts)
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[: count + 1]
    raw = np.frombuffer(texts.buffers()[2] or b"", dtype=np.uint8)[: offsets[-1] if count else 0]
    stored, lengths = _STORED[raw], np.diff(offsets)
    traits = _TRAITS[raw]
    wrong = np.flatnonzero(stored == _INVALID)
    first_wrong = {}
    rows = np.searchsorted(offsets, wrong, side="right") - 1
    for row, at in zip(*_firsts(rows, wrong), strict=True):
        first_wrong[int(row)] = int(at)
    rejected = []
    for row in np.unique(np.concatenate([rows, np.flatnonzero((lengths == 0) | (lengths > LONGEST) | (ids == ""))])):
        found, needed = _fault(row, ids, texts, lengths, offsets, first_wrong)
        rejected.append(Rejected(name, int(lines[row]), str(ids[row]), "sequence" if ids[row] else "id", found, needed))
    good = np.ones(count, dtype=np.bool_)
    good[rows] = False
    good &= (lengths > 0) & (lengths <= LONGEST) & (ids != "")
    dna = pa.LargeStringArray.from_buffers(count, texts.buffers()[1], pa.py_buffer(stored.tobytes()))
    dna = dna.filter(pa.array(good)) if not good.all() else dna
    has = {trait: _any(traits & trait != 0, offsets)[good] for trait in (_LOWER, _URACIL, _AMBIGUOUS)}
    return Sequences(
        name,
        ids[good],
        dna.to_numpy(zero_copy_only=False),
        lines[good],
        tuple(rejected),
        int(has[_LOWER].sum()),
        int(has[_URACIL].sum()),
        has[_AMBIGUOUS],
    )


def _firsts(rows: NDArray[np.intp], positions: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    unique, index = np.unique(rows, return_index=True)
    return unique, positions[index]


def _any(flags: NDArray[np.bool_], offsets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say for each row whether any of its letters is flagged."""
    has = np.zeros(len(offsets) - 1, dtype=np.bool_)
    has[np.searchsorted(offsets, np.flatnonzero(flags), side="right") - 1] = True
    return has


def _fault(row, ids, texts, lengths, offsets, first_wrong) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    if not ids[row]:
        return "no id", "an id"
    if lengths[row] == 0:
        return "an empty sequence", "at least one nucleotide"
    if row in first_wrong:
        raw = texts[int(row)].as_py().encode("utf-8")
        at = first_wrong[row] - int(offsets[row])
        letter = raw[at : at + 4].decode("utf-8", "ignore")[:1] or "?"
        return f"the letter {letter!r} at position {at + 1}", "letters A C G T U or IUPAC codes"
    return f"{lengths[row]:,} nt", f"at most {LONGEST:,} nt; cut out the part of interest"


def duplicated(ids: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Say for each id whether it stands more than once; shape (N,)."""
    return pd.Series(ids, dtype="str").duplicated(keep=False).to_numpy()
