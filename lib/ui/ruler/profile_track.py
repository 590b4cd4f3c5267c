"""Counts at each base as a track of the ruler: observed, predicted and replicates, strands mirrored. No streamlit here.

Arrays travel as base64 of little-endian float32, strand after strand, as those of all tracks do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from lib.datasets.locus import Locus
from lib.ui.ruler.tracks import encode


@dataclass(frozen=True)
class ProfileTrack:
    """Counts at each base: observed as bars, predicted as a line, replicates faintly.

    Parameters
    ----------
    label, unit
        Title above the track and unit of the values.
    observed, predicted
        (S, L) each: one row, or two of which the second is drawn downwards from the axis; None where there are none.
    replicates
        (S, L) each by name.
    strands
        (S,) what the rows are called where there are two; empty for one row.
    genome
        Where the sequence lies, for the tooltip and the table; None where nobody knows.
    """

    kind: ClassVar[str] = "profile"
    label: str
    observed: ArrayLike | None = None
    predicted: ArrayLike | None = None
    replicates: Mapping[str, ArrayLike] = field(default_factory=dict)
    strands: tuple[str, ...] = ()
    unit: str = "counts"
    genome: Locus | None = None

    def payload(self, sequence: str) -> dict[str, Any]:
        """Encode the series, those that are drawn below others first.

        Raises
        ------
        ValueError
            If a series does not have one value for each nucleotide and strand.
        """
        rows = len(self.strands) or 1
        if rows > 2:
            raise ValueError(f"{self.label}: a track has one or two strands, not {rows}")
        given = [("observed", "observed", self.observed)]
        given += [(name, "replicate", values) for name, values in self.replicates.items()]
        given += [("predicted", "predicted", self.predicted)]
        series = [
            {"name": name, "role": role, "values": encode(np.asarray(values), (rows, len(sequence)), self.label)}
            for name, role, values in given
            if values is not None
        ]
        where = None if self.genome is None else {**self.genome._asdict(), "name": self.genome.name}
        return {"series": series, "strands": list(self.strands), "genome": where}
