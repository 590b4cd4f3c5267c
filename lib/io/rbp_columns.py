"""Which columns of an RBP table hold motifs, binding scores and names of proteins; found by content and by name."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.core.errors import DataError, Problem
from lib.io.sniff import distinct, is_number
from lib.io.table import Table

MOTIF = re.compile(r"[ACGTURYSWKMBDHVN]+", re.IGNORECASE)
_MOTIF_NAMES = tuple("motif motifs kmer k_mer kmers iupac consensus word hexamer heptamer sequence seq".split())
_MEAN_NAMES = ("mean_rbp", "meanrbp")
_SCORE_NAMES = (
    *_MEAN_NAMES,
    *(
        "mean enrichment score zscore z_score z value effect weight affinity log2fc log2_enrichment "
        "coefficient binding_score rbp_score binding"
    ).split(),
)
_SCORE_WORDS = {
    *_SCORE_NAMES,
    *(
        "fold change fc log log2 log10 ln lfc kd ka ic50 energy dg ddg intensity signal ratio scores values "
        "average avg median max sum r b estimate beta difference diff delta activity strength odds column of "
        "per the norm normalized normalised relative rel mer kmer motif rbp rbns rnacompete selex unnamed: "
        "index row rows no nr x"
    ).split(),
}
_PROTEIN_NAMES = tuple(
    (
        "rbp rbps protein proteins rbp_name protein_name gene_name gene_symbol symbol gene genes factor tf "
        "tf_name name target experiment dataset sample"
    ).split()
)
_P_VALUE = re.compile(r"(^|_)(p|q|fdr|padj|pval\w*|qval\w*|p_?val\w*|q_?val\w*|adj\w*)($|_)")
_SPREAD = re.compile(r"(^|_)(sd|se|sem|std\w*|stdev|stderr|var\w*|ci\d*|lower|upper|err\w*)($|_)")
_COUNT = re.compile(r"(^|_)(n|counts?|total|rank|number|index|sites?|nsites|foreground|background|year|pubmed)($|_)")
_LENGTH = re.compile(r"(^|_)(length|len|width|k|id)($|_)")
_SAMPLE = 500
STARS = "*†"
"""Marks that tables put behind numbers, such as ``1.00**``."""


@dataclass(frozen=True)
class Layout:
    """What the columns of an RBP table are.

    Parameters
    ----------
    motif
        Column of the motifs.
    scores
        Columns that may be the binding scores, in the order of the table: those with a clear name, else all that are
        no statistics, else what is left; empty where there is no number.
    others
        Columns of numbers beside them, such as counts, which can be named and are not proposed.
    protein
        Column of the names of proteins in a long table (protein, motif, score); empty where there is none.
    kind
        Why these scores: ``named``, ``plain``, ``statistic`` or ``none``.
    """

    motif: str
    scores: tuple[str, ...]
    others: tuple[str, ...] = ()
    protein: str = ""
    kind: str = "none"

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every column of numbers, the proposed ones first."""
        return (*self.scores, *self.others)


def guess_layout(table: Table, motif: str = "") -> Layout:
    """Find the columns of motifs, scores and proteins.

    Parameters
    ----------
    table
        The table.
    motif
        Column of the motifs where it is known; found where it is empty.

    Raises
    ------
    DataError
        If no column holds motifs.
    """
    motif = motif or _guess_motif(table)
    groups: dict[str, list[str]] = {"named": [], "plain": [], "statistic": [], "length": []}
    texts = []
    for column in map(str, table.frame.columns):
        if column == motif:
            continue
        cells = _sample(table, column)
        if _numbers_rows(table, column):
            groups["length"].append(column)
        elif _share(cells, is_number) >= 0.5:
            groups[_group(column, cells)].append(column)
        elif cells:
            texts.append(column)
    if not groups["named"] and not groups["plain"]:  # scores that are no numbers are faults, not text
        groups["named"] = [column for column in texts if is_score(column)]
        texts = [column for column in texts if column not in groups["named"]]
    mean = [column for column in groups["named"] if plain_name(column) in _MEAN_NAMES]
    groups["named"] = sorted(mean, key=lambda column: _MEAN_NAMES.index(plain_name(column)))[:1] or groups["named"]
    kind = next((kind for kind in ("named", "plain", "statistic") if groups[kind]), "none")
    scores = tuple(groups.get(kind, ()))
    numbers = [*groups["plain"], *groups["statistic"], *groups["length"]]
    others = tuple(column for column in numbers if column not in scores)
    return Layout(motif, scores, others, _guess_protein(table, motif, texts), kind)


def turn(table: Table) -> Table | None:
    """Exchange rows and columns of a table whose columns are called by motifs; None where they are not.

    Every row of the new table has the line of the header, where the motifs stand.
    """
    names = list(map(str, table.frame.columns))
    if any(plain_name(name) in _MOTIF_NAMES for name in names):
        return None
    motifs = [name for name in names if MOTIF.fullmatch(name) and len(name) > 2]
    others = [name for name in names if name not in motifs]
    if len(motifs) < 4 or len(others) > 1 or not len(table):
        return None
    proteins = distinct(table.text(others[0]).tolist() if others else [f"row {line}" for line in table.lines])
    cells = table.frame[motifs].astype("str").to_numpy(dtype=object).T
    frame = pd.DataFrame(cells, columns=proteins, dtype="str")
    frame.insert(0, "motif", motifs)
    header = max(1, table.first_line - 1)
    lines = np.full(len(motifs), header, dtype=np.int64)
    return Table(
        table.name, frame, header, table.format, table.delimiter, table.header, lines, table.rejected, table.decisions
    )


