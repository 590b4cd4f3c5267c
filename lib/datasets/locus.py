"""Where a window lies in its genome, for what is shown of single bases."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.datasets.dataset import Dataset
from lib.datasets.profiles import window_positions


class Locus(NamedTuple):
    """Where a sequence lies in a genome.

    Parameters
    ----------
    chromosome, strand
        As the dataset names them; the strand is empty where nobody knows.
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

        >>> Locus("chrII", "-", 500, -1).name
        'chrII (-)'
        """
        return f"{self.chromosome} ({self.strand})" if self.strand else self.chromosome

    def at(self, position: int) -> int:
        """Give the coordinate, counted from 1, of a position of the sequence, counted from 0.

        >>> Locus("chrII", "-", 500, -1).at(3)
        497
        """
        return self.first + self.step * position

    def coordinates(self, length: int) -> NDArray[np.int64]:
        """Give the coordinates, counted from 1, of a sequence of L letters, (L,).

        >>> Locus("chrII", "-", 500, -1).coordinates(3).tolist()
        [500, 499, 498]
        """
        return self.first + self.step * np.arange(length, dtype=np.int64)


def locus(dataset: Dataset, row: int) -> Locus | None:
    """Say where a window of a dataset lies, None where the dataset does not."""
    known = window_positions(dataset)
    if known is None:
        return None
    chromosome, start, end, strand = known.iloc[row]
    if strand == "-":
        return Locus(str(chromosome), "-", int(end), -1)
    return Locus(str(chromosome), "+" if strand == "+" else "", int(start) + 1, 1)
