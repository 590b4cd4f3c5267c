"""How often each motif of an RBP table lies in each of many sequences, as one sparse matrix.

A motif is a set of words: an exact word itself, an IUPAC motif the words it stands for, a PWM the words that score
high enough. All words of one width are looked up at once by their number in base 4, so that 4,096 motifs cost what one
costs. Motifs that stand for too many words are held against every window instead. What is counted is what
``lib.motifs.scan`` finds: overlapping hits too, on the given strand, and none across a letter other than A C G T.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array, vstack

from lib.core.arrays import FloatArray
from lib.core.progress import Progress, Report, Silent
from lib.motifs.lexicon import Letters, Lexicon, Part, Words
from lib.motifs.pwm import log_odds, window_scores

LEVELS: FloatArray = np.arange(70, 101) / 100
"""Relative scores of PWMs that can be asked for as a threshold."""

_WIDEST_PWM = 9  # letters up to which all words of a PWM are scored
_CHUNK = 1_000_000  # letters that are searched at a time

Hits = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Sequence and column of each hit."""


@dataclass(frozen=True)
class HitCounts:
    """Hits of M motifs in N sequences.

    Parameters
    ----------
    counts
        (N, C) number of hits; a motif of a table has one column, a PWM one for each of ``LEVELS``.
    motif
        (C,) number of the motif that a column belongs to, ascending.
    level
        (C,) ``mean_rbp`` of the motif, or the largest of ``LEVELS`` that the relative score of the hits reaches.
    motifs
        (M,) names: the motif itself (DNA, IUPAC), or the name of the PWM.
    widths
        (M,) letters of each.
    """

    counts: csc_array
    motif: NDArray[np.int64]
    level: FloatArray
    motifs: tuple[str, ...]
    widths: NDArray[np.int64]

    def mark_kept(self, threshold: float) -> NDArray[np.bool_]:
        """Say which columns count at a threshold, (C,): those of at least this level."""
        return self.level >= threshold

    def per_sequence(self, threshold: float) -> NDArray[np.int64]:
        """Count the hits of all motifs in each sequence, (N,)."""
        return np.asarray(self.counts @ self.mark_kept(threshold).astype(np.int64), dtype=np.int64)

    def sums(self, threshold: float) -> FloatArray:
        """Add the levels (``mean_rbp``) of all hits in each sequence, (N,)."""
        return np.asarray(self.counts @ np.where(self.mark_kept(threshold), self.level, 0.0), dtype=np.float64)

    def per_motif(self, threshold: float) -> csc_array:
        """Count the hits of each motif in each sequence, (N, M); none for a motif below the threshold."""
        columns = np.flatnonzero(self.mark_kept(threshold))
        to_motif = coo_array(
            (np.ones(len(columns), dtype=np.int64), (columns, self.motif[columns])),
            shape=(len(self.level), len(self.motifs)),
        )
        return csc_array(self.counts @ to_motif.tocsc())


def count_motifs(sequences: Sequence[str], rbp: pd.DataFrame, *, progress: Progress | None = None) -> HitCounts:
    """Count the hits of every motif of an RBP table in N sequences.

    Parameters
    ----------
    sequences
        DNA or RNA of any lengths.
    rbp
        Columns ``motif`` (DNA, IUPAC) and ``mean_rbp``.

    >>> table = pd.DataFrame({"motif": ["TT", "TN"], "mean_rbp": [2.0, 1.0]})
    >>> count_motifs(["UUUA", "T"], table).counts.toarray().tolist()
    [[2, 3], [0, 0]]
    """
    motifs = tuple(rbp["motif"].astype("str"))
    words = Words.of(motifs)

    def search(letters: Letters) -> Iterable[Hits]:
        for column, start in words.places(letters):
            yield letters.row[start], column

    counts = _count_chunk(sequences, len(motifs), search, progress or Silent())
    level = rbp["mean_rbp"].to_numpy(dtype=np.float64)
    return HitCounts(counts, np.arange(len(motifs)), level, motifs, np.array([len(m) for m in motifs], dtype=np.int64))


