"""Is a sequence like those that a model was trained on? Length, share of G and C, and distance of its words.

Three rules, each against the training part:

- length: outside the shortest and the longest training sequence;
- composition: its share of G + C lies more than three standard deviations from the mean of the training sequences;
- words: the Jensen-Shannon distance (Endres & Schindelin 2003, doi:10.1109/TIT.2003.813506; base 2, so from 0 to 1)
  between its 4-letter words and those of the training part. How far is far is read from the validation part: further
  than 99% of its sequences, and than their mean and three standard deviations. The distance depends on the length, so
  it is told of sequences of a length that the training part has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import UNKNOWN, codes
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset

WORD = 4
DEVIATIONS = 3.0
SHARE = 0.99
MOST = 20_000
"""Sequences of the training part that are read at most, evenly spread: the sum of their words changes no more."""


@dataclass(frozen=True)
class Place:
    """Where a sequence lies.

    Parameters
    ----------
    length
        Its letters.
    gc
        Share of G + C among its known letters; NaN where it has none.
    gc_deviations
        How many standard deviations of the training part that is from its mean.
    distance
        Jensen-Shannon distance of its words; NaN where it has none.
    further
        Share of the validation sequences that are nearer.
    warnings
        What makes it unlike the training part, in sentences without a full stop; empty where nothing does.
    outside
        Whether its length is one of them, which then stands first.
    """

    length: int
    gc: float
    gc_deviations: float
    distance: float
    further: float
    warnings: tuple[str, ...]
    outside: bool

    @property
    def sentence(self) -> str:
        """Say in one sentence what makes it unlike the training part, empty where nothing does."""
        if not self.warnings:
            return ""
        return f"This sequence is unlike the training part, so believe less: {'; '.join(self.warnings)}."


@dataclass(frozen=True)
class Domain:
    """What the training part looks like.

    Parameters
    ----------
    shortest, longest
        Letters of its shortest and longest sequence.
    gc, gc_deviation
        Mean and standard deviation of the share of G + C.
    words
        (4 ** WORD,) share of each word.
    distances
        (V,) distances of the validation sequences to it, ascending.
    """

    shortest: int
    longest: int
    gc: float
    gc_deviation: float
    words: FloatArray
    distances: FloatArray

    @classmethod
    def of(cls, dataset: Dataset) -> "Domain":
        """Read the training and the validation part of a dataset; the test part is not looked at."""
        train = dataset.sequences[dataset.rows("train")]
        validation = dataset.sequences[dataset.rows("validation")]
        return cls.between(train.tolist(), validation.tolist())

    @classmethod
    def between(cls, train: Sequence[str], validation: Sequence[str]) -> "Domain":
        """Read the sequences of the two parts, one or more of the first."""
        lengths = [len(text) for text in train]
        read = [codes(text) for text in train[:: -(-len(train) // MOST)]]
        shares = np.array([share for letters in read if not np.isnan(share := _gc(letters))])
        words = _shares(np.sum([_words(letters) for letters in read], axis=0))
        others = (codes(text) for text in validation[:: max(1, -(-len(validation) // MOST))])
        return cls(
            min(lengths),
            max(lengths),
            float(shares.mean()) if len(shares) else float("nan"),
            float(shares.std()) if len(shares) else float("nan"),
            words,
            _sort(distance(_shares(_words(letters)), words) for letters in others),
        )

    def place(self, sequence: str) -> Place:
        """Say where a stored sequence lies."""
        letters = codes(sequence)
        gc = _gc(letters)
        off = _deviations(gc - self.gc, self.gc_deviation)
        far = distance(_shares(_words(letters)), self.words)
        further = float(np.mean(self.distances < far)) if len(self.distances) and not np.isnan(far) else float("nan")
        warnings = []
        outside = not self.shortest <= len(letters) <= self.longest
        if outside:
            warnings.append(f"it has {len(letters):,} nt, and the model was trained on {self._span()} only")
        if abs(off) > DEVIATIONS:
            side = "above" if off > 0 else "below"
            size = f"{abs(off):.1f} standard deviations " if np.isfinite(off) else ""
            warnings.append(f"its G + C of {gc:.0%} lies {size}{side} the mean of {self.gc:.0%}")
        if not outside and far > self.limit:
            warnings.append(
                f"its {WORD}-letter words are further from the training part than those of {further:.0%} of the"
                " validation sequences"
            )
        return Place(len(letters), gc, off, far, further, tuple(warnings), outside)

    @cached_property
    def limit(self) -> float:
        """Distance above which the words of a sequence are called unlike; infinite without validation sequences."""
        if not len(self.distances):
            return float("inf")
        usual = float(self.distances.mean() + DEVIATIONS * self.distances.std())
        return max(usual, float(np.quantile(self.distances, SHARE)))

    def _span(self) -> str:
        same = self.shortest == self.longest
        return f"{self.shortest:,} nt" if same else f"{self.shortest:,} to {self.longest:,} nt"


def distance(one: FloatArray, other: FloatArray) -> float:
    """Give the Jensen-Shannon distance of two distributions (W,), from 0 to 1; NaN where one of them is NaN.

    >>> distance(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    1.0
    """
    middle = (one + other) / 2
    divergence = sum(_information(row, middle) for row in (one, other)) / 2
    return float(np.sqrt(max(0.0, divergence))) if not np.isnan(divergence) else float("nan")


def _information(row: FloatArray, middle: FloatArray) -> float:
    if np.isnan(row).any() or np.isnan(middle).any():
        return float("nan")
    there = row > 0
    return float(np.sum(row[there] * np.log2(row[there] / middle[there])))


def _deviations(difference: float, deviation: float) -> float:
    if np.isnan(difference) or abs(difference) < 1e-12:
        return 0.0
    return difference / deviation if deviation > 1e-12 else float(np.copysign(np.inf, difference))


def _gc(letters: NDArray[np.uint8]) -> float:
    known = letters != UNKNOWN
    return float(np.isin(letters[known], (1, 2)).mean()) if known.any() else float("nan")


def _words(letters: NDArray[np.uint8]) -> FloatArray:
    """Count the words of WORD known letters, (4 ** WORD,)."""
    if len(letters) < WORD:
        return np.zeros(4**WORD)
    windows = np.lib.stride_tricks.sliding_window_view(letters, WORD)
    windows = windows[(windows != UNKNOWN).all(axis=1)].astype(np.int64)
    return np.bincount(windows @ 4 ** np.arange(WORD)[::-1], minlength=4**WORD).astype(np.float64)


def _shares(counts: FloatArray) -> FloatArray:
    total = counts.sum()
    return counts / total if total else np.full(len(counts), np.nan)


def _sort(values: Iterable[float]) -> FloatArray:
    found = np.array([value for value in values if not np.isnan(value)], dtype=np.float64)
    return np.sort(found)
