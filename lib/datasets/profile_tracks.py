"""Windows from the files of a genome browser: counts as bigWig, windows as BED, the genome as FASTA.

The counts of a window on the minus strand are turned round, so that they run along its sequence, which is the reverse
complement. A track with a file for each strand gives the counts of the window's own strand, or both strands as two
tracks. A file of the minus strand that holds values of 0 and below, as many programs write it, is taken without signs.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from lib.core.errors import DataError
from lib.datasets.profile_tables import find_complaint
from lib.io.bed import Region, read_bed
from lib.io.bigwig import BigWigFile, Signal, open_signals
from lib.io.decisions import DEFAULT, Reading
from lib.io.files import Rejected, Source
from lib.io.genome import Genome, ambiguous, orient, read_genome
from lib.io.windows import Counts, ProfileColumn, Windows, region_table


def read_windows(
    bed: Source,
    genome: Source,
    files: Sequence[BigWigFile],
    *,
    length: int | None = None,
    both: bool = False,
    reading: Reading = DEFAULT,
) -> Windows:
    """Read the counts of the windows of a BED file.

    Parameters
    ----------
    bed, genome
        The windows and the sequence.
    files
        The counts.
    length
        Windows of so many nt around the middle or the summit of each region; None takes the regions, which then are of
        one length.
    both
        Whether the two strands are two tracks; else the counts are those of the window's own strand, and those of the
        plus strand where it has none.
    reading
        What the user said about how the BED file is read.

    Raises
    ------
    DataError
        If a file cannot be used, or a track has one strand only.
    """
    stranded = any(file.strand for file in files) and not both
    read = read_bed(bed, length=length, stranded=stranded, reading=reading)
    chromosomes = read_genome(genome)
    counts: dict[str, Counts] = {}
    columns: list[ProfileColumn] = []
    faults: list[Rejected] = []
    with open_signals(files) as signals:
        regions, more = _usable(bed.name, read.regions, chromosomes, signals)
        sequences = [chromosomes.cut(str(chromosomes.find(r.chrom)), r.start, r.end, r.strand) for r in regions]
        known = any(region.strand != "." for region in regions)
        for (track, replicate), members in _group(signals).items():
            for ending, own in _readings(members, both=both, stranded=known):
                name = " ".join(filter(None, [track, replicate, ending]))
                columns.append(ProfileColumn(name, f"{track} {ending}".strip(), replicate))
                counts[name], wrong = _counts(bed.name, regions, members, name, own=own)
                faults += wrong
    negated = [item.file.source.name for item in signals if item.negated]
    said = (f"{name} holds values of 0 and below; they were taken without signs." for name in negated)
    return Windows(
        name=bed.name,
        ids=np.array([region.id for region in regions], dtype=object),
        sequences=np.array(sequences, dtype=object),
        lines=np.array([region.line for region in regions], dtype=np.int64),
        ambiguous=ambiguous(sequences),
        counts=counts,
        columns=tuple(columns),
        places=region_table(regions),
        faults=tuple(faults),
        rejected=(*read.rejected, *more),
        rows=len(regions) + len(read.rejected) + len(more),
        notes=(f"{bed.name}: {len(regions):,} windows in {chromosomes.name}.", *said),
        sources={"bed": bed, "genome": genome} | {f"bigwig {i}": file.source for i, file in enumerate(files, start=1)},
        facts={
            "form": "bigwig",
            "resized": length,
            "both": both,
            "files": _describe(files),
            "reading": reading.facts(),
        },
        decisions=read.decisions,
    )


def _describe(files: Sequence[BigWigFile]) -> list[dict[str, str]]:
    return [{"name": file.source.name, **{key: getattr(file, key) for key in file._fields[1:]}} for file in files]


def _group(signals: Sequence[Signal]) -> dict[tuple[str, str], dict[str, Signal]]:
    """Put the files of one track and replicate together, by their strand."""
    made: dict[tuple[str, str], dict[str, Signal]] = {}
    for item in signals:
        members = made.setdefault((item.file.track, item.file.replicate), {})
        if other := members.get(item.file.strand):
            raise DataError(
                f"{other.file.source.name} and {item.file.source.name} are the same strand of the track "
                f"{item.file.track}; give them different tracks, replicates or strands."
            )
        members[item.file.strand] = item
    for (track, _), members in made.items():
        if len(members) != (1 if "" in members else 2):
            names = ", ".join(item.file.source.name for item in members.values())
            raise DataError(f"The track {track} has {names}; it needs one file in all, or one for + and one for -.")
    return made


def _readings(members: dict[str, Signal], *, both: bool, stranded: bool) -> list[tuple[str, bool]]:
    """Give the tracks that files make: how each name ends, and whether it is the strand of the window."""
    if "" in members or not both:
        return [("", True)]
    return [("sense", True), ("antisense", False)] if stranded else [("+", True), ("-", False)]


def _usable(
    name: str, regions: Sequence[Region], genome: Genome, signals: Sequence[Signal]
) -> tuple[list[Region], list[Rejected]]:
    """Keep the regions of the usual length that lie in the genome and in a file of counts."""
    usual = Counter(region.end - region.start for region in regions).most_common(1)[0][0]
    kept, rejected = [], []
    for region in regions:
        wrong = _wrong(region, usual, genome, signals)
        if wrong is None:
            kept.append(region)
        else:
            rejected.append(Rejected(name, region.line, region.id, *wrong))
    return kept, rejected


def _wrong(region: Region, usual: int, genome: Genome, signals: Sequence[Signal]) -> tuple[str, str, str] | None:
    """Say why a region cannot be used: column, found, needed; None where it can."""
    chromosome, length = genome.find(region.chrom), region.end - region.start
    if chromosome is None:
        return "chrom", repr(region.chrom), f"a chromosome of {genome.name}: {genome.list_names()}"
    size = len(genome.chromosomes[chromosome])
    if region.start < 0 or region.end > size:
        found = f"a window from {region.start + 1:,} to {region.end:,}"
        return "end" if region.end > size else "start", found, f"one within 1 to {size:,}, the length of {chromosome}"
    if length != usual:
        return "end", f"{length:,} nt", f"{usual:,} nt, as most windows have"
    if all(item.names.find(region.chrom) is None for item in signals):
        return "chrom", repr(region.chrom), f"a chromosome of the bigWig files: {signals[0].names.list_names()}"
    return None


def _counts(
    name: str, regions: Sequence[Region], members: dict[str, Signal], column: str, *, own: bool
) -> tuple[Counts, list[Rejected]]:
    """Read the counts of N windows, (N, L), along their sequences, and the faults of single windows."""
    length = regions[0].end - regions[0].start if regions else 0
    counts = np.zeros((len(regions), length), dtype=np.float32)
    faults = []
    for row, region in enumerate(regions):
        signal = members.get("") or members["-" if (region.strand == "-") == own else "+"]
        values = signal.values(region.chrom, region.start, region.end)
        found = find_complaint(orient(values, region.strand), length)
        if found:
            needed = "whole counts of 0 or more; bring reads that are neither normalised nor smoothed"
            faults.append(Rejected(name, region.line, region.id, column, found, needed))
        else:
            counts[row] = orient(values, region.strand)
    return counts, faults
