"""A stacked logo as a track of the ruler: what is expected at each position. No streamlit here."""

from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import ArrayLike

from lib.ui.ruler.tracks import encode


@dataclass(frozen=True)
class StackTrack:
    """Letters A C G T on each other, the most probable on top.

    Parameters
    ----------
    label, unit
        Title above the track and unit of the heights.
    probabilities
        (4, L) of A C G T; NaN leaves a gap.
    heights
        (L,) of the whole stack, such as information in bits.
    top
        Height of the axis.
    """

    kind: ClassVar[str] = "stack"
    label: str
    probabilities: ArrayLike
    heights: ArrayLike
    top: float = 2.0
    unit: str = ""

    def payload(self, sequence: str) -> dict[str, Any]:
        """Encode probabilities, row after row, and heights."""
        length = len(sequence)
        return {
            "values": encode(self.probabilities, (4, length), self.label),
            "heights": encode(self.heights, (length,), self.label),
            "top": float(self.top),
        }
