"""What lies around a motif: counts or shares at each base, aligned at its hits and averaged, beside random places.

A hit on the other strand is turned, so that every profile reads along the motif. Intervals are percentile bootstraps
over windows (Efron and Tibshirani 1993, chapter 13), since the hits of one window are no independent measurements.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import reverse_complement
from lib.core.arrays import FloatArray
from lib.motifs.scan_many import P, base_frequencies, scan_pwms, scan_words

Numbers = NDArray[np.int64]
RANDOM = 10
"""Random places for each hit; fewer of many hits."""
MOST_RANDOM = 20_000
"""Random places in all from which on there are fewer for each hit, one at least."""


class Places(NamedTuple):
    """Where a motif of ``width`` nucleotides lies in N windows.

    Parameters
    ----------
    rows, starts
        (H,) window of each hit, and where it begins, 0-based.
    turned
        (H,) whether it lies on the other strand.
    width
        Nucleotides of the motif.
    """

    rows: Numbers
    starts: Numbers
    turned: NDArray[np.bool_]
    width: int

    def __len__(self) -> int:
        """Count the hits."""
        return len(self.rows)


class Average(NamedTuple):
    """The mean around hits.

    Parameters
    ----------
    offsets
        (W,) nucleotides from the first one of the motif, which is 0.
    mean, low, high
        (W,) with the 95% interval; NaN where no window reaches.
    hits, windows
        How many hits were averaged, in how many windows.
    """

    offsets: Numbers
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    hits: int
    windows: int


def places_of_word(sequences: Sequence[str], motif: str, *, both: bool = True) -> Places:
    """Find a motif (DNA, IUPAC) in N windows, on the other strand too if ``both``; a palindrome lies on one strand.

    >>> found = places_of_word(["TTAGCC", "GGCTAA"], "TTAG")
    >>> found.rows.tolist(), found.starts.tolist(), found.turned.tolist()
    ([0, 1], [0, 2], [False, True])
    """
    other = reverse_complement(motif)
    words = [motif] if not both or other == motif else [motif, other]
    found = scan_words(sequences, pd.DataFrame({"motif": words, "mean_rbp": 0.0}))
    rows, starts = (found[name].to_numpy(dtype=np.int64) for name in ("row", "start"))
    return _sort(rows, starts, (found["motif"] != motif).to_numpy(dtype=bool), len(motif))


def places_of_pwm(sequences: Sequence[str], pwm: FloatArray, *, p: float = P, both: bool = True) -> Places:
    """Find a PWM (4, W) in N windows: hits with a p value of at most ``p``, on the other strand too if ``both``.

    Where it fits both strands at one place, the better strand counts.
    """
    found = scan_pwms(sequences, {"pwm": pwm}, p=p, background=base_frequencies(sequences), both=both)
    if both:
        found = found.sort_values("score", ascending=False, kind="stable").drop_duplicates(["row", "start"])
    turned = (found["strand"] == "-").to_numpy() if both else np.zeros(len(found), dtype=bool)
    rows, starts = (found[name].to_numpy(dtype=np.int64) for name in ("row", "start"))
    return _sort(rows, starts, turned, pwm.shape[1])


def random_places(places: Places, lengths: Numbers, *, each: int = RANDOM, seed: int = 0) -> Places:
    """Give ``each`` places for every hit: in its window and on its strand, but at random.

    Parameters
    ----------
    lengths
        (N,) nucleotides of each window.
    """
    rows, turned = np.repeat(places.rows, each), np.repeat(places.turned, each)
    room = lengths[rows] - places.width + 1
    starts = (np.random.default_rng(seed).random(len(rows)) * room).astype(np.int64)
    return Places(rows, starts, turned, places.width)


def cut(values: FloatArray, places: Places, flank: int, *, other: FloatArray | None = None) -> FloatArray:
    """Cut what lies around each hit out of N windows, along the motif: (H, 2 flank + width), NaN beyond the ends.

    Parameters
    ----------
    values
        (N, L) one number for each base of each window.
    flank
        Nucleotides on either side.
    other
        (N, L) the same of the other strand, which hits there are cut out of; None where strands are not told apart.
    """
    along = np.arange(-flank, places.width + flank)
    at = places.starts[:, None] + along[None, :]
    inside = (at >= 0) & (at < values.shape[1])
    at = np.where(inside, at, 0)
    found = values[places.rows[:, None], at]
    if other is not None:
        found = np.where(places.turned[:, None], other[places.rows[:, None], at], found)
    found = np.where(inside, found, np.nan)
    found[places.turned] = found[places.turned, ::-1]
    return np.asarray(found, dtype=np.float64)


def average(found: FloatArray, places: Places, flank: int, *, replicates: int = 1000, seed: int = 0) -> Average:
    """Average what ``cut`` gave (H, W) at each base, with the interval of a bootstrap over windows.

    A hit whose values are all unknown, as those of a window without counts are, is left out.
    """
    known = ~np.isnan(found).all(axis=1)
    found, rows = found[known], places.rows[known]
    offsets = np.arange(-flank, places.width + flank)
    order = np.argsort(rows, kind="stable")
    found = found[order]
    windows, first = np.unique(rows[order], return_index=True)
    if not len(windows):
        nothing = np.full(len(offsets), np.nan)
        return Average(offsets, nothing, nothing, nothing, 0, 0)
    there = ~np.isnan(found)
    sums = np.add.reduceat(np.where(there, found, 0.0), first, axis=0)  # windows, W
    counts = np.add.reduceat(there.astype(np.float64), first, axis=0)
    drawn = np.random.default_rng(seed).multinomial(len(windows), np.full(len(windows), 1 / len(windows)), replicates)
    with np.errstate(invalid="ignore", divide="ignore"):
        resampled = (drawn @ sums) / (drawn @ counts)
        mean = sums.sum(axis=0) / counts.sum(axis=0)
    low, high = np.full(len(offsets), np.nan), np.full(len(offsets), np.nan)
    reached = ~np.isnan(resampled).all(axis=0)
    low[reached], high[reached] = np.nanquantile(resampled[:, reached], [0.025, 0.975], axis=0)
    return Average(offsets, mean, low, high, len(found), len(windows))


def shares(counts: FloatArray) -> FloatArray:
    """Turn counts (N, L) into the share of each base among those of its window; NaN in windows without counts.

    >>> shares(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.25, 0.75], [nan, nan]]
    """
    total = counts.sum(axis=1, keepdims=True, dtype=np.float64)
    shares: FloatArray = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    return shares


def around(
    series: Mapping[str, tuple[FloatArray, FloatArray | None]],
    places: Places,
    lengths: Numbers,
    *,
    flank: int,
    replicates: int = 1000,
) -> dict[str, tuple[Average, Average]]:
    """Average several series around the hits of a motif and around random places of the same windows.

    Parameters
    ----------
    series
        By name the values (N, L) and those of the other strand, as ``cut`` takes them.
    lengths
        (N,) nucleotides of each window.

    Returns
    -------
    dict
        By name the average at hits and the average at random places.
    """
    each = int(np.clip(MOST_RANDOM // max(len(places), 1), 1, RANDOM))
    chance = random_places(places, lengths, each=each)
    found = {}
    for name, (values, other) in series.items():
        both = (cut(values, where, flank, other=other) for where in (places, chance))
        hits, elsewhere = both
        found[name] = (
            average(hits, places, flank, replicates=replicates),
            average(elsewhere, chance, flank, replicates=replicates),
        )
    return found


def _sort(rows: Numbers, starts: Numbers, turned: NDArray[np.bool_], width: int) -> Places:
    order = np.lexsort((turned, starts, rows))
    return Places(rows[order].astype(np.int64), starts[order].astype(np.int64), turned[order], width)
