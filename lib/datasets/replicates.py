"""Counts of tracks from those of columns: all reads, replicates, and how the two go together."""

import numpy as np
from numpy.typing import NDArray

from lib.io.windows import Counts, ProfileColumn, Windows

Rows = NDArray[np.intp]
Columns = tuple[ProfileColumn, ...]


def of_track(columns: Columns, track: str) -> tuple[ProfileColumn | None, list[ProfileColumn]]:
    """Give the column of all reads of a track, None where there is none, and those of its replicates."""
    mine = [column for column in columns if column.track == track]
    return next((column for column in mine if not column.replicate), None), [c for c in mine if c.replicate]


def whole(windows: Windows, columns: Columns, tracks: tuple[str, ...], rows: Rows) -> Counts:
    """Give the counts of each track, (N, T, L)."""
    made = np.zeros((len(rows), len(tracks), windows.length), dtype=np.float32)
    for place, track in enumerate(tracks):
        pooled, replicates = of_track(columns, track)
        for column in [pooled] if pooled is not None else replicates:
            made[:, place] += windows.counts[column.name][rows]
    return made


def each(
    windows: Windows, columns: Columns, tracks: tuple[str, ...], rows: Rows
) -> tuple[dict[str, Counts], list[str]]:
    """Give the counts of each replicate, (N, T, L) by its name; tracks whose names differ are matched by order."""
    members = [of_track(columns, track)[1] for track in tracks]
    fewest = min(map(len, members))
    if fewest < 2:
        return {}, []
    named = [{column.replicate: column for column in mine} for mine in members]
    shared = [name for name in named[0] if all(name in of for of in named)]
    by_name = len(shared) >= 2
    names = shared if by_name else [column.replicate for column in members[0][:fewest]]
    made = {
        name: np.stack(
            [
                windows.counts[(of[name] if by_name else mine[number]).name][rows]
                for of, mine in zip(named, members, strict=True)
            ],
            axis=1,
        )
        for number, name in enumerate(names)
    }
    spare = sum(map(len, members)) - len(names) * len(tracks)
    said = [f"{spare} replicates without a partner in every track are not compared with others."] if spare else []
    return made, said


def sums(windows: Windows, columns: Columns, tracks: tuple[str, ...], rows: Rows) -> list[str]:
    """Say how the counts of each track came about."""
    said = []
    for track in tracks:
        pooled, replicates = of_track(columns, track)
        names = ", ".join(column.name for column in replicates)
        if pooled is None:
            if len(replicates) > 1:
                said.append(f"The counts of {track} are the sum of {names}.")
        elif replicates:
            added = np.sum([windows.counts[column.name][rows] for column in replicates], axis=0)
            differ = int((added != windows.counts[pooled.name][rows]).any(axis=1).sum())
            how = f"differs from their sum in {differ:,} windows" if differ else "is their sum"
            said.append(f"{track} has {len(replicates)} replicates ({names}); {pooled.name} {how}.")
    return said
