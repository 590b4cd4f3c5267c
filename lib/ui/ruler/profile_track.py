"""Counts at each base as a track of the ruler: observed, predicted and replicates, strands mirrored. No streamlit here.

Arrays travel as base64 of little-endian float32, strand after strand, as those of all tracks do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lib.ui.ruler.tracks import encode


class Genome(NamedTuple):
    """Where a sequence lies in a genome.

    Parameters
    ----------
    chromosome, strand
        As the dataset names them; the strand may be empty.
    first
        Coordinate of the first letter of the sequence, counted from 1.
    step
        1 where coordinates grow along the sequence, -1 where they fall, as on the minus strand.
    """

    chromosome: str
    strand: str
    first: int
    step: int

    @property
    def name(self) -> str:
        """Name of the chromosome with the strand.

        >>> Genome("chrII", "-", 500, -1).name
        'chrII (-)'
        """
        return f"{self.chromosome} ({self.strand})" if self.strand else self.chromosome

    def at(self, position: int) -> int:
        """Give the coordinate, counted from 1, of a position of the sequence, counted from 0.

        >>> Genome("chrII", "-", 500, -1).at(3)
        497
        """
        return self.first + self.step * position


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
    genome: Genome | None = None

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
