"""A secondary structure as a track of the ruler: arcs between paired bases. No streamlit here."""

import base64
from dataclasses import dataclass
from typing import Any, ClassVar

from lib.motifs.folding import Fold, partners


@dataclass(frozen=True)
class ArcsTrack:
    """How a sequence folds: an arc above the axis for each pair, and the dot-bracket text where it can be read.

    Parameters
    ----------
    label, unit
        Title above the track, and its unit (usually none).
    fold
        Structure of L letters and its energy in kcal/mol.
    """

    kind: ClassVar[str] = "arcs"
    label: str
    fold: Fold
    unit: str = ""

    @property
    def note(self) -> str:
        """Say the energy of the whole.

        >>> ArcsTrack("Structure", Fold("(...)", -1.25)).note
        'MFE −1.25 kcal/mol'
        """
        return f"MFE {self.fold.energy:.2f} kcal/mol".replace("-", "−")

    def payload(self, sequence: str) -> dict[str, Any]:
        """Write for each letter the position of its partner, -1 where it has none.

        Raises
        ------
        ValueError
            If the structure is not as long as the sequence, or its brackets do not match.
        """
        structure = self.fold.structure
        if len(structure) != len(sequence):
            raise ValueError(
                f"{self.label}: a structure of {len(structure)} letters, the sequence has {len(sequence)} nt"
            )
        packed = partners(structure).astype("<i4").tobytes()
        return {
            "partners": base64.b64encode(packed).decode("ascii"),
            "note": self.note,
            "empty": "No base pairs in the structure of least energy",
        }
