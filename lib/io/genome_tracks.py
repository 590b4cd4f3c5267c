"""Values and regions of windows on their way to a genome browser: bigWig, bedGraph and BED.

Windows are read in the orientation of their sequences: the first value of a window on the minus strand belongs to its
last base in the genome. Values of different strands never share a file. Where windows of one strand overlap, a base has
the mean of them. Coordinates are half-open and counted from 0.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pybigtools  # type: ignore[import-untyped]
from numpy.typing import NDArray

from lib.core.errors import UserError

BIGWIG, BEDGRAPH = "bigwig", "bedgraph"
ENDINGS: Mapping[str, str] = {BIGWIG: ".bw", BEDGRAPH: ".bedgraph"}
STRANDS: Mapping[str, str] = {"+": ".plus", "-": ".minus", "": ""}
"""What is added to the name of a file for each strand."""
Values = Sequence[NDArray[np.float32]]


class Run(NamedTuple):
    """Bases of a chromosome that follow one another and have the same value."""

    chrom: str
    start: int
    end: int
    value: float


def require_places(places: pd.DataFrame | None) -> pd.DataFrame:
    """Give where windows lie.

    Raises
    ------
    UserError
        If nobody knows.
    """
    if places is None:
        raise UserError(
            "These sequences have no coordinates, so they cannot be shown along a genome. Write a table (TSV) instead, "
            "or import windows with chrom, start, end and strand."
        )
    return places


def write_tracks(
    places: pd.DataFrame | None, values: Values, name: str, form: str, *, sizes: Mapping[str, int] | None = None
) -> dict[str, bytes]:
    """Write one number per base of N windows as files by their names, one for each strand that there is.

    Parameters
    ----------
    places
        N rows ``chrom``, ``start``, ``end`` and ``strand``; None where nobody knows.
    values
        N arrays, (L,) each, in the orientation of the sequences; NaN where there is none.
    name
        Begins the names of the files, and is that of the track in a bedGraph.
    form
        ``bigwig`` or ``bedgraph``.
    sizes
        Lengths of the chromosomes for bigWig; where one is not named, the end of its last window.

    Raises
    ------
    UserError
        If nobody knows where the windows lie, or one lies behind the end of its chromosome.
    """
    places = require_places(places)
    strands = places["strand"].where(places["strand"].isin(["+", "-"]), "").to_numpy()
    files = {}
    for strand, ending in STRANDS.items():
        rows = np.flatnonzero(strands == strand)
        if not len(rows):
            continue
        part = places.iloc[rows]
        runs = _find_runs(part, [values[row] for row in rows.tolist()], reverse=strand == "-")
        if form == BIGWIG:
            content = _write_bigwig(runs, _find_sizes(part, sizes or {}))
        else:
            content = _write_bedgraph(runs, f"{name}{ending}")
        files[f"{name}{ending}{ENDINGS[form]}"] = content
    return files


def write_regions(places: pd.DataFrame | None, regions: pd.DataFrame, *, remarks: Sequence[str] = ()) -> bytes:
    """Write regions within windows as BED: name, score, strand, and the other columns behind them.

    Parameters
    ----------
    places
        N rows ``chrom``, ``start``, ``end`` and ``strand``; None where nobody knows.
    regions
        ``row`` of the window, ``start``, ``end`` and ``strand`` within it, ``name``, ``score`` (0 to 1000); what else
        there is stands in columns of its own. Of the same region with the same name from overlapping windows the first
        row is kept.
    remarks
        Lines of text above the columns.

    Raises
    ------
    UserError
        If nobody knows where the windows lie.
    """
    where = require_places(places).iloc[regions["row"].to_numpy()].reset_index(drop=True)
    regions = regions.reset_index(drop=True)
    minus = (where["strand"] == "-").to_numpy()
    start = np.where(minus, where["end"] - regions["end"], where["start"] + regions["start"])
    table = pd.DataFrame(
        {
            "#chrom": where["chrom"],
            "start": start,
            "end": start + regions["end"] - regions["start"],
            "name": regions["name"],
            "score": regions["score"],
            "strand": np.where(minus == (regions["strand"] == "-"), "+", "-"),
        }
    ).assign(**regions.drop(columns=["row", "start", "end", "strand", "name", "score"]))
    once = table.drop_duplicates(["#chrom", "start", "end", "strand", "name"])
    ordered = once.sort_values(["#chrom", "start", "end"], kind="stable")
    said = "".join(f"# {remark}\n" for remark in remarks)
    return (said + ordered.to_csv(sep="\t", index=False, lineterminator="\n", float_format="%.6g")).encode("utf-8")


def _find_runs(places: pd.DataFrame, values: Values, *, reverse: bool) -> list[Run]:
    """Average windows at each base, and put equal neighbours together; by chromosome and start."""
    found = []
    chroms = places["chrom"].astype(str).to_numpy()
    starts = places["start"].to_numpy(dtype=np.int64)
    for chrom in np.unique(chroms):
        rows = np.flatnonzero(chroms == chrom).tolist()
        positions = np.concatenate([starts[row] + np.arange(len(values[row])) for row in rows])
        numbers = np.concatenate([values[row][::-1] if reverse else values[row] for row in rows]).astype(np.float64)
        known = ~np.isnan(numbers)
        base, at = np.unique(positions[known], return_inverse=True)
        mean = (np.bincount(at, numbers[known]) / np.bincount(at)).astype(np.float32)
        found += [Run(str(chrom), *run) for run in _merge(base, mean)]
    return found


def _merge(base: NDArray[np.int64], value: NDArray[np.float32]) -> Iterator[tuple[int, int, float]]:
    if not len(base):
        return
    breaks = np.flatnonzero((np.diff(base) != 1) | (np.diff(value) != 0)) + 1
    firsts = np.append(0, breaks)
    lasts = np.append(breaks, len(base)) - 1
    yield from zip(base[firsts].tolist(), (base[lasts] + 1).tolist(), value[firsts].tolist(), strict=True)


def _find_sizes(places: pd.DataFrame, known: Mapping[str, int]) -> dict[str, int]:
    sizes = {}
    for chrom, end in places.groupby(places["chrom"].astype(str))["end"].max().items():
        sizes[str(chrom)] = int(known.get(str(chrom), end))
        if end > sizes[str(chrom)]:
            raise UserError(
                f"A window ends at {int(end):,}, behind the end of {chrom} ({sizes[str(chrom)]:,} nt). Give the sizes "
                "of the chromosomes of the genome that the windows were cut from."
            )
    return sizes


def _write_bigwig(runs: Sequence[Run], sizes: Mapping[str, int]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="bigwig-") as folder:
        path = Path(folder) / "track.bw"
        pybigtools.open(str(path), "w").write(dict(sizes), iter(map(tuple, runs)))
        return path.read_bytes()


def _write_bedgraph(runs: Sequence[Run], name: str) -> bytes:
    quoted = name.replace('"', "'")
    lines = [f'track type=bedGraph name="{quoted}"', *(f"{r.chrom}\t{r.start}\t{r.end}\t{r.value:.7g}" for r in runs)]
    return "\n".join([*lines, ""]).encode("utf-8")
