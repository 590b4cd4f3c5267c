"""RBP tables: which motifs RNA-binding proteins like, as a table of motifs with one number each, or as PWMs (MEME)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lib.core.alphabet import to_dna
from lib.core.arrays import FloatArray
from lib.core.errors import DataError, Problem, UserError
from lib.io.files import Source, kind_of, text_of, unpacked
from lib.io.meme import is_meme, read_meme
from lib.io.numbers import numbers
from lib.io.sniff import is_number
from lib.io.table import Table
from lib.io.tables import read_table

_MOTIF = re.compile(r"[ACGTURYSWKMBDHVN]+", re.IGNORECASE)
_ONLY_N = re.compile(r"[Nn]+")
_MOTIF_NAMES = (
    "motif", "motifs", "kmer", "k-mer", "k_mer", "iupac", "consensus", "word", "hexamer", "heptamer", "sequence", "seq",
)  # fmt: skip
_NUMBER_NAMES = (
    "mean_rbp", "meanrbp", "mean", "enrichment", "score", "zscore", "z_score", "z", "value", "effect", "weight",
    "affinity", "log2fc", "log2_enrichment", "coefficient",
)  # fmt: skip
_P_VALUE = re.compile(r"(^|_)(p|q|fdr|padj|pval\w*|qval\w*|p_?val\w*|q_?val\w*|adj\w*)($|_)")
_COUNT = re.compile(r"(^|_)(n|counts?|total|rank|number|index|sites?|nsites|foreground|background)($|_)")
_LENGTH = re.compile(r"(^|_)(length|len|width|k|id)($|_)")
_SAMPLE = 500


@dataclass(frozen=True)
class RbpTable:
    """What a file says about RBP motifs.

    Parameters
    ----------
    frame
        Columns ``motif`` (DNA, upper case, IUPAC; each motif once) and ``mean_rbp``; no rows for a MEME file.
    pwms
        Probabilities by motif name, each (4, W) with channels A C G T; empty for a table.
    columns
        Names of the columns of the file that were read; empty for a MEME file. The second is empty where the file has
        no number for its motifs.
    notes
        What was remarkable, in sentences.
    """

    frame: pd.DataFrame
    pwms: dict[str, FloatArray] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Count the motifs."""
        return len(self.frame) + len(self.pwms)


def read_rbp(source: Source, columns: tuple[str, str] | None = None) -> RbpTable:
    """Read an RBP table (any column names, RNA or DNA, IUPAC, any motif length) or a MEME file of PWMs.

    A motif that stands in several rows gets the mean of their numbers. Motifs without any column of numbers get 1.

    Parameters
    ----------
    source
        The file.
    columns
        Names of the column of motifs and of the column of numbers; guessed where None.

    Raises
    ------
    DataError
        If there is no column of motifs, or rows are malformed; every faulty row is listed.
    UserError
        If a chosen column does not exist.
    """
    data = unpacked(source)
    if kind_of(source.name, data) == "text":
        text = text_of(source.name, data)
        if is_meme(text[:4096]) or b"letter-probability matrix" in text:
            pwms = read_meme(text.decode("utf-8"), name=source.name)
            return RbpTable(pd.DataFrame({"motif": pd.Series(dtype="str"), "mean_rbp": pd.Series(dtype=float)}), pwms)
    table = read_table(source)
    motif_column, number_column = columns if columns is not None else guess_columns(table)
    for column in filter(None, (motif_column, number_column)):
        if column not in table.frame.columns:
            listed = ", ".join(map(str, table.frame.columns))
            raise UserError(f"{source.name} has no column {column!r}; choose one of {listed}.")
    return _read(table, motif_column, number_column)


