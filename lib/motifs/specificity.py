"""How specific a protein is among k-mers, and how much a single mutation of its best k-mer costs.

Specificity and mutational sensitivity as Yi et al. define them (2025, doi:10.1101/2025.03.28.646018).
"""

import numpy as np
import pandas as pd

from lib.core.alphabet import BASES
from lib.io.rbp import RbpTable

COLUMNS = ("protein", "top", "kmers", "max", "median", "specificity", "sensitivity", "mutants")


def specificities(scores: pd.DataFrame) -> pd.DataFrame:
    """Give specificity and mean sensitivity of each protein from its scores of k-mers.

    Specificity is the largest score divided by the median of all k-mers. Mean sensitivity is the mean of 1 - score over
    the single mutants of the top k-mer, scores taken relative to the largest one: a table whose largest score is 1 is
    taken as it is. A ratio says little where the median is not above zero, as with z-scores.

    Parameters
    ----------
    scores
        One row per k-mer (index: DNA, all of one length) and one column per protein; NaN where there is no score.

    Returns
    -------
    pd.DataFrame
        One row per protein, in its order: ``protein``; ``top``, the k-mer with the largest score (the first of equal
        ones); ``kmers``, how many have a score; ``max`` and ``median`` of the scores; ``specificity``, NaN where the
        median is 0; ``sensitivity``, NaN where the largest score is not above 0 or no mutant has a score; ``mutants``,
        over how many it is the mean.

    >>> frame = pd.DataFrame({"P": [1.0, 0.5, 0.25, 0.0, 0.1]}, index=["AA", "AC", "AG", "CA", "CC"])
    >>> specificities(frame)[["top", "specificity", "sensitivity", "mutants"]].to_numpy().tolist()
    [['AA', 4.0, 0.75, 3]]
    """
    rows = []
    for protein in scores.columns:
        column = scores[protein].dropna()
        if not len(column):
            continue
        top = str(column.idxmax())
        highest, median = float(column[top]), float(column.median())
        mutants = column.reindex(single_mutants(top)).dropna().to_numpy()
        known = highest > 0 and len(mutants) > 0
        rows.append(
            (
                str(protein),
                top,
                len(column),
                highest,
                median,
                highest / median if median else np.nan,
                float(np.mean(1 - mutants / highest)) if known else np.nan,
                len(mutants),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def single_mutants(kmer: str) -> list[str]:
    """List the 3 k words that differ from a k-mer in one letter.

    >>> single_mutants("AC")
    ['CC', 'GC', 'TC', 'AA', 'AG', 'AT']
    """
    return [
        kmer[:place] + base + kmer[place + 1 :] for place in range(len(kmer)) for base in BASES if base != kmer[place]
    ]


def kmer_scores(frame: pd.DataFrame, collection: pd.DataFrame | None, name: str) -> pd.DataFrame | None:
    """Give the scores of a k-mer table for ``specificities``; None where the motifs are no k-mers.

    K-mers are at least four words of A C G T, all of one length, with a single mutant of the best among them.

    Parameters
    ----------
    frame
        Columns ``motif`` and ``mean_rbp``.
    collection
        Scores by motif and protein; None for a table of one protein.
    name
        What the only column is called.
    """
    motifs = frame["motif"].astype("str")
    if len(motifs) < len(BASES) or motifs.str.len().nunique() != 1 or not motifs.str.fullmatch(f"[{BASES}]+").all():
        return None
    if collection is not None:
        return collection
    scores = pd.DataFrame({name: frame["mean_rbp"].to_numpy()}, index=pd.Index(motifs, name="motif"))
    top = str(scores[name].idxmax())
    constant = scores[name].nunique() == 1
    return None if constant or not set(single_mutants(top)) & set(motifs) else scores


def of_table(table: RbpTable) -> pd.DataFrame | None:
    """Give specificity and mean sensitivity of every protein of an RBP table; None where its motifs are no k-mers."""
    scores = kmer_scores(table.frame, table.collection, table.protein or "Mean_RBP")
    return None if scores is None else specificities(scores)