def count_pwms(
    sequences: Sequence[str], pwms: Mapping[str, FloatArray], *, progress: Progress | None = None
) -> HitCounts:
    """Count the hits of PWMs in N sequences by relative score, in steps of ``LEVELS``, against a uniform background.

    Parameters
    ----------
    sequences
        DNA or RNA of any lengths.
    pwms
        Probabilities (4, W) by name, channels A C G T.
    """
    parts: dict[int, list[Part]] = {}
    wide: list[tuple[int, FloatArray]] = []
    for number, matrix in enumerate(pwms.values()):
        weights, first = log_odds(matrix), number * len(LEVELS)
        width = weights.shape[1]
        if width <= _WIDEST_PWM:
            level = _level(_all_words(weights), weights)
            words = np.flatnonzero(level >= 0)
            parts.setdefault(width, []).append(Part(words, first + level[words]))
        else:
            wide.append((first, weights))
    lexicons = [Lexicon.of(width, parts[width]) for width in sorted(parts)]

    def search(letters: Letters) -> Iterable[Hits]:
        for lexicon in lexicons:
            yield lexicon.find(letters)
        for first, weights in wide:
            level = _level(window_scores(letters.codes, weights), weights)
            starts = np.flatnonzero(level >= 0)
            yield letters.row[starts], first + level[starts]

    counts = _count_chunk(sequences, len(pwms) * len(LEVELS), search, progress or Silent())
    motif = np.repeat(np.arange(len(pwms)), len(LEVELS))
    widths = np.array([matrix.shape[1] for matrix in pwms.values()], dtype=np.int64)
    return HitCounts(counts, motif, np.tile(LEVELS, len(pwms)), tuple(pwms), widths)


def _all_words(weights: FloatArray) -> FloatArray:
    """Score every word of W letters by log odds (4, W), in the order of their numbers: (4 ** W,)."""
    total = np.zeros(1)
    for place in range(weights.shape[1]):  # from the left, as windows are scored, so that the sums are the same
        total = (total[:, None] + weights[None, :, place]).ravel()
    return total


def _level(score: FloatArray, weights: FloatArray) -> NDArray[np.int64]:
    """Say which of ``LEVELS`` a score reaches, -1 for none; the rule is that of ``lib.motifs.scan.pwm_hits``."""
    worst, best = weights.min(axis=0).sum(), weights.max(axis=0).sum()
    if best <= worst:
        return np.full(len(score), -1)
    return np.asarray(np.searchsorted(LEVELS - 1e-9, (score - worst) / (best - worst), side="right") - 1)


def _count_chunk(
    sequences: Sequence[str], columns: int, search: Callable[[Letters], Iterable[Hits]], progress: Progress
) -> csc_array:
    """Count hits by sequence and column, as many sequences at a time as fit into a million letters."""
    blocks: list[csr_array] = []
    start = 0
    while start < len(sequences):
        stop, letters = start, 0
        while stop < len(sequences) and (stop == start or letters + len(sequences[stop]) <= _CHUNK):
            letters += len(sequences[stop]) + 1
            stop += 1
        nothing = np.empty(0, dtype=np.int64)
        found = [(nothing, nothing), *search(Letters.of(sequences[start:stop], start))]
        rows, where = (np.concatenate(side) for side in zip(*found, strict=True))
        ones = np.ones(len(rows), dtype=np.int32)
        places = ((rows - start).astype(np.int32), where.astype(np.int32))  # half the memory of the default
        blocks.append(csr_array(coo_array((ones, places), shape=(stop - start, columns))))
        progress.report(Report(stop, len(sequences), "Counting hits"))
        start = stop
    return csc_array(vstack(blocks)) if blocks else csc_array((0, columns), dtype=np.int32)
