"""RBP tables: which motifs RNA-binding proteins like, as motifs with a binding score each, or as PWMs."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import to_dna
from lib.core.arrays import FloatArray
from lib.core.errors import DataError, UserError
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading
from lib.io.file_format import sequence_format_of
from lib.io.files import Content, Rejected, Source, fault, open_content
from lib.io.motif_formats import MotifFormat, format_of
from lib.io.numbers import Marks, inspect_numbers, numbers
from lib.io.rbp_columns import MOTIF, guess_layout, is_p_value, turn, without_stars
from lib.io.rbp_protein import ALL, NO_SCORE, OPTION, Scores, choose_scores, is_long, unknown_name
from lib.io.table import Table
from lib.io.tables import table_of

Mask = NDArray[np.bool_]
_ONLY_N = re.compile(r"[Nn]+")
_EMPTY = "an empty cell"
_MOST_EXCLUDED = 0.2
MOST_LISTED = 500
"""Excluded rows that facts list."""
_NEEDED_MOTIF = "a motif in letters of RNA, DNA or IUPAC, not N alone"


@dataclass(frozen=True)
class RbpTable:
    """What a file says about RBP motifs.

    Parameters
    ----------
    frame
        Columns ``motif`` (DNA, upper case, IUPAC; each motif once) and ``mean_rbp``; no rows for a file of PWMs.
    pwms
        Probabilities by motif name, each (4, W) with channels A C G T; empty for a table.
    columns
        Names of the columns of the file that were read, of motifs and of scores; empty for a file of PWMs. The second
        is empty where every motif counts 1, and ``all`` for a collection.
    notes
        What was remarkable, in sentences.
    protein
        The protein whose scores these are, where the file says so; empty for the mean of all.
    collection
        Scores of every protein of a table of many, one row per motif of ``frame`` (in ``index``) and one column per
        protein, NaN where there is none; None where one protein was chosen. ``mean_rbp`` is their mean.
    decisions
        How the file was read. With an open one the table is to be shown and not to be used.
    rejected
        Rows that were excluded, and motifs without a matrix.
    """

    frame: pd.DataFrame
    pwms: dict[str, FloatArray] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    protein: str = ""
    collection: pd.DataFrame | None = None
    decisions: tuple[Decision, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    def __len__(self) -> int:
        """Count the motifs."""
        return len(self.frame) + len(self.pwms)

    @property
    def proteins(self) -> str:
        """Whose scores these are, in words: a protein, the mean of several, or nothing that the file says."""
        if self.collection is not None:
            return f"mean of {self.collection.shape[1]:,} proteins"
        return self.protein

    def facts(self) -> dict[str, Any]:
        """Give as JSON facts whose scores these are, where they come from, and which rows were excluded."""
        count = 0 if self.collection is None else self.collection.shape[1]
        chosen = [one.chosen for one in self.decisions if one.option == OPTION and len(one.alternatives) > 1]
        excluded = [[one.line, one.id, one.reason] for one in self.rejected[:MOST_LISTED]]
        return {
            "protein": self.protein, "proteins": count, "columns": list(self.columns),
            "rbp_column": chosen[0] if chosen else None, "excluded": len(self.rejected), "excluded_rows": excluded,
        }  # fmt: skip


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
        If there is no column of motifs, matrices are malformed, or more than a fifth of the rows are; all are listed.
    UserError
        If a chosen column or protein does not exist.
    """
    name, content = source.name, open_content(source, reading)
    if content.is_text:
        kind = format_of(content.data)
        if kind is not None:
            return _read_pwms(name, content, kind)
        sequences = sequence_format_of(name, content.data)
        if sequences is not None:
            needed = "a table of motifs with a binding score each, or PWMs"
            message = f"{name} is {sequences.label} and holds sequences; the place of RBP motifs takes {needed}."
            raise fault(name, message, sequences.label, needed)
    table, reading = table_of(name, content), content.reading
    if columns is None:
        table, chosen = _layout(table, reading)
    else:
        chosen = _chosen(table, columns, reading)
    return _read(table, chosen, reading)


def _chosen(table: Table, columns: tuple[str, str], reading: Reading) -> Scores:
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


