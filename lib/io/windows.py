"""Windows with counts at each base, as every kind of import gives them: sequences, counts, places, faults.

Counts lie in the orientation of the sequence: position i of a profile belongs to letter i of its sequence. Places are
half-open and count from 0.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.errors import Problem
from lib.io.bed import Region
from lib.io.decisions import Decision
from lib.io.files import Rejected, Source
from lib.io.table import Table

Counts = NDArray[np.float32]
LARGEST_COUNT = 2**24
"""Counts are kept as float32, which holds whole numbers up to here exactly."""
PLACES = ("chrom", "start", "end", "strand")

_GENERIC = {"profile", "profiles", "count", "counts", "reads", "coverage", "signal"}
_POOLED = {"pooled", "pool", "sum", "total", "all", "merged", "combined"}
_REPLICATE = re.compile(r"(?:rep|replicate|biorep|br|r)?(\d{1,2})", re.IGNORECASE)
_CALLED = {"rep", "replicate", "biorep"}


@dataclass(frozen=True)
class ProfileColumn:
    """A series of counts: the track that it belongs to, and the replicate, empty for all reads of the track."""

    name: str
    track: str
    replicate: str = ""


@dataclass(frozen=True)
class Windows:
    """Windows of one length before any choice.

    Parameters
    ----------
    name
        File that holds one row per window.
    ids, sequences, lines
        (N,) each; sequences are stored DNA of L letters.
    ambiguous
        (N,) whether a sequence held IUPAC codes other than A C G T.
    counts
        (N, L) by the name of a column; a profile with a fault is all zeros.
    columns
        What the columns were guessed to be.
    places
        N rows ``chrom``, ``start``, ``end``, ``strand``; no columns where nobody knows.
    faults
        Faults of single windows; one in a column of counts costs the window only where that column is used.
    rejected
        Rows that are not among the N.
    rows
        Rows of the file in all.
    notes
        What was understood, in sentences.
    sources
        The files by kind.
    table
        The table that the rows come from, None where they come from none.
    facts
        How the windows were made, as JSON facts.
    decisions
        How the files were read; where one is open, the windows are to be shown and not to be used.
    """

    name: str
    ids: NDArray[np.object_]
    sequences: NDArray[np.object_]
    lines: NDArray[np.int64]
    ambiguous: NDArray[np.bool_]
    counts: Mapping[str, Counts]
    columns: tuple[ProfileColumn, ...]
    places: pd.DataFrame
    faults: tuple[Rejected, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rows: int = 0
    notes: tuple[str, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    table: Table | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()

    def __len__(self) -> int:
        """Count the windows."""
        return len(self.ids)

    @property
    def length(self) -> int:
        """Give the letters of a window, L."""
        return next(iter(self.counts.values())).shape[1] if self.counts else 0

    def faulty(self, columns: Sequence[ProfileColumn]) -> list[Rejected]:
        """List the faults of windows that cost them where these columns are used."""
        spared = self.counts.keys() - {column.name for column in columns}
        return [fault for fault in self.faults if fault.column not in spared]

    def problems(self, columns: Sequence[ProfileColumn] | None = None, *, most: int | None = None) -> list[Problem]:
        """List the faults of rows and of windows, in the order of the file."""
        found = [*self.rejected, *self.faulty(self.columns if columns is None else columns)]
        found.sort(key=lambda fault: fault.line or 0)
        return [fault.problem() for fault in found[:most]]


def guess_columns(names: Sequence[str]) -> tuple[ProfileColumn, ...]:
    """Guess tracks and replicates from names; a number at the end is a replicate where others differ in it alone.

    >>> for column in guess_columns(["profile_WT_pooled", "profile_S288C_WT_1", "profile_S288C_WT_2"]):
    ...     print(column.track, repr(column.replicate))
    WT ''
    WT '1'
    WT '2'
    """
    read = [_split_name(name) for name in names]
    made = []
    for name, (base, number, pooled) in zip(names, read, strict=True):
        fellows = [other for other in read if other[0] == base and (other[1] or other[2])]
        wholes = [other for other, _, whole in read if whole and (set(other) <= set(base) or set(base) <= set(other))]
        if number and not pooled and (len(fellows) > 1 or wholes):
            track, replicate = wholes[0] if len(wholes) == 1 else base, number
        else:
            track, replicate = base if pooled or not number else (*base, number), ""
        made.append(ProfileColumn(name, " ".join(track) or "profile", replicate))
    return tuple(made)


def _split_name(name: str) -> tuple[tuple[str, ...], str, bool]:
    """Cut a name into the words of its track, the number of its replicate, and whether it says that it is a sum."""
    words = [word for word in re.split(r"[\s_.:|-]+", name) if word and word.lower() not in _GENERIC]
    pooled = any(word.lower() in _POOLED for word in words)
    words = [word for word in words if word.lower() not in _POOLED]
    number = ""
    if words and (match := _REPLICATE.fullmatch(words[-1])):
        number = match.group(1)
        words = words[:-1]
        if words and words[-1].lower() in _CALLED:
            words = words[:-1]
    return tuple(words), number, pooled


def overlapping(places: pd.DataFrame) -> NDArray[np.intp]:
    """Number the groups of windows that overlap on either strand, (N,); windows that touch do not overlap.

    >>> table = pd.DataFrame({"chrom": ["I", "I", "II", "I"], "start": [0, 5, 5, 20], "end": [10, 20, 9, 30]})
    >>> overlapping(table).tolist()
    [0, 0, 1, 2]
    """
    groups = np.empty(len(places), dtype=np.intp)
    order = np.lexsort((places["start"].to_numpy(dtype=np.int64), places["chrom"].to_numpy(dtype=np.str_)))
    chroms, starts, ends = (places[name].to_numpy() for name in PLACES[:3])
    group, chrom, reach = -1, None, 0
    for row in order:
        if chroms[row] != chrom or starts[row] >= reach:
            group, reach = group + 1, 0
        chrom, reach = chroms[row], max(reach, ends[row])
        groups[row] = group
    return np.asarray(pd.factorize(groups)[0], dtype=np.intp)


def region_table(regions: Sequence[Region]) -> pd.DataFrame:
    """Give where N regions lie: ``chrom``, ``start``, ``end``, ``strand``."""
    return pd.DataFrame([region[2:] for region in regions], columns=list(PLACES))
