"""A table of windows: a column of sequences, and one or several columns of comma-separated counts at each base."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lib.io.decisions import DEFAULT, Alternative, Decision, Reading
from lib.io.files import Rejected, Source, fault
from lib.io.sequences import Sequences, from_table
from lib.io.sniff import ID_NAMES, is_number
from lib.io.strands import strand_of
from lib.io.table import Table
from lib.io.tables import read_table
from lib.io.windows import LARGEST_COUNT, PLACES, Counts, Windows, guess_columns

_SAMPLE = 20
_FEWEST = 5  # numbers in a cell that make it a profile
_SEPARATORS = r"[\s,;|]+"
_AROUND = " \t[](){}\"'"
_NAMES = {
    "chrom": {"chrom", "chr", "chromosome", "seqname", "seqnames", "contig"},
    "start": {"start", "start0", "chromstart", "chrom_start", "begin"},
    "end": {"end", "stop", "chromend", "chrom_end"},
    "strand": {"strand"},
}


class Layout(NamedTuple):
    """Which columns of a table hold ids, sequences, profiles and places; empty where there are none."""

    id: str
    sequence: str
    profiles: tuple[str, ...]
    chrom: str = ""
    start: str = ""
    end: str = ""
    strand: str = ""


def guess_layout(table: Table) -> Layout:
    """Guess the columns of a table of windows from their names and first cells.

    Raises
    ------
    DataError
        If its first line does not name the columns, or there is no column of sequences, or none of profiles.
    """
    if not table.header:
        message = f"{table.name} does not name its columns; write a first line such as id, sequence, profile."
        raise fault(table.name, message, "no header", "a first line with the names of the columns", line=1)
    names = [str(name) for name in table.frame.columns]
    read = from_table(table)
    profiles = tuple(name for name in names if _holds_profiles(table, name))
    if not profiles:
        needed = "a column of counts at each base, such as 0,3,0,12, as many as the sequence has letters"
        message = f"{table.name} has no column of profiles; needed is {needed}."
        raise fault(table.name, message, f"the columns {', '.join(names)}", needed)
    known = {kind: next((name for name in names if name.lower() in called), "") for kind, called in _NAMES.items()}
    named = [name for name in names if name.lower() in ID_NAMES and name != read.column]
    identifier = next(iter(named), "" if read.id_column in profiles else read.id_column)
    return Layout(identifier, read.column, profiles, **known)


def _holds_profiles(table: Table, name: str) -> bool:
    cells = [cell for cell in table.text(name).head(_SAMPLE) if cell]
    return bool(cells) and sum(map(_is_profile, cells)) > len(cells) / 2


def _is_profile(cell: str) -> bool:
    numbers = re.split(_SEPARATORS, cell.strip(_AROUND))
    return len(numbers) >= _FEWEST and sum(map(is_number, numbers)) > 0.8 * len(numbers)


def read_windows(source: Source, layout: Layout | None = None) -> Windows:
    """Read a table of windows; windows have the length that most of them have, the others are rejected.

    Parameters
    ----------
    source
        The file.
    layout
        Which columns hold what; None guesses.

    Raises
    ------
    DataError
        If the file is no such table.
    """
    return from_layout(read_table(source), layout, source)


def from_layout(table: Table, layout: Layout | None, source: Source, reading: Reading = DEFAULT) -> Windows:
    """Read a table of windows that is open already; see ``read_windows``. Of ``reading`` it takes ``coordinates``.

    Raises
    ------
    DataError
        If a column is missing, or the table is none of windows.
    """
    layout = guess_layout(table) if layout is None else layout
    for name in filter(None, [layout.id, layout.sequence, *layout.profiles, *layout[3:]]):
        if name not in table.frame.columns:
            listed = ", ".join(map(str, table.frame.columns))
            raise fault(table.name, f"{table.name} has no column {name!r}; choose one of {listed}.", listed, name)
    read = _of_one_length(from_table(table, id_column=layout.id, column=layout.sequence))
    at = np.searchsorted(table.lines, read.lines)
    length = len(read.sequences[0]) if len(read) else 0
    counts: dict[str, Counts] = {}
    faults: list[Rejected] = []
    for name in layout.profiles:
        counts[name], wrong = _profiles(table, name, read, at, length)
        faults += wrong
    places, wrong, counted = _read_positions(table, layout, read, at, reading)
    faults += wrong
    columns = guess_columns(layout.profiles)
    notes = (f"{table.name}: {len(read):,} windows of {length:,} nt.", *read.notes)
    return Windows(
        name=table.name,
        ids=read.ids,
        sequences=read.sequences,
        lines=read.lines,
        ambiguous=read.ambiguous,
        counts=counts,
        columns=columns,
        places=places,
        faults=tuple(faults),
        rejected=read.rejected,
        rows=len(table) + len(table.rejected),
        notes=notes,
        sources={"profiles": source},
        table=table,
        facts={"form": "table", "layout": layout._asdict(), "reading": reading.facts()},
        decisions=(*table.decisions, *counted),
    )


def _of_one_length(read: Sequences) -> Sequences:
    """Keep the windows of the usual length, and reject the others."""
    lengths = np.array([len(sequence) for sequence in read.sequences], dtype=np.int64)
    usual = Counter(lengths.tolist()).most_common(1)[0][0] if len(read) else 0
    kept = lengths == usual
    more = tuple(
        Rejected(
            read.name,
            int(read.lines[row]),
            str(read.ids[row]),
            read.column,
            f"{lengths[row]:,} nt",
            f"{usual:,} nt, as most windows have",
        )
        for row in np.flatnonzero(~kept)
    )
    return read.only(kept, more)


def _profiles(
    table: Table, name: str, read: Sequences, at: NDArray[np.intp], length: int
) -> tuple[Counts, list[Rejected]]:
    """Read one column of profiles, (N, L), and the faults of its cells."""
    cells = table.text(name).to_numpy(dtype=object)[at]
    numbers, sizes, odd = numbers_of(cells)
    counts = np.zeros((len(cells), length), dtype=np.float32)
    ends = np.cumsum(sizes)
    faults = []
    for row, (end, size) in enumerate(zip(ends.tolist(), sizes.tolist(), strict=True)):
        values = numbers[end - size : end]
        found = odd.get(row) or find_complaint(values, length)
        if found:
            what = f"{length:,} counts, one for each nucleotide: whole numbers of 0 or more"
            faults.append(Rejected(table.name, int(read.lines[row]), str(read.ids[row]), name, found, what))
        else:
            counts[row] = values
    return counts, faults


def numbers_of(
    cells: Sequence[str] | NDArray[np.object_],
) -> tuple[NDArray[np.float64], NDArray[np.int64], dict[int, str]]:
    """Read cells of numbers end to end.

    Returns
    -------
    tuple
        All numbers; how many stand in each cell; and, by cell, what was found in those that hold anything else (they
        count as cells without numbers).

    >>> numbers, sizes, odd = numbers_of(["0,3", "[1 2 3]", "1,x"])
    >>> numbers.tolist(), sizes.tolist(), odd
    ([0.0, 3.0, 1.0, 2.0, 3.0], [2, 3, 0], {2: "'x' at position 2"})
    """
    texts = pc.utf8_trim(pa.array(list(cells), type=pa.large_string()), characters=_AROUND + ",;|")
    pieces = pc.split_pattern_regex(texts, pattern=_SEPARATORS)
    sizes = np.asarray(pc.list_value_length(pieces).to_numpy(zero_copy_only=False), dtype=np.int64)
    try:
        return pc.cast(pieces.flatten(), pa.float64()).to_numpy(zero_copy_only=False), sizes, {}
    except pa.ArrowInvalid:
        return _one_by_one(pieces.to_pylist())


def _one_by_one(pieces: list[list[str]]) -> tuple[NDArray[np.float64], NDArray[np.int64], dict[int, str]]:
    numbers: list[float] = []
    sizes, odd = np.zeros(len(pieces), dtype=np.int64), {}
    for row, words in enumerate(pieces):
        wrong = next((place for place, word in enumerate(words) if not is_number(word) or "," in word), None)
        if wrong is None:
            numbers += map(float, words)
            sizes[row] = len(words)
        else:
            odd[row] = f"{words[wrong][:40]!r} at position {wrong + 1}" if any(words) else "no counts"
    return np.array(numbers, dtype=np.float64), sizes, odd


def find_complaint(values: NDArray[np.float64], length: int) -> str:
    """Say what keeps numbers from being the counts of a window of some length, empty where nothing does.

    >>> find_complaint(np.array([0.0, -2.0, 0.5]), 3), find_complaint(np.zeros(4), 3), find_complaint(np.arange(3.0), 3)
    ('-2 at position 2, 0.5 at position 3', '4 counts', '')
    """
    if len(values) != length:
        return f"{len(values):,} count{'s' * (len(values) != 1)}"
    good = (values >= 0) & (values == np.floor(values)) & (values < LARGEST_COUNT)
    wrong = np.flatnonzero(~good)
    listed = ", ".join(f"{values[place]:g} at position {place + 1}" for place in wrong[:2])
    return listed + (f" and {len(wrong) - 2} more" if len(wrong) > 2 else "")


def _read_positions(
    table: Table, layout: Layout, read: Sequences, at: NDArray[np.intp], reading: Reading
) -> tuple[pd.DataFrame, list[Rejected], list[Decision]]:
    """Read where the windows lie, half-open from 0, and decide what their starts count from."""
    if not (layout.chrom and layout.start and layout.end):
        return pd.DataFrame(index=range(len(read))), [], []
    cells = {kind: table.text(getattr(layout, kind)).to_numpy(dtype=object)[at] for kind in PLACES[:3]}
    faults = []
    for kind in ("start", "end"):
        faults += [
            Rejected(
                table.name,
                int(read.lines[row]),
                str(read.ids[row]),
                getattr(layout, kind),
                repr(cell[:40]),
                "a position, a whole number",
            )
            for row, cell in enumerate(cells[kind])
            if not re.fullmatch(r"\d{1,12}", cell)
        ]
    start, end = (
        np.array([int(cell) if re.fullmatch(r"\d{1,12}", cell) else 0 for cell in cells[kind]], dtype=np.int64)
        for kind in ("start", "end")
    )
    length = len(read.sequences[0]) if len(read) else 0
    base, behind, decision = _base(table.name, (start, end), length, reading)
    strand = ["."] * len(read)
    if layout.strand:
        strand = [strand_of(cell) or "." for cell in table.text(layout.strand).to_numpy(dtype=object)[at]]
    places = {"chrom": cells["chrom"], "start": start - base, "end": end + behind, "strand": strand}
    return pd.DataFrame(places), faults, [decision]


def _base(
    name: str, places: tuple[NDArray[np.int64], NDArray[np.int64]], length: int, reading: Reading
) -> tuple[int, int, Decision]:
    """Decide what starts count from by the lengths that they give; also gives what is to be added to the ends."""
    start, end = places
    rows = len(start)
    open_, closed = (int((end - start == size).sum()) for size in (length, length - 1))
    both = closed > rows / 2
    base, behind = int(both), 0
    evidence = "Start and end give other lengths than the sequences have, which does not tell; 0 is usual."
    if open_ > rows / 2:
        evidence = f"In {open_:,} of {rows:,} rows end - start is the length of the sequence."
    elif both:
        evidence = f"In {closed:,} of {rows:,} rows end - start is one less than the length of the sequence."
        if not start.min():
            base, behind = 0, 1
            evidence += " A start is 0, so both ends count from 0."
    if reading.coordinates is not None and reading.coordinates != base:
        base, behind, evidence = reading.coordinates, 0, "As you said."
    options = (Alternative("0", "0, as in BED"), Alternative("1", "1, as in GFF"))
    return base, behind, Decision(name, "Starts count from", "coordinates", str(base), evidence, options)
