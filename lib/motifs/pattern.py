"""Patterns: what the seqlets of a discovered motif look like, cut to what counts. Ranges are 0-based and half-open."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lib.core.arrays import FloatArray
from lib.motifs.pwm import information

CORE = 0.3
"""Share of the largest contribution that the outermost positions of a pattern reach, as in modisco-lite's report."""
NARROWEST = 4
"""Positions of a pattern at least."""
KNOWN_BITS = 1.0
"""Bits of a position beside these that goes along with them."""


@dataclass(frozen=True)
class Pattern:
    """A motif that was found: what its seqlets look like and contribute on average.

    Parameters
    ----------
    name
        ``+1`` for the pattern with the most seqlets of those that raise the prediction, ``-1`` likewise.
    sign
        1 where it raises the prediction, -1 where it lowers it.
    ppm
        (4, W) share of each base among the seqlets, channels A C G T.
    contribution
        (4, W) mean contribution of each base, in the unit of the target.
    seqlets
        ``id``, ``start``, ``end`` (0-based, half-open) and ``contribution`` (sum over the seqlet) of each, the
        strongest first; ``reversed`` where it lies on the other strand, which it never does on a single strand.
    """

    name: str
    sign: int
    ppm: FloatArray
    contribution: FloatArray
    seqlets: pd.DataFrame

    @property
    def width(self) -> int:
        """Nucleotides of the pattern."""
        return int(self.ppm.shape[1])


class Coordinates:
    """Where the seqlets of one pattern lie: sequence, start, and whether it was turned; ``width`` nt each."""

    def __init__(self, sign: int, rows: ArrayLike, starts: ArrayLike, turned: ArrayLike, width: int) -> None:
        self.sign, self.width = sign, width
        self.rows = np.asarray(rows, dtype=np.int64)
        self.starts = np.asarray(starts, dtype=np.int64)
        self.turned = np.asarray(turned, dtype=bool)


def patterns_of(
    found: Sequence[Coordinates],
    one_hot: NDArray[Any],
    contribution: FloatArray,
    ids: Sequence[str],
    lengths: NDArray[np.int64],
) -> list[Pattern]:
    """Turn coordinates into patterns, each cut to the positions that contribute; seqlets that leave a sequence go.

    Parameters
    ----------
    found
        What ``coordinates`` gave.
    one_hot, contribution
        (N, 4, L) each.
    ids, lengths
        (N,) each.
    """
    made: list[Pattern] = []
    for sign in (1, -1):
        some = [_pattern(item, one_hot, contribution, ids, lengths) for item in found if item.sign == sign]
        some = sorted((pattern for pattern in some if len(pattern.seqlets)), key=lambda one: -len(one.seqlets))
        for place, one in enumerate(some, start=1):
            name = f"{'+' if sign > 0 else '-'}{place}"
            made.append(Pattern(name, sign, one.ppm, one.contribution, one.seqlets))
    return made


def _pattern(
    found: Coordinates, one_hot: NDArray[Any], contribution: FloatArray, ids: Sequence[str], lengths: NDArray[np.int64]
) -> Pattern:
    mean = _windows(found, contribution, found.starts, found.width).mean(axis=0)
    low, high = core(mean, _shares(_windows(found, one_hot, found.starts, found.width)), found.sign)
    width = high - low
    starts = found.starts + np.where(found.turned, found.width - high, low)
    inside = (starts >= 0) & (starts + width <= lengths[found.rows])
    kept = Coordinates(found.sign, found.rows[inside], starts[inside], found.turned[inside], width)
    contributions = _windows(kept, contribution, kept.starts, width)
    table = pd.DataFrame(
        {
            "id": [str(ids[row]) for row in kept.rows],
            "start": kept.starts,
            "end": kept.starts + width,
            "contribution": contributions.sum(axis=(1, 2)),
            "reversed": kept.turned,
        }
    ).drop_duplicates(["id", "start"])
    strongest = table["contribution"].abs().sort_values(ascending=False, kind="stable").index
    ppm = _shares(_windows(kept, one_hot, kept.starts, width))
    average = contributions.mean(axis=0) if len(kept.rows) else mean[:, low:high]
    return Pattern("", found.sign, ppm, average, table.loc[strongest].reset_index(drop=True))


def core(contribution: FloatArray, ppm: FloatArray, sign: int) -> tuple[int, int]:
    """Give the half-open range of a pattern (4, W) from its first to its last position that counts.

    Those count that contribute with the sign of the pattern, up to 0.3 of the most; neighbours that are nearly always
    the same letter, with a bit of information or more, go along. It has four positions at least, by those neighbours
    that contribute more.

    >>> core(np.array([[0.1, 1.0, 0.2, 0.2, 0.5, -0.9]] + [[0.0] * 6] * 3), np.full((4, 6), 0.25), 1)
    (1, 5)
    """
    height = sign * contribution.sum(axis=0)
    counting = np.flatnonzero(height >= CORE * height.max())
    low, high = int(counting[0]), int(counting[-1]) + 1
    known = information(ppm) >= KNOWN_BITS
    while low > 0 and known[low - 1]:
        low -= 1
    while high < len(known) and known[high]:
        high += 1
    while high - low < min(NARROWEST, len(height)):
        before = height[low - 1] if low > 0 else -np.inf
        after = height[high] if high < len(height) else -np.inf
        low, high = (low - 1, high) if before > after else (low, high + 1)
    return low, high


def _shares(letters: NDArray[Any]) -> FloatArray:
    """Turn windows (S, 4, W) into the share of each base (4, W), a quarter where no letter is known."""
    counts = letters.sum(axis=0, dtype=np.float64)
    total = counts.sum(axis=0, keepdims=True)
    found: FloatArray = np.divide(counts, total, out=np.full_like(counts, 0.25), where=total > 0)
    return found


def _windows(found: Coordinates, tracks: NDArray[Any], starts: NDArray[np.int64], width: int) -> NDArray[Any]:
    """Cut (S, 4, W) out of tracks (N, 4, L); zeros beyond the ends, the other strand where a seqlet was turned."""
    places = starts[:, None] + np.arange(width)[None, :]
    inside = (places >= 0) & (places < tracks.shape[2])
    cut = tracks[found.rows[:, None], :, np.where(inside, places, 0)].transpose(0, 2, 1) * inside[:, None, :]
    turned = found.turned[:, None, None]
    return np.asarray(np.where(turned, cut[:, ::-1, ::-1], cut))
