"""The last steps of an import: the target, the split, the content hash, the facts."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lib.core.errors import DataError, UserError
from lib.datasets import classes, coding, join, leakage, splits, targets
from lib.datasets.accounting import account_motifs, consent
from lib.datasets.assembly import Rows
from lib.datasets.dataset import Dataset
from lib.datasets.draft import FEWEST_ROWS, Draft, ImportChoices, Understood
from lib.datasets.identity import hash_rows, identity, split_identity
from lib.datasets.joining import Joined, Mask, account
from lib.datasets.quality import noise_ceiling
from lib.datasets.targets import TargetResult
from lib.io.decisions import Decision, require
from lib.io.files import Source
from lib.io.layout import VALUE_OPTIONS
from lib.io.sandbox import run_reader
from lib.io.tables import read_table


def enough(usable: int, understood: Understood) -> None:
    """Check that enough rows remain.

    Raises
    ------
    DataError
        If there are fewer than ``FEWEST_ROWS``; it carries the faults of the files.
    """
    if usable < FEWEST_ROWS:
        table = understood.expression
        found = f"Usable rows: {usable} of {len(table) + len(table.rejected):,}"
        remedy = "Look at the rejected rows and correct them, or bring more data"
        raise DataError(f"{found}; at least {FEWEST_ROWS} are needed. {remedy}.", understood.problems)


def compute_target(joined: Joined, understood: Understood, choices: ImportChoices) -> tuple[Joined, TargetResult]:
    """Compute the target, and leave out rows for which it cannot be computed.

    Raises
    ------
    UserError
        If fewer than ``FEWEST_ROWS`` rows remain, a target is the same for every row, or labels differ in spelling
        alone and nobody has decided.
    """
    rows = joined.rows
    result, decisions = _compute(joined, choices)
    require(decisions)
    joined = replace(joined, rows=replace(joined.rows, decisions=(*joined.rows.decisions, *decisions)))
    usable: Mask = np.asarray(np.isfinite(result.values).all(axis=1), dtype=np.bool_)
    names = ", ".join(result.names[:3]) + (", ..." if len(result.names) > 3 else "")
    reason = f"the target {names} cannot be computed: a value is missing"
    if result.classes:
        reason = f"no label in the column {choices.target.column}"
    kept = joined.only(usable, join.list_excluded(rows.table.name, rows.lines[~usable], rows.ids[~usable], reason))
    if not usable.all():
        fits = result.fits.iloc[np.flatnonzero(usable)].reset_index(drop=True)
        result = replace(result, values=result.values[usable], fits=fits)
    enough(len(result.values), understood)
    for name, values in zip(result.names, result.values.T, strict=True):
        if not result.classes and values.min() == values.max():
            found = f"The target {name} is {values[0]:g} in all {len(values):,} rows"
            raise DataError(f"{found}; a model needs one that varies. Choose another target or other columns.")
    return kept, result


def _compute(joined: Joined, choices: ImportChoices) -> tuple[TargetResult, list[Decision]]:
    """Compute the target from the values, or from the cells of a column."""
    rows = joined.rows
    if not choices.target.reads_cells:
        counted = len(rows.columns) if rows.counts else 0
        return targets.compute(choices.target, rows.values, [*rows.columns, *rows.extra], counted=counted), []
    column = choices.target.column
    cells = _cells(joined, column, "predict")
    if choices.target.kind in targets.column_targets():
        return targets.column_targets()[choices.target.kind].read(cells, column), []
    labels = classes.read(pd.Series(cells))
    labels, decisions = classes.merge(labels, rows.table.name, column, choices.reading.labels)
    return classes.compute(labels, column, choices.target.positive), decisions


def build_draft(joined: Joined, result: TargetResult, understood: Understood, choices: ImportChoices) -> Draft:
    """Split, describe and hash."""
    from lib.datasets.neighbours import SequenceIndex  # compiled code

    rows = joined.rows
    names, texts = pa.array(rows.ids, type=pa.large_string()), joined.texts
    values = np.ascontiguousarray(rows.values[:, : len(rows.columns)])
    labels = classes.numbers(result.values) if result.classes else None
    index = SequenceIndex(texts)
    parts = splits.assign(
        choices.split,
        rows.ids,
        texts,
        _split_column(joined, choices),
        labels=labels,
        together=_groups(rows),
        numbers=index.numbers,
    )
    few = classes.check(classes.members(result.values, parts, result.classes)) if result.classes else []
    rejected, accounts = account(joined)
    decisions = (*relevant_decisions(understood, choices), *rows.decisions)
    consents = consent(accounts, rejected, given=choices.reading.excluded_ok)
    require(consents)
    if understood.rbp is not None:
        rejected = pd.concat([rejected, join.tabulate_rejected(understood.rbp.rejected)], ignore_index=True)
        accounts += (account_motifs(understood.sources["rbp"].name, understood.rbp),)
    report = replace(joined.report, rejected=len(rejected))
    columns = choices.columns or understood.columns
    facts: dict[str, Any] = {
        "join": asdict(report),
        "columns": {
            "id": columns.id,
            "sequence": rows.sequences.column,
            "values": [asdict(column) for column in rows.columns],
            "roles": [asdict(role) for role in columns.roles],
        },
        "reading": choices.reading.facts(),
        "decisions": [one.facts() for one in decisions],
        "accounts": [one.facts() for one in accounts],
        "normalisation": dict(joined.normalisation),
        "target": choices.target.facts(),
        "split": choices.split.facts(),
        "ambiguity": choices.ambiguity,
        "ceiling": _ceiling(joined, choices),
    }
    if understood.rbp is not None:
        facts["rbp"] = understood.rbp.facts()
    if choices.simulated:
        facts["truth"] = _truth(understood, choices, set(rows.ids))
    with ThreadPoolExecutor(2) as beside:  # none of these holds the lock of the interpreter for long
        split_id = beside.submit(split_identity, names, parts)
        hashed = beside.submit(hash_rows, (names, texts, parts), (result.values, values))
        files = {kind: beside.submit(item.sha256) for kind, item in understood.sources.items()}
        facts["leakage"] = leakage.measure(index, parts, labels)
    facts["files"] = {
        kind: {"name": item.name, "sha256": files[kind].result()} for kind, item in understood.sources.items()
    }
    del index
    sequences = texts.to_numpy(zero_copy_only=False)
    del texts  # as large as all sequences
    hours = [column.hours for column in rows.columns if column.hours is not None]
    dataset = Dataset(
        id="",
        split_id=split_id.result(),
        name=choices.name.strip() or Path(understood.expression.name).stem,
        ids=cast(NDArray[np.str_], rows.ids),  # Python strings: one long sequence must not widen all
        sequences=cast(NDArray[np.str_], sequences),
        targets=result.values,
        target_names=result.names,
        target_units=result.units,
        values=values,
        times=tuple(hours) if len(hours) == len(rows.columns) else (),
        value_names=tuple(column.name for column in rows.columns),
        parts=parts,
        task=result.task,
        classes=result.classes,
        fits=result.fits,
        rbp=None if understood.rbp is None or not len(understood.rbp.frame) else understood.rbp.frame,
        rbp_collection=None if understood.rbp is None else understood.rbp.collection,
        pwms={} if understood.rbp is None else understood.rbp.pwms,
        simulated=choices.simulated,
        facts=facts,
    )
    counts = joined.raw[:, : len(rows.columns)] if rows.counts else None
    notes = (
        *understood.notes,
        *_notes(joined),
        leakage.summarise(facts["leakage"]),
        *few,
        *coding.summarise(sequences),
    )
    draft = Draft(replace(dataset, id=identity(dataset, hashed.result())), report, rejected, notes, counts)
    return replace(draft, decisions=(*decisions, *consents), accounts=accounts)


def relevant_decisions(understood: Understood, choices: ImportChoices) -> tuple[Decision, ...]:
    """Give what was decided about the files, as the choices changed it; what no target needed stays out."""
    chosen = choices.columns or understood.columns
    found = [one for one in understood.decisions if one.option not in VALUE_OPTIONS]
    found += [one for one in chosen.decisions if one.option in VALUE_OPTIONS]
    return tuple(one for one in found if not one.is_open)


def _groups(rows: Rows) -> NDArray[np.intp] | None:
    """Number the IDs of the file, so that rows of one ID stay in one part; None where each has one row."""
    if len(rows.keys) == len(rows.ids) and (rows.keys == rows.ids).all():
        return None
    return np.asarray(pd.factorize(pd.Series(rows.keys, dtype="str"))[0], dtype=np.intp)


def _ceiling(joined: Joined, choices: ImportChoices) -> dict[str, Any] | None:
    rows = joined.rows
    if choices.target.reads_cells:
        return None
    counts = joined.raw if rows.counts and not rows.extra else None
    columns = [*rows.columns, *rows.extra]
    found = noise_ceiling(choices.target, rows.values, columns, counts, pseudo_count=choices.pseudo_count)
    return None if found is None else asdict(found)


def _notes(joined: Joined) -> list[str]:
    if not joined.rows.columns:
        return []
    method, count = joined.normalisation["method"], joined.report.spike_ins
    spikes = f"{count} spike-in{'s' * (count != 1)}"
    how = {
        "spike-in": f"Counts were normalised by {spikes}.",
        "library size": "Counts were normalised by library size, as there are no spike-ins.",
        "as given": "Values were taken as logarithms, as given." + (f" {spikes} were set apart." if count else ""),
    }
    return [how[method]]


def _split_column(joined: Joined, choices: ImportChoices) -> list[str] | None:
    return _cells(joined, choices.split.column, "split by") if choices.split.kind == "column" else None


def _cells(joined: Joined, name: str, purpose: str) -> list[str]:
    """Find the cells of a column (N,) in the expression table, else in the table of the sequences."""
    table, other = joined.rows.table, joined.rows.sequences.table
    if name in table.frame.columns:
        return list(table.text(name).to_numpy(dtype=object)[joined.rows.places])
    if other is not None and name in other.frame.columns:
        lines = joined.rows.sequences.lines[joined.at]
        return list(other.text(name).to_numpy(dtype=object)[np.searchsorted(other.lines, lines)])
    known = dict.fromkeys([*table.frame.columns, *(other.frame.columns if other is not None else [])])
    raise UserError(f"There is no column {name!r} to {purpose}; choose one of {', '.join(map(str, known))}.")


def _truth(understood: Understood, choices: ImportChoices, ids: set[str]) -> list[list[Any]]:
    """Read what was planted in simulated sequences (id, motif, start, end, effect), for the rows of the dataset."""
    source, beside = choices.truth, understood.sources["expression"].data
    if source is None and isinstance(beside, Path) and (beside.parent / "truth.tsv").is_file():
        source = Source("truth.tsv", beside.parent / "truth.tsv")
    return read_planted(source, ids)


def read_planted(source: Source | None, ids: set[str]) -> list[list[Any]]:
    """Read a table of planted motifs (id, motif, start, end, effect) for some ids; none without a table."""
    if source is None:
        return []
    frame = run_reader(read_table, source).frame[["id", "motif", "start", "end", "effect"]]
    return [
        [name, motif, int(start), int(end), float(effect)]
        for name, motif, start, end, effect in frame.itertuples(index=False, name=None)
        if name in ids
    ]
