"""Where regions lie: bins along aligned sequences, and all runs of neighbouring bins.

Places are offsets in nt from the anchor, the point at which all sequences are aligned: the base that follows it is 0,
the bases before it are negative. Regions are half-open.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError

ANCHORS = ("start", "centre", "end", "position")
OUTSIDE = -1
"""Bin of a base that lies in none."""

Cell = tuple[int, int]
"""A run of neighbouring bins, half-open."""


@dataclass(frozen=True)
class Bins:
    """The bins of aligned sequences.

    Parameters
    ----------
    edges
        (B + 1,) offsets from the anchor, rising.
    anchor
        Where the anchor of a sequence lies: at its ``start``, its ``centre``, its ``end``, or behind as many bases as
        ``before`` says (``position``).
    before
        Bases before the anchor, for ``position``.
    """

    edges: tuple[int, ...]
    anchor: str
    before: int = 0

    def __len__(self) -> int:
        """Count the bins."""
        return len(self.edges) - 1

    @property
    def whole(self) -> Cell:
        """The run of all bins."""
        return 0, len(self)

    @property
    def cells(self) -> list[Cell]:
        """All runs of neighbouring bins, B (B + 1) / 2 of them, by their first bin and then by their length.

        >>> Bins((0, 10, 30), "start").cells
        [(0, 1), (0, 2), (1, 2)]
        """
        return [(first, stop) for first in range(len(self)) for stop in range(first + 1, len(self) + 1)]

    def region(self, cell: Cell) -> tuple[int, int]:
        """Give the offsets from the anchor at which a run of bins starts and ends, half-open."""
        return self.edges[cell[0]], self.edges[cell[1]]

    def anchors(self, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give how many bases of sequences of these lengths (N,) lie before the anchor."""
        return _anchors(lengths, self.anchor, self.before)

    def of_offsets(self) -> NDArray[np.int8]:
        """Give the bin of every offset from the first edge to before the last."""
        return np.repeat(np.arange(len(self), dtype=np.int8), np.diff(self.edges))


def make(
    lengths: NDArray[np.int64], *, count: int, growing: bool, anchor: str = "start", before: int = 0, reach: int = 0
) -> Bins:
    """Lay bins over all that sequences of these lengths (N,) cover.

    Bins that grow are even in the square root of the distance from the anchor: 1, 3, 5, 7 ... times as wide as the
    first where the anchor lies at an end.

    Parameters
    ----------
    count
        How many bins.
    growing
        Whether they are the wider the farther they lie from the anchor; else all are equally wide, to a base.
    anchor, before
        As for ``Bins``.
    reach
        Bases farther than this from the anchor are left out; 0 leaves none out.

    Raises
    ------
    UserError
        If the anchor lies outside of a sequence, or a bin would hold no base.
    """
    places = _anchors(lengths, anchor, before)
    outside = int((places > lengths).sum())
    if outside:
        raise UserError(
            f"{outside:,} of {len(lengths):,} sequences end before the anchor, which lies behind {before:,} nt; the "
            f"shortest has {int(lengths.min()):,} nt. Choose fewer bases before the anchor, or bring longer sequences."
        )
    low, high = -int(places.max()), int((lengths - places).max())
    if reach:
        low, high = max(low, -reach), min(high, reach)
    scale = _root if growing else _same
    even = np.linspace(scale(np.array([low]))[0], scale(np.array([high]))[0], count + 1)
    edges = np.rint(np.sign(even) * even**2 if growing else even).astype(int)
    if (np.diff(edges) < 1).any():
        kind = f"{count} bins that grow from the anchor" if growing else f"{count} even bins"
        raise UserError(
            f"The sequences reach over {high - low:,} nt, which {kind} cannot share, for each needs at least one base. "
            "Choose fewer bins, or even ones."
        )
    return Bins(tuple(edges.tolist()), anchor, before if anchor == "position" else 0)


def _anchors(lengths: NDArray[np.int64], anchor: str, before: int) -> NDArray[np.int64]:
    if anchor == "position":
        return np.full_like(lengths, before)
    return {"start": np.zeros_like(lengths), "centre": lengths // 2, "end": lengths}[anchor]


def _root(offsets: NDArray[np.int64]) -> FloatArray:
    return np.sign(offsets) * np.sqrt(np.abs(offsets))


def _same(offsets: NDArray[np.int64]) -> FloatArray:
    return offsets.astype(np.float64)
