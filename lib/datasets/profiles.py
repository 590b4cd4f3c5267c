"""From windows with counts at each base to a dataset of the task ``profile``: the one way that every import takes.

The target of a track is log(1 + its total counts) of a window, natural logarithm. A track with a column for all of its
reads takes that one; else its counts are the sum of its replicates.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.errors import DataError, Problem, UserError
from lib.datasets import drafting, join, leakage, replicates, splits
from lib.datasets.accounting import FileAccount, consent
from lib.datasets.dataset import Dataset
from lib.datasets.draft import FEWEST_ROWS, SHOWN_PROBLEMS, Draft
from lib.datasets.identity import identity, split_identity
from lib.datasets.join import JoinReport
from lib.datasets.splits import SplitChoice
from lib.io.decisions import require
from lib.io.files import Rejected, Source
from lib.io.genome import Genome
from lib.io.sequences import Ambiguity
from lib.io.windows import PLACES, ProfileColumn, Windows, overlapping

TASK = "profile"
UNIT = "log counts"


@dataclass(frozen=True)
class ProfileChoices:
    """What the user chose for an import of profiles.

    Parameters
    ----------
    name
        What the dataset is called.
    columns
        The columns that are used, each with its track and replicate; None takes the guess.
    ambiguity
        ``keep`` IUPAC codes other than A C G T as N, or ``reject`` such windows.
    split
        How to split; windows that overlap never straddle parts in ``random`` and ``homology``.
    least
        Windows with fewer counts over all tracks are left out; at least 1.
    simulated
        Whether the data are made up; every screen says so.
    truth
        For simulated data: a table id, motif, start, end, effect of what was planted.
    excluded_ok
        Whether more than a fifth of the windows may be excluded.
    """

    name: str
    columns: tuple[ProfileColumn, ...] | None = None
    ambiguity: Ambiguity = "keep"
    split: SplitChoice = field(default_factory=SplitChoice)
    least: int = 1
    simulated: bool = False
    truth: Source | None = None
    excluded_ok: bool = False


def target_name(track: str, tracks: Sequence[str]) -> str:
    """Name the target of a track: its total counts, with its name where there are several."""
    return "log(1 + counts)" if len(tracks) == 1 else f"log(1 + counts), {track}"


def window_positions(dataset: Dataset) -> pd.DataFrame | None:
    """Give where N windows lie: ``chrom``, ``start``, ``end`` (half-open from 0), ``strand``; None where unknown."""
    known = set(PLACES) <= set(dataset.fits.columns)
    return dataset.fits[list(PLACES)] if known and dataset.task == TASK else None


def build(windows: Windows, choices: ProfileChoices) -> Draft:
    """Choose the usable windows, add up replicates, compute the targets and split; nothing is written.

    Raises
    ------
    Undecided
        If a file can be read in two ways and nobody said which, or more than a fifth of the windows are excluded and
        nobody said that they may.
    UserError
        If too few windows remain, a track has no counts, columns are mapped twice, or the split cannot be made.
    """
    require(windows.decisions)
    columns = _columns(windows, choices)
    tracks = tuple(dict.fromkeys(column.track for column in columns))
    problems = _problems(windows, columns, choices)
    usable = ~np.isin(windows.lines, [fault.line for fault in problems if fault.line is not None])
    once = join.unique(
        windows.name, windows.ids[usable], windows.lines[usable], lambda at: _same(windows, columns, usable, at)
    )
    kept = np.flatnonzero(usable)[once.kept]
    whole = replicates.whole(windows, columns, tracks, kept)
    totals = whole.sum(axis=2, dtype=np.float64)
    silent = totals.sum(axis=1) < choices.least
    what = "no counts" if choices.least <= 1 else f"fewer than {choices.least:,} counts"
    left_out = [
        join.tabulate_rejected([*windows.rejected, *problems]),
        once.left_out,
        join.list_excluded(
            windows.name, windows.lines[kept[silent]], windows.ids[kept[silent]], f"{what} in the window"
        ),
    ]
    kept, whole, totals = kept[~silent], whole[~silent], totals[~silent]
    _enough(windows, len(kept), windows.problems(columns, most=SHOWN_PROBLEMS), tracks, totals)
    rejected = pd.concat([frame for frame in left_out if len(frame)] or left_out[:1], ignore_index=True)
    account = FileAccount(windows.name, rows=windows.rows, used=len(kept), set_aside=0, excluded=len(rejected))
    account.check()
    decisions = (*windows.decisions, *consent([account], rejected, given=choices.excluded_ok))
    require(decisions)
    report = JoinReport(
        expression_rows=windows.rows,
        sequence_rows=windows.rows,
        matched=len(kept),
        only_expression=0,
        only_sequences=0,
        identical_duplicates=once.identical,
        conflicting_duplicates=once.conflicting,
        spike_ins=0,
        rejected=len(rejected),
    )
    each, said = replicates.each(windows, columns, tracks, kept)
    ids, sequences, where = windows.ids[kept], windows.sequences[kept], windows.places.iloc[kept].reset_index(drop=True)
    together = overlapping(where) if len(where.columns) else None
    values = _split_column(windows, choices, kept)
    split = _name_chromosomes(choices.split, values)
    parts = splits.assign(split, ids, sequences, values, together=together)
    facts: dict[str, Any] = {
        "join": asdict(report),
        "files": {kind: {"name": item.name, "sha256": item.sha256()} for kind, item in windows.sources.items()},
        "columns": {"values": [asdict(column) for column in columns]},
        "normalisation": {"counts": True, "method": "as given"},
        "target": {"kind": TASK, "tracks": list(tracks), "least": choices.least},
        "split": split.facts(),
        "ambiguity": choices.ambiguity,
        "windows": {**windows.facts, "length": windows.length, "overlapping": _straddling(together)},
        "ceiling": None,
        "decisions": [decision.facts() for decision in decisions],
        "accounts": [account.facts()],
    }
    facts["leakage"] = leakage.measure(sequences, parts)
    if choices.simulated:
        facts["truth"] = drafting.read_planted(choices.truth, set(ids))
    dataset = Dataset(
        id="",
        split_id=split_identity(ids, parts),
        name=choices.name.strip() or Path(windows.name).stem,
        ids=cast(NDArray[np.str_], ids),
        sequences=cast(NDArray[np.str_], sequences),
        targets=np.log1p(totals),
        target_names=tuple(target_name(track, tracks) for track in tracks),
        target_units=(UNIT,) * len(tracks),
        values=np.empty((len(ids), 0)),
        times=(),
        value_names=(),
        parts=parts,
        task=TASK,
        tracks=tracks,
        profiles=whole,
        replicates=each,
        fits=where,
        simulated=choices.simulated,
        facts=facts,
    )
    sums, close = replicates.sums(windows, columns, tracks, kept), leakage.summarise(facts["leakage"])
    notes = (*windows.notes, *sums, *said, *_overlaps(together, choices), close)
    return Draft(replace(dataset, id=identity(dataset)), report, rejected, notes, None, decisions, (account,))


def _columns(windows: Windows, choices: ProfileChoices) -> tuple[ProfileColumn, ...]:
    columns = windows.columns if choices.columns is None else choices.columns
    if not columns:
        raise UserError("No column of counts is chosen; choose at least one and name its track.")
    missing = [column.name for column in columns if column.name not in windows.counts]
    if missing:
        raise UserError(f"There are no counts {', '.join(missing)}; choose of {', '.join(windows.counts)}.")
    if unnamed := [column.name for column in columns if not column.track.strip()]:
        raise UserError(f"The column {unnamed[0]} has no track; name one.")
    seen: dict[tuple[str, str], str] = {}
    for column in columns:
        other = seen.setdefault((column.track, column.replicate), column.name)
        if other != column.name:
            what = f"replicate {column.replicate}" if column.replicate else "all reads"
            raise UserError(
                f"{other} and {column.name} are both {what} of the track {column.track}; give them different "
                "replicates or tracks, or leave one out."
            )
    return columns


def _problems(windows: Windows, columns: tuple[ProfileColumn, ...], choices: ProfileChoices) -> list[Rejected]:
    problems = windows.faulty(columns)
    if choices.ambiguity == "reject":
        found, needed = "IUPAC codes other than A C G T", "A C G T or U only, or the choice to keep them as N"
        problems += [
            Rejected(windows.name, int(windows.lines[row]), str(windows.ids[row]), "sequence", found, needed)
            for row in np.flatnonzero(windows.ambiguous)
        ]
    return problems


def _same(
    windows: Windows, columns: tuple[ProfileColumn, ...], usable: NDArray[np.bool_], at: NDArray[np.intp]
) -> bool:
    rows = np.flatnonzero(usable)[at]
    counts = (windows.counts[column.name][rows] for column in columns)
    return len(set(windows.sequences[rows])) == 1 and all(bool((values == values[0]).all()) for values in counts)


def _enough(
    windows: Windows, kept: int, problems: list[Problem], tracks: tuple[str, ...], totals: NDArray[np.float64]
) -> None:
    if kept < FEWEST_ROWS:
        found = f"Usable windows: {kept} of {windows.rows:,}"
        remedy = "Look at the rejected rows and correct them, or bring more data"
        raise DataError(f"{found}; at least {FEWEST_ROWS} are needed. {remedy}.", problems)
    empty = [track for track, total in zip(tracks, totals.sum(axis=0), strict=True) if not total]
    if empty:
        raise DataError(
            f"The track {empty[0]} has no counts in any window; leave it out, or bring other counts.", problems
        )


def _straddling(together: NDArray[np.intp] | None) -> int | None:
    """Count the windows that overlap another one, None where nobody knows."""
    if together is None:
        return None
    sizes = np.bincount(together)
    return int(sizes[sizes > 1].sum())


def _overlaps(together: NDArray[np.intp] | None, choices: ProfileChoices) -> list[str]:
    count = _straddling(together)
    if count is None:
        if choices.split.kind != "random" or choices.simulated:
            return []
        return [
            "The table does not say where the windows lie, so overlapping ones may straddle train and test; split by "
            "similarity, or add columns chrom, start and end."
        ]
    stay = "" if choices.split.kind == "column" else "; these stay in one part together"
    return [f"{count:,} windows overlap another one{stay}."] if count else []


def _name_chromosomes(choice: SplitChoice, values: list[str] | None) -> SplitChoice:
    """Name chromosomes for parts as the data do: XV may be chrXV there, or 15."""
    if values is None:
        return choice
    known = Genome.from_names(choice.column, dict.fromkeys(values))
    validation, test = (
        tuple(known.find(value) or value for value in part) for part in (choice.validation, choice.test)
    )
    return replace(choice, validation=validation, test=test)


def _split_column(windows: Windows, choices: ProfileChoices, rows: NDArray[np.intp]) -> list[str] | None:
    """Find the column to split by among the places, else in the table."""
    name, table = choices.split.column, windows.table
    if choices.split.kind != "column":
        return None
    if name in windows.places.columns:
        return [str(cell) for cell in windows.places[name].iloc[rows]]
    if table is not None and name in table.frame.columns:
        cells = table.text(name).to_numpy(dtype=object)
        return [str(cell) for cell in cells[np.searchsorted(table.lines, windows.lines[rows])]]
    known = dict.fromkeys([*windows.places.columns, *(table.frame.columns if table is not None else [])])
    raise UserError(f"There is no column {name!r} to split by; choose one of {', '.join(map(str, known)) or 'none'}.")