def guess_columns(table: Table) -> tuple[str, str]:
    """Guess which column holds the motifs and which the number; the second is empty where there is no number.

    Raises
    ------
    DataError
        If no column holds motifs.
    """
    motif = _guess_motif(table)
    ranked = sorted(
        (rank, place, str(column))
        for place, column in enumerate(table.frame.columns)
        if column != motif and _share(_sample(table, column), is_number) >= 0.5
        for rank in [_rank(str(column))]
        if rank is not None
    )
    return motif, ranked[0][2] if ranked else ""


def _guess_motif(table: Table) -> str:
    best: tuple[float, int, str] | None = None
    for place, column in enumerate(table.frame.columns):
        share = _share(_sample(table, column), lambda cell: bool(_MOTIF.fullmatch(cell)))
        named = _plain(str(column)) in _MOTIF_NAMES
        if share >= 0.5 or (named and share > 0):
            best = max(best or (-1.0, 0, ""), (share + named, -place, str(column)))
    if best is None:
        listed = ", ".join(map(str, table.frame.columns))
        raise DataError(
            f"{table.name} has no column of motifs (found {listed}); one column must hold motifs such as UGUANAUA.",
            [
                Problem(
                    table.name, None, "", f"the columns {listed}", "a column of motifs in letters of RNA, DNA or IUPAC"
                )
            ],
        )
    return best[2]


def _rank(column: str) -> int | None:
    """Rank a column of numbers by its name: wanted names first, p-values last, lengths and ids never."""
    name = _plain(column)
    if name in _NUMBER_NAMES:
        return _NUMBER_NAMES.index(name)
    if _LENGTH.search(name):
        return None
    if _P_VALUE.search(name):
        return 300
    return 200 if _COUNT.search(name) else 100


def _plain(column: str) -> str:
    return re.sub(r"[\s.-]+", "_", column.strip().lower())


def _sample(table: Table, column: object) -> list[str]:
    cells = table.frame[column].head(_SAMPLE).astype("str").fillna("").str.strip()
    return [cell for cell in cells if cell]


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def _read(table: Table, motif_column: str, number_column: str) -> RbpTable:
    cells = table.text(motif_column)
    problems = [fault.problem() for fault in table.rejected]
    for row in np.flatnonzero(~cells.str.fullmatch(_MOTIF.pattern, case=False) | cells.str.fullmatch(_ONLY_N.pattern)):
        found = repr(cells.iloc[row][:40]) if cells.iloc[row] else "an empty cell"
        needed = "a motif in letters of RNA, DNA or IUPAC, not N alone"
        problems.append(Problem(table.name, int(table.lines[row]), motif_column, found, needed))
    notes = []
    if number_column:
        values, faults = numbers(table, [number_column], cells.to_numpy(dtype=object))
        value = values[:, 0]
        problems += [fault.problem() for fault in faults]
        faulty = {fault.line for fault in faults}
        problems += [
            Problem(table.name, int(table.lines[row]), number_column, "an empty cell", "a number")
            for row in np.flatnonzero(np.isnan(value))
            if int(table.lines[row]) not in faulty
        ]
        if _rank(number_column) == 300:
            notes.append(f"{number_column} looks like a p-value; small numbers are then the strong motifs.")
    else:
        value = np.ones(len(cells))
        notes.append(f"{table.name} has no column of numbers; every motif counts 1.")
    if problems:
        problems.sort(key=lambda problem: problem.line or 0)
        one = "1 row is" if len(problems) == 1 else f"{len(problems)} cells or rows are"
        raise DataError(f"{table.name}: {one} malformed, the first: {problems[0]} Correct or remove them.", problems)
    motifs = pd.DataFrame({"motif": [to_dna(cell) for cell in cells], "mean_rbp": value})
    frame = motifs.groupby("motif", sort=False, as_index=False)[["mean_rbp"]].mean()
    if len(frame) < len(motifs):
        notes.append(f"{len(motifs) - len(frame)} rows repeat a motif; each motif has the mean of its rows.")
    return RbpTable(frame, {}, (motif_column, number_column), tuple(notes))
