"""Transcript isoforms of TIF-seq (Pelechano et al. 2013, doi:10.1038/nature12121) as windows around their ends.

The table has a row for each isoform, ``chr strand t5 t3 ypd gal type ...``: where it starts and ends, counted from 1,
and its reads in each condition. What is counted at a base are the reads of all isoforms that end (or start) there.

*How windows are chosen.* On each strand of each chromosome the position with most reads over the chosen conditions is
taken first, then the next one that lies in no window yet, and so on; equal ones by their coordinate. A window of fixed
length is put around it, its middle moved by a random step (seeded) of at most a sixth of the length, so that a model
cannot learn the place of the summit instead of the sequence. Windows on one strand do not overlap: one that would is
tried without the step and is else not made, nor is one beyond the end of its chromosome. A window is kept if the reads
that end in it reach a minimum. Windows on opposite strands may overlap; a random split keeps these together.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.io.bed import Region
from lib.io.files import Rejected, Source, fault, kind_of, read_unpacked, text_of
from lib.io.genome import ambiguous, orient, read_genome
from lib.io.windows import Counts, ProfileColumn, Windows, region_table

End = Literal["t3", "t5"]
NEEDED = ("chr", "strand", "t5", "t3")
_STEP = 6  # the middle moves by at most the length over this
_BEHIND = ("type", "name", "id")
_AROUND = ' \t"'


@dataclass(frozen=True)
class TifChoice:
    """How windows are made of transcript isoforms.

    Parameters
    ----------
    end
        ``t3``: where transcripts end (poly(A) sites); ``t5``: where they start.
    conditions
        Columns of reads, each of which becomes a track; empty for all.
    length
        Length of a window in nt.
    least
        Reads that a window has at least, over the chosen conditions.
    seed
        Seeds the steps by which the middles are moved.
    """

    end: End = "t3"
    conditions: tuple[str, ...] = ()
    length: int = 300
    least: int = 20
    seed: int = 0


class Isoforms(NamedTuple):
    """Rows of the table: (M,) lines, chromosomes, strands, ends from 0, and the reads of each condition (M, C)."""

    name: str
    lines: NDArray[np.int64]
    chroms: NDArray[np.object_]
    minus: NDArray[np.bool_]
    ends: dict[str, NDArray[np.int64]]
    conditions: tuple[str, ...]
    reads: NDArray[np.int64]
    rejected: tuple[Rejected, ...]


def read_isoforms(source: Source) -> Isoforms:
    """Read the table, separated by blanks, tabs or commas; the conditions are the columns between ``t3`` and ``type``.

    Raises
    ------
    DataError
        If a column is missing, or no row can be read.
    """
    name, data = source.name, read_unpacked(source)
    text = text_of(name, data).decode("utf-8") if kind_of(name, data) == "text" else ""
    rows = [(line, row) for line, row in enumerate(text.split("\n"), start=1) if row.strip() and row[0] != "#"]
    separator = next((mark for mark in "\t," if rows and mark in rows[0][1]), None)
    header = [word.strip(_AROUND).lower() for word in rows[0][1].split(separator)] if rows else []
    after = header[header.index("t3") + 1 :] if set(NEEDED) <= set(header) else []
    conditions = tuple(takewhile(lambda word: word not in _BEHIND, after))
    if not conditions:
        message = f"{name} is no table of transcript isoforms; its first line needs chr strand t5 t3 and conditions."
        raise fault(name, message, " ".join(header)[:100] or "nothing", "chr strand t5 t3 ypd gal type", line=1)
    width = header.index(conditions[-1]) + 1
    places = [header.index(column) for column in (*NEEDED, *conditions)]
    kept, lines, rejected = [], [], []
    for line, row in rows[1:]:
        cells = [cell.strip(_AROUND) for cell in row.split(separator, width)]
        chosen = [cells[place] if place < len(cells) else "" for place in places]
        wrong = _wrong(chosen, conditions)
        if wrong:
            rejected.append(Rejected(name, line, "", *wrong))
        else:
            kept.append(chosen)
            lines.append(line)
    if not kept:
        found = rejected[0].reason if rejected else "no rows below the header"
        raise fault(name, f"{name} has no row that can be read: {found}.", found, "one row for each isoform", line=2)
    columns = list(zip(*kept, strict=True))
    ends = {end: np.array(columns[place], dtype=np.int64) - 1 for end, place in (("t5", 2), ("t3", 3))}
    return Isoforms(
        name,
        np.array(lines, dtype=np.int64),
        np.array(columns[0], dtype=object),
        np.array(columns[1], dtype=np.str_) == "-",
        ends,
        conditions,
        np.array(columns[4:], dtype=np.int64).T,
        tuple(rejected),
    )


def _wrong(cells: Sequence[str], conditions: Sequence[str]) -> tuple[str, str, str] | None:
    """Say what is wrong with a row: column, found, needed; None where nothing is."""
    chrom, strand, *numbers = cells
    if not chrom:
        return "chr", "nothing", "a chromosome"
    if strand not in ("+", "-"):
        return "strand", repr(strand), "+ or -"
    for column, cell in zip(("t5", "t3", *conditions), numbers, strict=True):
        place = column in NEEDED
        if not (cell.isascii() and cell.isdigit() and len(cell) < 13 and (int(cell) > 0 or not place)):
            return column, repr(cell[:40]), "a position, counted from 1" if place else "whole reads, 0 or more"
    return None


def read_windows(table: Source, genome: Source, choice: TifChoice = TifChoice()) -> Windows:
    """Make windows around the ends of isoforms; see the head of this module.

    Raises
    ------
    DataError
        If a file cannot be used, a condition is not in the table, or no window has enough reads.
    """
    isoforms, chromosomes = read_isoforms(table), read_genome(genome)
    chosen = choice.conditions or isoforms.conditions
    missing = [condition for condition in chosen if condition not in isoforms.conditions]
    if missing:
        listed = ", ".join(isoforms.conditions)
        raise fault(
            table.name, f"{table.name} has no condition {missing[0]!r}; choose of {listed}.", listed, missing[0]
        )
    reads = isoforms.reads[:, [isoforms.conditions.index(condition) for condition in chosen]]
    faults = list(isoforms.rejected)
    regions: list[Region] = []
    counts: list[Counts] = []
    for chrom in dict.fromkeys(isoforms.chroms.tolist()):
        found = chromosomes.find(chrom)
        size = len(chromosomes.chromosomes[found]) if found else 0
        inside = isoforms.ends[choice.end] < size
        here = isoforms.chroms == chrom
        faults += _outside(
            isoforms, here & ~inside, choice.end, f"a position in {genome.name}: {chromosomes.list_names()}"
        )
        for minus in (False, True):
            rows = np.flatnonzero(here & inside & (isoforms.minus == minus))
            for region, values in _windows(isoforms, rows, reads[rows], size, choice):
                regions.append(region._replace(chrom=str(found)))
                counts.append(values)
    if not regions:
        message = f"No window of {choice.length} nt has {choice.least} reads; lower the minimum."
        raise fault(table.name, message, "no window with enough reads", f"{choice.least} reads in a window")
    stacked = np.stack(counts)  # N, C, L
    sequences = [chromosomes.cut(*region[2:]) for region in regions]
    what = {"t3": "3' ends", "t5": "5' ends"}[choice.end]
    share = stacked.sum() / max(int(reads.sum()), 1)
    said = f"{len(regions):,} windows of {choice.length} nt around {what}, with {share:.0%} of all reads"
    return Windows(
        name=table.name,
        ids=np.array([region.id for region in regions], dtype=object),
        sequences=np.array(sequences, dtype=object),
        lines=np.array([region.line for region in regions], dtype=np.int64),
        ambiguous=ambiguous(sequences),
        counts={condition: stacked[:, place] for place, condition in enumerate(chosen)},
        columns=tuple(ProfileColumn(condition, condition) for condition in chosen),
        places=region_table(regions),
        rejected=tuple(faults),
        rows=len(regions) + len(faults),
        notes=(f"{table.name}: {len(isoforms.lines):,} isoforms; {said} of {', '.join(chosen)}.",),
        sources={"isoforms": table, "genome": genome},
        facts={"form": "tif-seq", "choice": {**asdict(choice), "conditions": list(chosen)}},
    )


def _outside(isoforms: Isoforms, which: NDArray[np.bool_], end: End, needed: str) -> list[Rejected]:
    rows = np.flatnonzero(which).tolist()
    ends = isoforms.ends[end]
    return [
        Rejected(isoforms.name, int(isoforms.lines[row]), "", end, f"{isoforms.chroms[row]}:{ends[row] + 1:,}", needed)
        for row in rows
    ]


def _windows(
    isoforms: Isoforms, rows: NDArray[np.intp], reads: NDArray[np.int64], size: int, choice: TifChoice
) -> Iterator[tuple[Region, Counts]]:
    """Give the windows of one strand of a chromosome with their counts (C, L), by their coordinate."""
    if not len(rows):
        return
    chrom, strand = str(isoforms.chroms[rows[0]]), "-" if isoforms.minus[rows[0]] else "+"
    positions, first, group = np.unique(isoforms.ends[choice.end][rows], return_index=True, return_inverse=True)
    totals = np.zeros((len(positions), reads.shape[1]), dtype=np.int64)
    np.add.at(totals, group, reads)
    for start, summit in starts(positions, totals.sum(axis=1), size, choice):
        low, high = np.searchsorted(positions, [start, start + choice.length])
        values = np.zeros((reads.shape[1], choice.length), dtype=np.float32)
        values[:, positions[low:high] - start] = totals[low:high].T
        end = start + choice.length
        name, line = f"{chrom}:{start + 1}-{end}{strand}", int(isoforms.lines[rows[first[summit]]])
        yield Region(line, name, chrom, start, end, strand), orient(values, strand)


def starts(
    positions: NDArray[np.int64], totals: NDArray[np.int64], size: int, choice: TifChoice
) -> list[tuple[int, int]]:
    """Choose windows on one strand: where each starts, and the number of its summit, by their start.

    Parameters
    ----------
    positions, totals
        (P,) ascending, and the reads at each.
    size
        Length of the chromosome in nt.
    choice
        Length, minimum and seed.
    """
    rng = np.random.default_rng(choice.seed)
    before = np.concatenate([[0], np.cumsum(totals)])
    length, most = choice.length, choice.length // _STEP
    kept: list[tuple[int, int]] = []
    for summit in np.lexsort((positions, -totals)).tolist():
        if not totals[summit]:
            break
        middle = int(positions[summit])
        near = bisect_left(kept, (middle + 1, -1))
        if near and kept[near - 1][0] + length > middle:
            continue  # it lies in a window
        for step in (int(rng.integers(-most, most + 1)), 0):
            start = middle - length // 2 + step
            place = bisect_left(kept, (start, -1))
            free = (not place or kept[place - 1][0] + length <= start) and (
                place == len(kept) or kept[place][0] >= start + length
            )
            low, high = np.searchsorted(positions, [start, start + length])
            if free and 0 <= start <= size - length and before[high] - before[low] >= choice.least:
                insort(kept, (start, summit))
                break
    return kept