def without_stars(table: Table, columns: Sequence[str]) -> tuple[Table, list[str]]:
    """Take marks such as ``**`` off the numbers of some columns, and say so."""
    cells = {name: table.frame[name] for name in columns if not pd.api.types.is_numeric_dtype(table.frame[name])}
    bare = {name: texts.astype("str").str.strip().str.rstrip(STARS).str.strip() for name, texts in cells.items()}
    bare = {name: texts for name, texts in bare.items() if (texts != cells[name].astype("str").str.strip()).any()}
    if not bare:
        return table, []
    said = f"Marks such as {STARS[0]} behind the numbers of {', '.join(bare)} were not read."
    return replace(table, frame=table.frame.assign(**bare)), [said]


def has_motifs(table: Table) -> bool:
    """Say whether a table has a column that is called by motifs and holds nothing else."""
    named = [column for column in map(str, table.frame.columns) if plain_name(column) in _MOTIF_NAMES]
    return any(_share(_sample(table, column), lambda cell: bool(MOTIF.fullmatch(cell))) == 1 for column in named)


def names_protein(column: str) -> bool:
    """Say whether a column of scores is called by a protein, not by what a score is.

    >>> names_protein("PUM1"), names_protein("log enrichment"), names_protein("hnRNP-K"), names_protein("z-score")
    (True, False, True, False)
    """
    words = set(plain_name(column).split("_"))
    return bool(words - _SCORE_WORDS - {""}) and not all(word.isdigit() for word in words - _SCORE_WORDS)


def is_score(column: str) -> bool:
    """Say whether a column is called by what a score is and nothing else, such as ``Mean_RBP``."""
    return plain_name(column) in _SCORE_NAMES


def is_p_value(column: str) -> bool:
    """Say whether a column is called by a p value."""
    return bool(_P_VALUE.search(plain_name(column)))


def plain_name(column: str) -> str:
    """Write the name of a column in lower case with underscores."""
    return re.sub(r"[\s.-]+", "_", column.strip().lower())


def _guess_motif(table: Table) -> str:
    best: tuple[float, int, str] | None = None
    for place, column in enumerate(map(str, table.frame.columns)):
        share = _share(_sample(table, column), lambda cell: bool(MOTIF.fullmatch(cell)))
        named = plain_name(column) in _MOTIF_NAMES
        if share >= 0.5 or (named and share > 0):
            best = max(best or (-1.0, 0, ""), (share + named, -place, column))
    if best is None:
        names = list(map(str, table.frame.columns))
        listed = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        needed = "a column of motifs in letters of RNA, DNA or IUPAC"
        raise DataError(
            f"{table.name} has no column of motifs (found {listed}); one column must hold motifs such as UGUANAUA.",
            [Problem(table.name, None, "", f"the columns {listed}", needed)],
        )
    return best[2]


def _group(column: str, cells: Sequence[str]) -> str:
    """Tell scores from p values, counts and lengths by name, where the numbers do not speak against it."""
    name = plain_name(column)
    values = np.array([_value(cell) for cell in cells])
    whole = bool((values == np.floor(values)).all() and (values >= 0).all())
    if name in _SCORE_NAMES:
        return "named"
    if name.startswith("hnrnp"):  # hnRNP K, P and Q are proteins
        return "plain"
    if _LENGTH.search(name) and whole:
        return "length"
    if _P_VALUE.search(name) and ((values >= 0) & (values <= 1)).all():
        return "statistic"
    if (_COUNT.search(name) and whole) or (_SPREAD.search(name) and (values >= 0).all()):
        return "statistic"
    return "plain"


def _numbers_rows(table: Table, column: str) -> bool:
    """Say whether a column without a name of its own numbers the rows from 0 or 1, as an index does."""
    cells = table.text(column)
    if len(cells) < 2 or names_protein(column) or cells.iloc[0] not in ("0", "1"):
        return False
    first = int(cells.iloc[0])
    return cells.tolist() == [str(number) for number in range(first, first + len(cells))]


def _guess_protein(table: Table, motif: str, texts: Sequence[str]) -> str:
    """Find the column of proteins of a long table: names that come again, with other motifs."""
    motifs = table.text(motif)
    found: list[tuple[int, int, str]] = []
    for place, column in enumerate(texts):
        names = table.text(column)
        distinct = names[names != ""].nunique()
        if not 2 <= distinct < len(names):
            continue
        rank = _PROTEIN_NAMES.index(plain_name(column)) if plain_name(column) in _PROTEIN_NAMES else None
        if rank is None:
            pairs = (names + "\t" + motifs).nunique()
            if pairs < len(names) or motifs.nunique() == len(motifs):
                continue
        found.append((len(_PROTEIN_NAMES) if rank is None else rank, place, column))
    return min(found)[2] if found else ""


def _sample(table: Table, column: str) -> list[str]:
    """Give filled cells from all over a column, at most ``_SAMPLE``."""
    step = max(1, len(table) // _SAMPLE)
    cells = table.frame[column].iloc[::step].astype("str").fillna("").str.strip().str.rstrip(STARS)
    return [cell for cell in cells if cell and cell.lower() not in ("nan", "na", "n/a")]


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(map(test, cells)) / len(cells) if cells else 0.0


def _value(cell: str) -> float:
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return 0.5  # no number, so neither a whole one nor outside 0 to 1