def _read_pwms(name: str, content: Content, kind: MotifFormat) -> RbpTable:
    """Read all PWMs of a file, or the one that ``rbp_column`` names by its name or second name."""
    read = kind.read(content.data.decode("utf-8"), name).checked(name)
    pwms = dict(read.pwms)
    wanted = content.reading.rbp_column
    found = Decision(name, "Format", "", kind.label, f"It holds {len(pwms):,} PWM{'s' * (len(pwms) != 1)}.")
    chosen = [*content.decisions, found]
    protein = ""
    if wanted is not None and wanted != ALL:
        known = {key.lower(): motif for motif in pwms for key in (read.aliases.get(motif, motif), motif)}
        if wanted.lower() not in known:
            raise UserError(unknown_name(name, wanted, list(pwms)))
        protein = known[wanted.lower()]
        options = tuple(Alternative(motif, read.aliases.get(motif, "")) for motif in pwms)
        chosen.append(Decision(name, "Protein", OPTION, protein, "As chosen.", options))
        pwms = {protein: pwms[protein]}
    empty = pd.DataFrame({"motif": pd.Series(dtype="str"), "mean_rbp": pd.Series(dtype=float)})
    return RbpTable(empty, pwms, (), read.notes, protein, None, tuple(chosen), read.left_out)


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
    _check_excluded(table, chosen, excluded, rows, reading)
    motifs = np.array([to_dna(cell) for cell in cells[kept]], dtype=object)
    notes = [*starred, *_notes(table, chosen, excluded, motifs)]
    collection = _collection(table, chosen, motifs, values[kept], kept)
    if collection is not None:
        frame = pd.DataFrame({"motif": collection.index.astype("str"), "mean_rbp": collection.mean(axis=1).to_numpy()})
        notes.append(f"Mean_RBP is the mean of {collection.shape[1]:,} proteins.")
        missing = int(collection.isna().any(axis=1).sum())
        if missing:
            notes.append(f"{missing:,} motifs have no score of some protein; their mean is of the others.")
        if len(chosen.columns) > 1 and faults:
            notes.append(f"{len(faults):,} cells hold no number and are missing, the first: {faults[0].problem()}")
    else:
        score = values[kept, 0] if chosen.columns else np.ones(len(motifs))
        pairs = pd.DataFrame({"motif": pd.Series(motifs, dtype="str"), "mean_rbp": score})
        frame = pairs.groupby("motif", sort=False, as_index=False)[["mean_rbp"]].mean()
    column = ALL if len(chosen.columns) > 1 else (*chosen.columns, "")[0]
    own = [chosen.decision] if chosen.decision is not None else []
    decisions = (*table.decisions, *own, *marks.decisions)
    return RbpTable(
        frame, {}, (chosen.motif, column), tuple(notes), chosen.whose, collection, decisions, tuple(excluded)
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


def _check_excluded(table: Table, chosen: Scores, excluded: Sequence[Rejected], rows: Mask, reading: Reading) -> None:
    """Refuse a table that loses more than a fifth of its rows, unless that was agreed to, or all of them.

    An empty cell of one protein among many is no fault: the protein has no score of that motif.
    """
    total = int(rows.sum()) + len(table.rejected)
    lost = [one for one in excluded if not (chosen.is_of_many and one.found == _EMPTY and one.column != chosen.motif)]
    if total > len(excluded) and (reading.excluded_ok or len(lost) <= _MOST_EXCLUDED * total):
        return
    problems = [one.problem() for one in lost or excluded]
    said = "1 row is" if len(problems) == 1 else f"{len(problems)} rows are"
    share = f"{len(excluded):,} of {total:,} rows cannot be used" if total > len(excluded) else "no row can be used"
    message = f"{table.name}: {said} malformed, so that {share}; the first: {problems[0]} Correct or remove them."
    raise DataError(message, problems)


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
        lines = {one.line for one in excluded}
        reasons = Counter(f"{one.column}: {one.found}" if one.column else one.found for one in excluded)
        listed = "; ".join(
            f"{reason}" + (f" ({count} times)" if count > 1 else "") for reason, count in reasons.items()
        )
        first = f"line {excluded[0].line}"
        total = len(table) + len(table.rejected)
        notes.append(f"{table.name}: {len(lines):,} of {total:,} rows were excluded, the first in {first} ({listed}).")
    repeated = len(motifs) - len(set(motifs.tolist()))
    if repeated and not (chosen.protein_column and not chosen.protein):
        notes.append(f"{repeated} rows repeat a motif; each motif has the mean of its rows.")
    return notes
