"""The second step of an import: each ID once, joined with its sequence, on the log2 scale."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lib.core.arrays import FloatArray, as_arrow
from lib.core.errors import DataError, UserError
from lib.datasets import join, repeats
from lib.datasets.accounting import FileAccount
from lib.datasets.assembly import Rows
from lib.datasets.draft import ImportChoices
from lib.datasets.ids import EXACT, Match, match_ids, offer_columns
from lib.datasets.repeats import Resolved
from lib.datasets.scale import difference_of_conditions, normalise
from lib.io.decisions import Decision, require
from lib.io.id_rules import Keys
from lib.io.sequences import Sequences

Ids = NDArray[np.object_]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Joined:
    """Rows that have values and a sequence.

    Parameters
    ----------
    rows
        The rows, their values on the log2 scale.
    at
        (N,) place of each row's sequence in ``rows.sequences``.
    raw
        (N, C + E) the values as they stand in the file.
    report
        How many rows went where.
    normalisation
        What was done to the values, as JSON facts.
    spare_sequences
        Sequences of spike-ins, which are neither used nor excluded.
    found
        (M,) all sequences that had a row before rows without a target were excluded.
    """

    rows: Rows
    at: NDArray[np.intp]
    raw: FloatArray
    report: join.JoinReport
    normalisation: Mapping[str, Any]
    spare_sequences: int = 0
    found: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    @property
    def texts(self) -> pa.LargeStringArray:
        """Sequence of each row."""
        return self.rows.sequences.texts.take(pa.array(self.at))

    def only(self, kept: Mask, left_out: pd.DataFrame) -> "Joined":
        """Keep some rows, and remember what was left out."""
        rows = self.rows.only(kept, left_out)
        return (
            replace(self, rows=rows) if kept.all() else replace(self, rows=rows, at=self.at[kept], raw=self.raw[kept])
        )


def join_rows(rows: Rows, choices: ImportChoices) -> Joined:
    """Keep each ID once, set spike-ins apart, find each row's sequence and normalise.

    Raises
    ------
    Undecided
        If rows share an ID, or the IDs of the files match by a rule, and the choices do not say what is right.
    DataError
        If the files share no IDs.
    """
    table, sequences = rows.table, rows.sequences
    together = sequences.table is table
    if together:
        rows = rows.only(np.isin(rows.lines, sequences.lines))
    match = numbers = theirs = None
    if not together:
        match, numbers = _match(rows, choices)
        theirs = _unique_sequences(sequences, match.theirs, numbers.theirs)
    rows, ours = _one_row_per_id(rows, choices, numbers, open_already=match.decision if match else None)
    spikes = _is_spike(rows.ids, choices.spike_prefix)
    spiked = rows.values[spikes][:, : len(rows.columns)]
    rows = replace(rows.only(~spikes), set_aside=rows.set_aside + int(spikes.sum()))
    values, normalisation = normalise(rows, spiked, choices)
    if theirs is None or numbers is None:
        matched, at = np.ones(len(rows.ids), dtype=np.bool_), np.searchsorted(sequences.lines, rows.lines)
    else:
        matched, at = _match_rows(rows, theirs, numbers)
    raw = rows.values if matched.all() else rows.values[matched]
    rows = replace(rows, values=values)
    alone: tuple[pd.DataFrame, ...] = ()
    spare = 0
    if theirs is not None:
        their_spikes = _is_spike(sequences.ids, choices.spike_prefix)
        alone = _alone(rows, matched, at, theirs.kept & ~their_spikes, theirs.left_out)
        spare = int((theirs.kept & their_spikes).sum())
    report = join.JoinReport(
        expression_rows=len(table) + len(table.rejected),
        sequence_rows=len(table) + len(table.rejected) if together else len(sequences) + len(sequences.rejected),
        matched=int(matched.sum()),
        only_expression=len(alone[0]) if alone else 0,
        only_sequences=len(alone[1]) if alone else 0,
        identical_duplicates=ours.identical + (theirs.identical if theirs else 0),
        conflicting_duplicates=ours.conflicting + (theirs.conflicting if theirs else 0),
        spike_ins=int(spikes.sum()),
        rejected=0,
    )
    if match is not None and match.decision is not None:
        rows = replace(rows, decisions=(*rows.decisions, match.decision))
    duplicates = (theirs.left_out,) if theirs else ()
    rows = rows.only(matched, *duplicates, *alone)
    rows, raw = difference_of_conditions(rows, raw)
    return Joined(rows, at, raw, report, normalisation, spare, at)


def _one_row_per_id(
    rows: Rows, choices: ImportChoices, numbers: "_Numbers | None", *, open_already: Decision | None
) -> tuple[Rows, Resolved]:
    """Resolve rows that share an ID, as the user decided.

    Raises
    ------
    Undecided
        If nobody decided; also says the decision that is open already.
    """
    table, sequences, values = rows.table, rows.sequences, rows.values
    together = sequences.table is table
    places = np.searchsorted(sequences.lines, rows.lines) if together else np.zeros(0, dtype=np.intp)
    by_class = choices.target.reads_cells and choices.target.column in table.frame.columns
    labels = rows.cells(choices.target.column) if by_class else None

    def same(at: NDArray[np.intp]) -> bool:
        alike = _same(values[at]) and (not together or len(set(sequences.sequences[places[at]])) == 1)
        return alike and (labels is None or len(set(labels[at])) == 1)

    numbered = join.number(rows.ids)[0] if numbers is None else numbers.ids[rows.places]
    conflicts = join.find_conflicts(rows.ids, same, numbered)[2]
    used = [*(column.name for column in (*rows.columns, *rows.extra)), sequences.column, sequences.id_column]
    decision = repeats.decide(table, rows.lines, rows.ids, conflicts, choices.reading.repeated_ids, rows.cells, used)
    require([one for one in (open_already, decision) if one is not None])
    how = choices.reading.repeated_ids if decision is not None else None
    if how == "average" and together:
        texts = sequences.sequences[places]
        differ = next((name for name, at in conflicts.items() if len(set(texts[at])) > 1), None)
        if differ is not None:
            raise UserError(
                f"The rows of {differ} have different sequences in {table.name}, so they cannot be averaged; "
                "number them (--repeated-ids number), or correct the table."
            )
    done = repeats.resolve(
        table.name, rows.lines, rows.ids, values, how=how, same=same, cells=rows.cells, numbers=numbered
    )
    kept = np.zeros(len(rows.ids), dtype=np.bool_)
    kept[done.rows] = True
    rows = replace(rows.only(kept, done.excluded), merged=done.merged)
    return replace(
        rows,
        ids=done.ids,
        values=done.values,
        unneeded=rows.unneeded + done.unneeded,
        identical=done.identical,
        decisions=(*rows.decisions, *((decision,) if decision is not None else ())),
    ), done


@dataclass(frozen=True)
class _Numbers:
    """Numbers of IDs, equal ones alike.

    Parameters
    ----------
    ids, ours
        (R,) by row of the table: of the IDs as they stand, and of what is compared with ``theirs``.
    theirs
        (M,) of the sequences.
    """

    ids: NDArray[np.intp]
    ours: NDArray[np.intp]
    theirs: NDArray[np.intp]


def _match(rows: Rows, choices: ImportChoices) -> tuple[Match, _Numbers]:
    """Find the rule by which the IDs of the two files go together."""
    sequences = rows.sequences
    real = ~_is_spike(rows.keys, choices.spike_prefix)
    theirs = Keys(sequences.name, sequences.ids, sequences.descriptions)
    ids, others = join.number(rows.keys, theirs.ids)
    ours = Keys(rows.table.name, rows.keys[real], np.zeros(0, dtype=object))
    try:
        match = match_ids(ours, theirs, choices.reading.match_ids, (ids[real], others))
    except DataError:
        require(offer_columns(rows.table.name, {str(name): rows.cells(str(name)) for name in rows.table.frame}, theirs))
        raise
    compared = ids
    if match.rule != EXACT:
        compared, others = join.number(match.compare(rows.keys), match.theirs)
    by_row = np.full((2, len(rows.table)), -1, dtype=np.intp)
    by_row[:, rows.places] = ids, compared
    return match, _Numbers(by_row[0], by_row[1], others)


def _same(values: FloatArray) -> bool:
    return bool(((values == values[0]) | (np.isnan(values) & np.isnan(values[0]))).all())


def _is_spike(ids: Ids, prefix: str) -> Mask:
    if not prefix:
        return np.zeros(len(ids), dtype=np.bool_)
    return np.asarray(pc.starts_with(as_arrow(ids), prefix).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _unique_sequences(sequences: Sequences, ids: Ids, numbers: NDArray[np.intp]) -> join.Unique:
    return join.unique(sequences.name, ids, sequences.lines, lambda at: len(set(sequences.sequences[at])) == 1, numbers)


def _match_rows(rows: Rows, theirs: join.Unique, numbers: _Numbers) -> tuple[Mask, NDArray[np.intp]]:
    """Find which rows have a sequence, and where it is."""
    kept = np.flatnonzero(theirs.kept)
    found = join.match(numbers.ours[rows.places], numbers.theirs[kept])
    return found >= 0, kept[found[found >= 0]]


def _alone(
    rows: Rows, matched: Mask, at: NDArray[np.intp], theirs: Mask, their_left_out: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List sound rows of either file without a partner; a partner that was itself left out is named."""
    sequences = rows.sequences
    spare = theirs.copy()
    spare[at] = False
    gone = pd.concat([*rows.left_out, their_left_out], ignore_index=True)
    lonely = join.list_lone(rows.table.name, rows.lines[~matched], rows.ids[~matched], "sequence", sequences.name, gone)
    unused = join.list_lone(
        sequences.name, sequences.lines[spare], sequences.ids[spare], "values", rows.table.name, gone
    )
    return lonely, unused


