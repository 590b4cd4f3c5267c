"""What pictures of one sequence share: the window that is drawn, and motif hits in lanes without overlap."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from lib.core.errors import UserError

LANES = 5
"""Lanes at most; hits that find no place are left out, the smallest values first."""


class Hit(NamedTuple):
    """A motif in the sequence: half-open range, name, and a value (NaN where it has none)."""

    start: int
    end: int
    name: str
    value: float = float("nan")


def lanes(
    hits: Sequence[tuple[int, int, str, float]], start: int, end: int, *, most: int = LANES
) -> list[tuple[int, Hit]]:
    """Give the hits that touch a half-open window with their lanes, the largest values placed first.

    >>> [lane for lane, _ in lanes([(0, 6, "a", 1.0), (4, 9, "b", 2.0), (7, 9, "c", 0.5)], 0, 10)]
    [0, 1, 1]
    """
    taken: list[list[Hit]] = []
    placed = []
    for hit in sorted((Hit(*hit) for hit in hits if hit[0] < end and hit[1] > start), key=_by_size):
        free = (
            lane for lane, others in enumerate(taken) if all(hit.end < o.start or o.end < hit.start for o in others)
        )
        lane = next(free, len(taken))
        if lane == most:
            continue
        if lane == len(taken):
            taken.append([])
        taken[lane].append(hit)
        placed.append((lane, hit))
    return placed


def require_window(window: tuple[int, int] | None, length: int, *, most: int) -> tuple[int, int]:
    """Give start and end (nt, 0-based, half-open) of what is drawn of a sequence, all of it where no window is given.

    Raises
    ------
    UserError
        If the window lies beyond the sequence, or has more nucleotides than one picture holds.
    """
    start, end = window or (0, length)
    if not 0 <= start < end <= length:
        raise UserError(f"The window {start} to {end} does not lie within the {length} nt of the sequence. Change it.")
    if end - start > most:
        raise UserError(f"The window has {end - start} nt; one picture holds {most}. Choose a shorter window.")
    return start, end


def _by_size(hit: Hit) -> tuple[float, int, int]:
    size = abs(hit.value)
    return (math.inf if math.isnan(size) else -size, hit.start, hit.end)
