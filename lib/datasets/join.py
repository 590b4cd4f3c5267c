"""Join expression and sequences by id; whatever is left out is listed with its line and the reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lib.core.arrays import as_arrow
from lib.io.files import Rejected

Rows = NDArray[np.intp]
COLUMNS = ("file", "line", "id", "reason")


@dataclass(frozen=True)
class JoinReport:
    """How many rows went where.

    Parameters
    ----------
    expression_rows, sequence_rows
        Data rows of the two files, faulty ones included.
    matched
        Ids that stand in both files.
    only_expression, only_sequences
        Sound rows whose id stands in one file only.
    identical_duplicates
        Repeated rows that say the same as the first with their id, which is kept.
    conflicting_duplicates
        Rows whose id stands more than once with different values; none of them is kept.
    spike_ins
        Rows used for normalisation only.
    rejected
        Rows of the download: every row that is left out, for whatever reason (spike-ins are not).
    """

    expression_rows: int
    sequence_rows: int
    matched: int
    only_expression: int
    only_sequences: int
    identical_duplicates: int
    conflicting_duplicates: int
    spike_ins: int
    rejected: int


@dataclass(frozen=True)
class Unique:
    """Rows with each id once: (N,) which rows are kept, what was left out, and how many of each kind."""

    kept: NDArray[np.bool_]
    left_out: pd.DataFrame
    identical: int
    conflicting: int


def list_excluded(
    file: str, lines: NDArray[np.int64], ids: NDArray[np.object_], reason: str | Sequence[str] | NDArray[np.object_]
) -> pd.DataFrame:
    """List rows that are left out, with columns ``file``, ``line``, ``id``, ``reason``."""
    return pd.DataFrame({"file": file, "line": lines, "id": ids, "reason": reason}, columns=list(COLUMNS))


def tabulate_rejected(faults: Sequence[Rejected]) -> pd.DataFrame:
    """List faults, one row per row of the file: several faults of one row are joined by a semicolon."""
    frame = pd.DataFrame([(f.file, f.line, f.id, f.reason) for f in faults], columns=list(COLUMNS))
    if not frame.duplicated(["file", "line"]).any():
        return frame
    grouped = frame.groupby(["file", "line"], sort=False, dropna=False)
    return grouped.agg({"id": "first", "reason": "; ".join}).reset_index()[list(COLUMNS)]


def tabulate_merged(rows: Sequence[tuple[int, str, int]]) -> pd.DataFrame:
    """List rows that were averaged with another one: their ``line`` and ``id``, and ``kept``, the line of that one."""
    return pd.DataFrame(rows, columns=["line", "id", "kept"])


def unique(
    file: str,
    ids: NDArray[np.object_],
    lines: NDArray[np.int64],
    same: Callable[[NDArray[np.intp]], bool],
    numbers: Rows | None = None,
) -> Unique:
    """Keep the first of identical rows with one id, and none where they contradict each other.

    Parameters
    ----------
    file
        Name of the file, for the list.
    ids, lines
        (N,) each.
    same
        Says whether the rows at some places, which share an id, hold the same.
    numbers
        (N,) of the ids, from ``number``, where they are known.
    """
    again, first, conflicts = find_conflicts(ids, same, numbers)
    kept = np.ones(len(ids), dtype=np.bool_)
    kept[again] = False
    out = [(row, f"repeats line {lines[other]}, which is kept") for row, other in zip(again, first, strict=True)]
    for rows in conflicts.values():
        kept[rows] = False
        listed = ", ".join(map(str, lines[rows[:5]].tolist())) + (", ..." if len(rows) > 5 else "")
        out += [(row, f"the ID has several rows with different content (lines {listed}); keep one") for row in rows]
    out.sort()
    rows = np.array([row for row, _ in out], dtype=np.intp)
    conflicting = sum(map(len, conflicts.values()))
    return Unique(kept, list_excluded(file, lines[rows], ids[rows], [why for _, why in out]), len(again), conflicting)


def number(*files: NDArray[np.object_]) -> list[Rows]:
    """Number the IDs of files, (N,) each: equal ones alike, from 0 in the order of the first of each.

    >>> [numbers.tolist() for numbers in number(np.array(["a", "b"], dtype=object), np.array(["c", "a"], dtype=object))]
    [[0, 1], [2, 0]]
    """
    coded = pa.chunked_array([as_arrow(ids) for ids in files], type=pa.large_string()).dictionary_encode()
    numbers = [np.zeros(0, dtype=np.intp), *(chunk.indices.to_numpy() for chunk in coded.chunks)]
    return np.split(np.concatenate(numbers), np.cumsum([len(ids) for ids in files[:-1]]))


def all_differ(numbers: Rows) -> bool:
    """Say whether no number, from ``number``, stands twice."""
    return not len(numbers) or bool(np.bincount(numbers).max() == 1)


def find_conflicts(
    ids: NDArray[np.object_], same: Callable[[Rows], bool], numbers: Rows | None = None
) -> tuple[Rows, Rows, dict[str, Rows]]:
    """Sort rows that share an ID into repeats of the same and contradictions.

    Parameters
    ----------
    ids
        (N,).
    same
        Says whether the rows at some positions, which share an ID, hold the same.
    numbers
        (N,) of the IDs, from ``number``, where they are known.

    Returns
    -------
    tuple
        Rows that repeat an earlier one, the row that each of them repeats, and the contradicting rows by their ID.
    """
    none = np.zeros(0, dtype=np.intp)
    if all_differ(number(ids)[0] if numbers is None else numbers):
        return none, none, {}
    series = pd.Series(ids, dtype="str")
    repeated = np.flatnonzero(series.duplicated(keep=False).to_numpy())
    again: list[int] = []
    first: list[int] = []
    conflicts: dict[str, NDArray[np.intp]] = {}
    for name, positions in series.iloc[repeated].groupby(series.iloc[repeated], sort=False).indices.items():
        rows = repeated[np.sort(positions)]
        if same(rows):
            again += rows[1:].tolist()
            first += [int(rows[0])] * (len(rows) - 1)
        else:
            conflicts[str(name)] = rows
    return np.array(again, dtype=np.intp), np.array(first, dtype=np.intp), conflicts


def list_lone(
    file: str, lines: NDArray[np.int64], ids: NDArray[np.object_], what: str, other: str, gone: pd.DataFrame
) -> pd.DataFrame:
    """List sound rows of one file without a partner in the other file.

    Parameters
    ----------
    file, lines, ids
        The rows.
    what, other
        What is missing ("sequence"), and the file where it should stand.
    gone
        What was left out already: a partner that was left out is named, with its line.
    """
    theirs = gone[gone["file"] == other].drop_duplicates("id").set_index("id")["line"]
    places = theirs.reindex(pd.Index(ids, dtype=theirs.index.dtype)) if len(theirs) else pd.Series(np.nan, index=ids)
    known = places.notna().to_numpy()
    reasons: NDArray[np.object_] = np.full(len(ids), f"no {what} with this id in {other}", dtype=object)
    reasons[known] = [f"its {what} in {other}, line {line}, could not be used" for line in places[known].astype(int)]
    return list_excluded(file, lines, ids, reasons)


def match(ours: Rows, theirs: Rows) -> Rows:
    """Find for each number of ours (N,) its place in theirs (M,), the first of several; -1 where there is none."""
    places = np.full(max(ours.max(initial=-1), theirs.max(initial=-1)) + 1, -1, dtype=np.intp)
    places[theirs[::-1]] = np.arange(len(theirs))[::-1]
    return places[ours]
