"""RBP tables: which motifs RNA-binding proteins like, as motifs with a binding score each, or as PWMs."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import to_dna
from lib.core.arrays import FloatArray
from lib.core.errors import DataError, UserError
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading
from lib.io.file_format import sequence_format_of
from lib.io.files import Rejected, Source, fault, open_content
from lib.io.motif_formats import format_of
from lib.io.numbers import Marks, inspect_numbers, numbers
from lib.io.rbp_columns import MOTIF, guess_layout, is_p_value, turn, without_stars
from lib.io.rbp_protein import ALL, NO_SCORE, Scores, choose_scores, is_long
from lib.io.rbp_pwms import read_archive, read_pwms
from lib.io.rbp_table import RbpTable
from lib.io.table import Table
from lib.io.tables import table_of

__all__ = ["RbpTable", "read_rbp"]

Mask = NDArray[np.bool_]
_ONLY_N = re.compile(r"[Nn]+")
_EMPTY = "an empty cell"
_MOST_EXCLUDED, _SHOWN = 0.2, 3
_NEEDED_MOTIF = "a motif in letters of RNA, DNA or IUPAC, not N alone"


def read_rbp(source: Source, columns: tuple[str, str] | None = None, reading: Reading = DEFAULT) -> RbpTable:
    """Read an RBP table (any column names, RNA or DNA, IUPAC, any motif length) or a file of PWMs.

    A motif that stands in several rows gets the mean of their scores. Motifs without any column of scores get 1. A
    table of many proteins is a collection: ``reading.rbp_column`` chooses one of them, or all.

    Parameters
    ----------
    source
        The file.
    columns
        Names of the column of motifs and of the column of scores (empty: every motif counts 1); found where None.
    reading
        What the user said about how files are read.

    Raises
    ------
    DataError
        If there is no column of motifs, or matrices or all rows are malformed; every fault is listed.
    UserError
        If a chosen column or protein does not exist.
    """
    several = read_archive(source, reading)
    if several is not None:
        return several
    name, content = source.name, open_content(source, reading)
    if content.is_text:
        kind = format_of(content.data)
        if kind is not None:
            return read_pwms(name, content, kind)
        sequences = sequence_format_of(name, content.data)
        if sequences is not None:
            needed = "a table of motifs with a binding score each, or PWMs"
            message = f"{name} is {sequences.label} and holds sequences; the place of RBP motifs takes {needed}."
            raise fault(name, message, sequences.label, needed)
    table, reading = table_of(name, content), content.reading
    if columns is None:
        table, chosen = _layout(table, reading)
    else:
        chosen = _take_columns(table, columns, reading)
    return _read(table, chosen, reading)


def _take_columns(table: Table, columns: tuple[str, str], reading: Reading) -> Scores:
    """Take the columns that were named; of a long table ``rbp_column`` names the protein."""
    motif, score = columns
    for column in filter(None, columns):
        if column not in table.frame.columns:
            listed = ", ".join(map(str, table.frame.columns))
            raise UserError(f"{table.name} has no column {column!r}; choose one of {listed}.")
    layout = guess_layout(table, motif)
    if is_long(table, layout) and score:
        return choose_scores(table, replace(layout, scores=(score,)), reading.rbp_column)
    if score and score not in layout.numbers:
        return Scores(motif, (score,))
    wanted = score or NO_SCORE
    return choose_scores(table, layout, wanted if guess_layout(table).motif == motif else f"{motif}={wanted}")


def _layout(table: Table, reading: Reading) -> tuple[Table, Scores]:
    """Find the columns; a table whose columns are motifs and whose rows are proteins is turned."""
    turned = turn(table)
    table, layout = (table, guess_layout(table)) if turned is None else (turned, guess_layout(turned, "motif"))
    return table, choose_scores(table, layout, reading.rbp_column)


def _read(table: Table, chosen: Scores, reading: Reading) -> RbpTable:
    rows = np.ones(len(table), dtype=np.bool_)
    if chosen.protein:
        rows = (table.text(chosen.protein_column) == chosen.protein).to_numpy(dtype=np.bool_)
    cells = table.text(chosen.motif)
    table, starred = without_stars(table, chosen.columns)
    marks = inspect_numbers(table, chosen.columns, reading) if chosen.columns else Marks()
    values, faults = _scores(table, chosen, cells, marks)
    kept, excluded = _usable(table, chosen, cells, values, faults, rows)
    consent = _consent(table, chosen, excluded, rows, reading)
    motifs = np.array([to_dna(cell) for cell in cells[kept]], dtype=object)
    notes = [*starred, *_notes(table, chosen, excluded, motifs)]
    collection = _collection(table, chosen, motifs, values[kept], kept)
    if collection is not None:
        frame = pd.DataFrame({"motif": collection.index.astype("str"), "mean_rbp": collection.mean(axis=1).to_numpy()})
        notes.append(f"Mean_RBP is the mean of {collection.shape[1]:,} proteins.")
        missing = int(collection.isna().any(axis=1).sum())
        if missing:
            said = "1 motif has" if missing == 1 else f"{missing:,} motifs have"
            notes.append(f"{said} no score of some protein; the mean is of the others.")
        if len(chosen.columns) > 1 and faults:
            notes.append(f"{len(faults):,} cells hold no number and are missing, the first: {faults[0].problem()}")
    else:
        score = values[kept, 0] if chosen.columns else np.ones(len(motifs))
        pairs = pd.DataFrame({"motif": pd.Series(motifs, dtype="str"), "mean_rbp": score})
        frame = pairs.groupby("motif", sort=False, as_index=False)[["mean_rbp"]].mean()
    column = ALL if len(chosen.columns) > 1 else (*chosen.columns, "")[0]
    own = [chosen.decision] if chosen.decision is not None else []
    decisions = (*table.decisions, *own, *marks.decisions, *consent)
    return RbpTable(
        frame,
        {},
        (chosen.motif, column),
        tuple(notes),
        chosen.whose,
        collection,
        decisions,
        tuple(excluded),
        rows=len(table) + len(table.rejected),
        set_aside=int((~rows).sum()),
    )


def _scores(table: Table, chosen: Scores, cells: "pd.Series[str]", marks: Marks) -> tuple[FloatArray, list[Rejected]]:
    """Read the scores (N, C), NaN where there is none, with the cells that hold no number."""
    if not chosen.columns:
        return np.empty((len(table), 0)), []
    return numbers(table, chosen.columns, cells.to_numpy(dtype=object), marks)


def _usable(
    table: Table, chosen: Scores, cells: "pd.Series[str]", values: FloatArray, faults: Sequence[Rejected], rows: Mask
) -> tuple[Mask, list[Rejected]]:
    """Say which rows (N,) are used, and why each other one is not: no motif, no number, or too few fields."""
    known = cells.str.fullmatch(MOTIF.pattern, case=False) & ~cells.str.fullmatch(_ONLY_N.pattern)
    motif = known.to_numpy(dtype=np.bool_)
    scored = ~np.isnan(values).all(axis=1) if chosen.columns else np.ones(len(table), dtype=np.bool_)
    excluded = [*table.rejected]
    why = {(one.line, one.id): one for one in reversed(faults)}
    for row in np.flatnonzero(rows & ~(motif & scored)):
        line, cell = int(table.lines[row]), str(cells.iloc[row])
        if not motif[row]:
            found = repr(cell[:40]) if cell else _EMPTY
            excluded.append(Rejected(table.name, line, cell, chosen.motif, found, _NEEDED_MOTIF))
        elif (line, cell) in why:
            excluded.append(why[line, cell])
        else:
            column = chosen.columns[0] if len(chosen.columns) == 1 else ""
            excluded.append(Rejected(table.name, line, cell, column, _EMPTY, "a number"))
    return rows & motif & scored, sorted(excluded, key=lambda one: one.line or 0)


def _consent(
    table: Table, chosen: Scores, excluded: Sequence[Rejected], rows: Mask, reading: Reading
) -> list[Decision]:
    """Ask whether a table may lose more than a fifth of its rows; nothing where it loses fewer.

    An empty cell of one protein among many is no loss: the protein has no score of that motif.

    Raises
    ------
    DataError
        If no row is left.
    """
    total = int(rows.sum()) + len(table.rejected)
    if excluded and total <= len(excluded):
        problems = [one.problem() for one in excluded]
        message = f"{table.name}: no row can be used; the first of {total:,} faults: {problems[0]} Correct them."
        raise DataError(message, problems)
    lost = [one for one in excluded if not (chosen.is_of_many and one.found == _EMPTY and one.column != chosen.motif)]
    if len(lost) <= _MOST_EXCLUDED * total:
        return []
    listed = "; ".join(f"line {one.line}: {one.reason}" for one in lost[:_SHOWN])
    more = f"; and {len(lost) - _SHOWN:,} more" if len(lost) > _SHOWN else ""
    evidence = f"{len(lost):,} of {total:,} rows ({len(lost) / total:.0%}) cannot be used. {listed}{more}."
    option = Alternative("", "continue without these rows")
    consent = "yes" if reading.excluded_ok else None
    return [Decision(table.name, "Excluded rows", "excluded_ok", consent, evidence, (option,))]


def _collection(
    table: Table, chosen: Scores, motifs: NDArray[np.object_], values: FloatArray, kept: NDArray[np.bool_]
) -> pd.DataFrame | None:
    """Give scores by motif and protein, of several columns or of a long table; None where they are of one protein."""
    index = pd.Index(motifs, name="motif", dtype="str")
    if len(chosen.columns) > 1:
        wide = pd.DataFrame(values, index=index, columns=pd.Index(chosen.columns, dtype="str"))
    elif chosen.protein_column and not chosen.protein and chosen.columns:
        names = table.text(chosen.protein_column)[kept].to_numpy(dtype=object)
        pairs = pd.DataFrame({"motif": index, "protein": pd.Series(names, dtype="str"), "score": values[:, 0]})
        table_of = pairs.pivot_table(index="motif", columns="protein", values="score", aggfunc="mean", sort=False)
        wide = pd.DataFrame(table_of.to_numpy(), index=table_of.index, columns=pd.Index(table_of.columns, name=None))
    else:
        return None
    return wide.groupby(level=0, sort=False).mean() if wide.index.has_duplicates else wide


def _notes(table: Table, chosen: Scores, excluded: Sequence[Rejected], motifs: NDArray[np.object_]) -> list[str]:
    """Say what was remarkable, in sentences."""
    notes = []
    if len(chosen.columns) == 1 and is_p_value(chosen.columns[0]):
        notes.append(f"{chosen.columns[0]} looks like a p-value; small numbers are then the strong motifs.")
    if not chosen.columns:
        notes.append(f"{table.name} has no column of numbers; every motif counts 1.")
    if excluded:
        reasons = Counter(f"{one.column}: {one.found}" if one.column else one.found for one in excluded)
        listed = "; ".join(f"{why} ({n} times)" if n > 1 else why for why, n in reasons.most_common(_SHOWN))
        listed += "; ..." if len(reasons) > _SHOWN else ""
        total, are = len(table) + len(table.rejected), "was" if len(excluded) == 1 else "were"
        where = f"the first in line {excluded[0].line}"
        notes.append(f"{table.name}: {len(excluded):,} of {total:,} rows {are} excluded, {where} ({listed}).")
    repeated = len(motifs) - len(set(motifs.tolist()))
    if repeated and not (chosen.protein_column and not chosen.protein):
        said = "1 row repeats" if repeated == 1 else f"{repeated:,} rows repeat"
        notes.append(f"{said} a motif; each motif has the mean of its rows.")
    return notes
