"""Permutations of the places of motif instances: a Markov chain of exchanges between sequences, without overlaps.

Places of the second pattern of a pair go from one sequence to another, relative to the length. Every sequence keeps its
length, its instances of the first pattern, and its number of instances of the second. A proposal picks two sequences
and an instance in each, all alike likely, and is rejected where an instance would overlap another: the chain is
symmetric, so that all permutations without overlaps are equally likely in the long run.
"""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from lib.core.arrays import FloatArray

Ints = NDArray[np.int64]


class Placed(NamedTuple):
    """The n sequences that have both patterns (or two of the same), and where those lie in them.

    Sequence i has ``fixed[fixed_bounds[i]:fixed_bounds[i + 1]]``, starts of the first pattern (none of the same), and
    likewise ``moved``, places of the second one: its start, relative to the room for it, within 0 and 1.
    """

    lengths: Ints
    fixed: Ints
    fixed_bounds: Ints
    moved: FloatArray
    moved_bounds: Ints
    widths: tuple[int, int]

    @classmethod
    def of(cls, first: pd.DataFrame, second: pd.DataFrame, lengths: Ints, *, same: bool) -> "Placed":
        """Gather the instances of two patterns (``row``, ``start``, ``end``) among N sequences of some lengths."""
        one, other = (np.bincount(table["row"], minlength=len(lengths)) for table in (first, second))
        rows = np.flatnonzero(one > 1 if same else (one > 0) & (other > 0))
        widths = [int((table["end"] - table["start"]).max()) if len(table) else 1 for table in (first, second)]
        starts, bounds = _gather(second, rows)
        room = np.repeat(lengths[rows] - widths[1] + 1, np.diff(bounds))
        fixed = _gather(first.iloc[:0] if same else first, rows)
        return cls(lengths[rows], *fixed, (starts + 0.5) / room, bounds, (widths[0], widths[1]))


def _gather(table: pd.DataFrame, rows: Ints) -> tuple[Ints, Ints]:
    """Give the starts in some sequences end to end, and the bounds (n + 1,) of each sequence."""
    kept = table[table["row"].isin(rows)].sort_values(["row", "start"])
    return kept["start"].to_numpy(dtype=np.int64), np.append(
        np.searchsorted(kept["row"].to_numpy(), rows), len(kept)
    ).astype(np.int64)


@njit(cache=True, nogil=True)
def _to_start(place: float, room: int) -> int:
    """Turn a relative place into a start."""
    return int(place * room)


@njit(cache=True, nogil=True)
def _fits(placed: Any, moved: FloatArray, row: int, skipped: int, place: float) -> bool:
    """Say whether an instance may lie at a place of a sequence, in which one instance is not looked at."""
    first, second = placed.widths
    room = placed.lengths[row] - second + 1
    start = _to_start(place, room)
    for at in range(placed.fixed_bounds[row], placed.fixed_bounds[row + 1]):
        if placed.fixed[at] < start + second and start < placed.fixed[at] + first:
            return False
    for at in range(placed.moved_bounds[row], placed.moved_bounds[row + 1]):
        if at != skipped and abs(_to_start(moved[at], room) - start) < second:
            return False
    return True


@njit(cache=True, nogil=True)
def permute(placed: Any, moved: FloatArray, rng: np.random.Generator, sweeps: int) -> None:
    """Exchange places of instances between sequences, in place; every proposal is as likely as the one back."""
    n, bounds = len(placed.lengths), placed.moved_bounds
    for _ in range(sweeps * n // 2):
        left, right = int(rng.integers(0, n)), int(rng.integers(0, n))
        if left == right:
            continue
        one = int(rng.integers(bounds[left], bounds[left + 1]))
        other = int(rng.integers(bounds[right], bounds[right + 1]))
        if _fits(placed, moved, left, one, moved[other]) and _fits(placed, moved, right, other, moved[one]):
            moved[one], moved[other] = moved[other], moved[one]


@njit(cache=True, nogil=True)
def count_distances(placed: Any, moved: FloatArray, reach: int) -> Ints:
    """Count the pairs of instances at each distance from -reach to reach, (2 reach + 1,)."""
    counts = np.zeros(2 * reach + 1, dtype=np.int64)
    for row in range(len(placed.lengths)):
        room = placed.lengths[row] - placed.widths[1] + 1
        for at in range(placed.moved_bounds[row], placed.moved_bounds[row + 1]):
            start = _to_start(moved[at], room)
            for other in range(placed.fixed_bounds[row], placed.fixed_bounds[row + 1]):
                counts[start - placed.fixed[other] + reach] += 1
            if len(placed.fixed) == 0:
                for other in range(placed.moved_bounds[row], at):
                    counts[abs(start - _to_start(moved[other], room)) + reach] += 1
    return counts


@njit(cache=True, nogil=True)
def sample_distances(
    placed: Any, hub: FloatArray, reach: int, rng: np.random.Generator, samples: int, sweeps: int
) -> Ints:
    """Count the pairs at each distance in permutations that begin at one state, (samples, 2 reach + 1)."""
    counts = np.empty((samples, 2 * reach + 1), dtype=np.int64)
    for sample in range(samples):
        moved = hub.copy()
        permute(placed, moved, rng, sweeps)
        counts[sample] = count_distances(placed, moved, reach)
    return counts
