"""Which known motifs a pattern resembles: TOMTOM (Gupta et al. 2007, doi:10.1186/gb-2007-8-2-r24), by memelite.

A query is laid beside every motif at every offset; the p value is the chance of a match as good with columns drawn
from those of all motifs, the q value that of Benjamini & Hochberg over all motifs, for each query. Only the strand
that is given is compared unless both are asked for: RBPs bind the RNA itself.

Two choices differ from memelite's own. Its binning of similar columns is off: with words, whose columns are all alike,
it gives p values of 0. And where there are fewer than 25 motifs their columns are too few to draw from: the same
motifs with their bases exchanged in all 24 ways are added to the background, so that each base is equally likely.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib.core.alphabet import BASES, IUPAC, to_dna
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.motifs.pattern import Pattern

THRESHOLD = 0.05
"""q value up to which a match counts."""
FEW = 25
"""Motifs below which memelite's background depends on which motifs there are."""
MOST_WORDS = 256
"""Words of a table that are compared at most, those with the largest numbers."""
COLUMNS = ("query", "match", "p", "q", "offset", "overlap", "strand")

Queries = Sequence[Pattern] | Mapping[str, FloatArray]


def match(queries: Queries, motifs: Mapping[str, FloatArray], *, top: int = 3, both: bool = False) -> pd.DataFrame:
    """Find the known motifs that resemble each query most.

    Parameters
    ----------
    queries
        Patterns, or probabilities (4, W) by name.
    motifs
        Probabilities (4, W) by name, channels A C G T.
    top
        Matches of each query, best first.
    both
        Compare the reverse complement of the motifs as well, for double-stranded DNA.

    Returns
    -------
    pd.DataFrame
        ``query``, ``match``, ``p``, ``q``; ``offset``, the position of the query (0-based, negative where the motif
        begins before it) on which the motif's first position lies; ``overlap`` in nt; ``strand``, + or -.

    Raises
    ------
    UserError
        If there are no motifs to compare with.
    """
    given = dict(queries) if isinstance(queries, Mapping) else {pattern.name: pattern.ppm for pattern in queries}
    if not motifs:
        raise UserError(
            "There is no motif to compare with: the dataset has no RBP table. Add a table or a file of PWMs."
        )
    if not given:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in COLUMNS})
    names = list(motifs)
    p, offset, overlap, strand = _tomtom(list(given.values()), list(motifs.values()), both=both)
    rows = []
    for query, name in enumerate(given):
        q = stats.false_discovery_control(np.clip(p[query], 0.0, 1.0))
        for place in np.lexsort((-overlap[query], p[query]))[:top]:
            sign = "-" if strand[query, place] else "+"
            at = -int(offset[query, place])  # memelite gives where the query begins in the motif
            found = (p[query, place], q[place], at, int(overlap[query, place]), sign)
            rows.append((name, names[place], *found))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def best(matches: pd.DataFrame, query: str, *, threshold: float = THRESHOLD) -> tuple[str, float] | None:
    """Give the name and the q value of the best match of a query; None where none reaches the threshold."""
    found = matches[(matches["query"] == query) & (matches["q"] <= threshold)]
    return None if found.empty else (str(found["match"].iloc[0]), float(found["q"].iloc[0]))


def words(table: pd.DataFrame, *, most: int = MOST_WORDS) -> dict[str, FloatArray]:
    """Turn the words of an RBP table into PWMs: each letter certain, an IUPAC code even over the bases it stands for.

    Parameters
    ----------
    table
        Columns ``motif`` (DNA, IUPAC) and ``mean_rbp``; of more than ``most`` words those with the largest
        ``mean_rbp`` are taken.

    >>> words(pd.DataFrame({"motif": ["TR"], "mean_rbp": [1.0]}))["TR"].T.tolist()
    [[0.0, 0.0, 0.0, 1.0], [0.5, 0.0, 0.5, 0.0]]
    """
    kept = table.nlargest(most, "mean_rbp", keep="first") if len(table) > most else table
    return {motif: word(motif) for motif in kept["motif"].astype("str")}


def word(motif: str) -> FloatArray:
    """Write one IUPAC word, DNA or RNA, as a PWM (4, W)."""
    allowed = [IUPAC[letter] for letter in to_dna(motif)]
    return np.array([[1 / len(bases) if base in bases else 0.0 for bases in allowed] for base in BASES])


def gather_motifs(table: pd.DataFrame | None, pwms: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Gather what a dataset or an RBP table knows: its words as PWMs, then its PWMs."""
    return {**({} if table is None else words(table)), **pwms}


def _tomtom(queries: list[FloatArray], motifs: list[FloatArray], *, both: bool) -> tuple[Any, Any, Any, Any]:
    """Give p, offset, overlap and strand, (queries, motifs) each."""
    import warnings

    from memelite import tomtom

    targets = list(motifs)
    if len(targets) < FEW:
        orders = itertools.permutations(range(len(BASES)))
        targets += [motif[list(order)] for order in orders for motif in motifs]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="tomtom was given", category=UserWarning)  # one motif gives 25
        p, _, offset, overlap, strand = tomtom(queries, targets, n_target_bins=None, reverse_complement=both)
    count = len(motifs)
    return p[:, :count], offset[:, :count], overlap[:, :count], strand[:, :count]