def account(joined: Joined) -> tuple[pd.DataFrame, tuple[FileAccount, ...]]:
    """List the excluded rows, and account for every row of the files: in = used + set aside + excluded."""
    rows, report = joined.rows, joined.report
    table, sequences = rows.table, rows.sequences
    rejected = pd.concat(rows.left_out, ignore_index=True) if rows.left_out else join.tabulate_rejected([])
    lost = rows.merged[~rows.merged["kept"].isin(rows.lines)] if len(rows.merged) else rows.merged
    if len(lost):
        reason = [f"averaged with line {line}, which was excluded" for line in lost["kept"]]
        more = join.list_excluded(table.name, lost["line"].to_numpy(), lost["id"].to_numpy(), reason)
        rejected = pd.concat([rejected, more], ignore_index=True)
    taken = np.zeros(len(sequences), dtype=np.bool_)
    taken[joined.at] = True
    found_once = np.zeros(len(sequences), dtype=np.bool_)
    found_once[joined.found] = sequences.table is not table
    gone, sequences_used = np.flatnonzero(found_once & ~taken), int(taken.sum())
    if len(gone):
        reasons = f"its values in {table.name} could not be used"
        more = join.list_excluded(sequences.name, sequences.lines[gone], sequences.ids[gone], reasons)
        rejected = pd.concat([rejected, more], ignore_index=True)
    used = len(rows.ids) + len(rows.merged) - len(lost)
    if sequences.table is table or sequences.name == table.name:
        both = sequences.table is not table
        used += sequences_used if both else 0
        found = [
            FileAccount(
                table.name,
                report.expression_rows + (report.sequence_rows if both else 0),
                used,
                rows.set_aside + (joined.spare_sequences if both else 0),
                len(rejected),
                rows.unneeded + (report.only_sequences if both else 0),
            )
        ]
    else:
        by_file = rejected["file"].value_counts()
        mine, theirs = (int(by_file.get(name, 0)) for name in (table.name, sequences.name))
        repeated = report.identical_duplicates - rows.identical
        found = [
            FileAccount(table.name, report.expression_rows, used, rows.set_aside, mine, rows.unneeded),
            FileAccount(
                sequences.name,
                report.sequence_rows,
                sequences_used,
                joined.spare_sequences,
                theirs,
                report.only_sequences + repeated,
            ),
        ]
    for one in found:
        one.check()
    return rejected, tuple(found)
