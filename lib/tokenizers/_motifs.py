"""The words that the motifs of an RBP table stand for, and which motifs are strong enough to be kept."""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import IUPAC
from lib.core.errors import UserError

MOST_WORDS = 250_000
"""Words that all kept motifs may stand for together; a motif of ten N alone stands for more."""


class Kept(NamedTuple):
    """Words of an RBP table that are kept, the strongest first, words of equal strength in the order of letters.

    Parameters
    ----------
    words
        DNA without ambiguity codes, each once.
    values
        (V,) ``mean_rbp`` of each word, the highest of those of its motifs.
    motifs
        The motif as the table writes it (IUPAC) that each word has its value from.
    threshold
        What every value exceeds.
    """

    words: tuple[str, ...]
    values: NDArray[np.float64]
    motifs: tuple[str, ...]
    threshold: float


def meanings(motif: str) -> Iterator[str]:
    """Give every word that an IUPAC motif stands for.

    >>> list(meanings("TRN"))[:5]
    ['TAA', 'TAC', 'TAG', 'TAT', 'TGA']
    """
    return map("".join, itertools.product(*(IUPAC[letter] for letter in motif)))


def threshold_at(values: Sequence[float] | NDArray[np.float64], quantile: float) -> float:
    """Give the value that a share of the values does not exceed; at 0 one that every value exceeds.

    >>> threshold_at([1.0, 2.0, 3.0], 0.5), threshold_at([1.0, 2.0], 0.0) < 1.0
    (2.0, True)
    """
    if quantile <= 0:
        return float(np.nextafter(np.min(values), -np.inf))
    return float(np.quantile(np.asarray(values, dtype=np.float64), quantile))


def above(table: pd.DataFrame, threshold: float, *, what: str, label: str) -> Kept:
    """Keep the motifs whose ``mean_rbp`` exceeds a threshold, and write out the words they stand for.

    Parameters
    ----------
    table
        Columns ``motif`` (DNA, IUPAC) and ``mean_rbp``; at least one row.
    what
        What the rows are, for messages: ``motif of 7 nt``.

    Raises
    ------
    UserError
        If no motif exceeds it, or the motifs stand for too many words.
    """
    strong = table[table["mean_rbp"] > threshold]
    if not len(strong):
        raise UserError(
            f"{label}: no {what} has a Mean_RBP above {threshold:.6g}; the highest is {table['mean_rbp'].max():.6g}. "
            "Choose a lower threshold (0 as the share of motifs left out keeps all of them), or another RBP table."
        )
    strong = strong.sort_values("mean_rbp", ascending=False, kind="stable")
    motifs, values = strong["motif"].astype("str").tolist(), strong["mean_rbp"].tolist()
    sizes = [math.prod(len(IUPAC[letter]) for letter in motif) for motif in motifs]
    if sum(sizes) > MOST_WORDS:
        widest = motifs[int(np.argmax(np.array(sizes, dtype=float)))]
        raise UserError(
            f"{label}: the {len(motifs):,} motifs above the threshold stand for {sum(sizes):,} words, {widest} alone "
            f"for {max(sizes):,}; at most {MOST_WORDS:,} can be kept. Choose a higher threshold, or leave out motifs "
            "with many N."
        )
    found: dict[str, tuple[float, str]] = {}
    for motif, value in zip(motifs, values, strict=True):
        for word in meanings(motif):
            found.setdefault(word, (value, motif))
    ordered = sorted(found, key=lambda word: (-found[word][0], word))
    return Kept(
        tuple(ordered),
        np.array([found[word][0] for word in ordered]),
        tuple(found[word][1] for word in ordered),
        threshold,
    )
