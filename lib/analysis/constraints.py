"""What a design may not do: change regions, leave a range of GC content, make forbidden sites, edit too much."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.analysis.motifs import Motif
from lib.core.alphabet import codes
from lib.core.errors import UserError


@dataclass(frozen=True)
class Constraints:
    """What a design may not do.

    Parameters
    ----------
    keep
        Half-open, 0-based regions whose letters stay.
    gc_low, gc_high
        Share of G and C; where the start lies outside, no edit may lead further away.
    forbidden
        Motifs of which no edit may make a new hit, on the strand that is given.
    edits
        Positions that may differ from the start at most.
    """

    keep: tuple[tuple[int, int], ...] = ()
    gc_low: float = 0.0
    gc_high: float = 1.0
    forbidden: tuple[Motif, ...] = ()
    edits: int = 20

    def check(self, length: int) -> None:
        """Refuse what cannot be met by any sequence of this length.

        Raises
        ------
        UserError
            If a region lies outside, the GC range is empty, or no edit is allowed.
        """
        for start, end in self.keep:
            if not 0 <= start < end <= length:
                found = f"The region to keep, {start + 1} to {end}"
                raise UserError(f"{found}, does not lie within the sequence of {length:,} nt. Change it.")
        if not 0 <= self.gc_low <= self.gc_high <= 1:
            found = f"The GC range is {self.gc_low:.0%} to {self.gc_high:.0%}"
            raise UserError(f"{found}; it must lie within 0% and 100%, and not begin above its end. Change it.")
        if self.edits < 1:
            raise UserError("No edit is allowed. Allow at least one.")

    def free(self, length: int) -> NDArray[np.bool_]:
        """Say which positions may change, (L,)."""
        free = np.ones(length, dtype=bool)
        for start, end in self.keep:
            free[start:end] = False
        return free

    def beyond_gc(self, letters: NDArray[np.uint8]) -> float:
        """Give how far the share of G and C lies outside the range, 0 within."""
        share = float(((letters == 1) | (letters == 2)).mean())
        return max(0.0, self.gc_low - share, share - self.gc_high)

    def sites(self, letters: NDArray[np.uint8]) -> set[tuple[int, int]]:
        """Give the forbidden hits, as number of the motif and start."""
        return {(number, int(start)) for number, motif in enumerate(self.forbidden) for start in motif.starts(letters)}

    def allow(self, before: str, after: str) -> bool:
        """Say whether a change leads to no new forbidden hit and no further out of the GC range."""
        old, new = codes(before), codes(after)
        if self.beyond_gc(new) > self.beyond_gc(old) + 1e-12:
            return False
        return not self.forbidden or self.sites(new) <= self.sites(old)
