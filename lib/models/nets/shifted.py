"""Sequences that are moved by a few nucleotides each time they are learned from."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from lib.core.alphabet import UNKNOWN
from lib.core.arrays import FloatArray
from lib.models.nets.batches import Examples, draw_shift, one_hot_batch


class ShiftedExamples(Examples):
    """Examples that are moved by a few nucleotides at random each time they are learned from, as they are cut.

    Parameters
    ----------
    sequences, labels
        As in ``Examples``.
    most, seed
        Nucleotides that a sequence is moved at most, to either side; what draws them. What is moved beyond an end is
        left out, and unknown letters come in at the other.
    """

    def __init__(self, sequences: Sequence[str], labels: FloatArray, *, most: int, seed: int) -> None:
        super().__init__(sequences, labels)
        self.most, self.seed = most, seed

    def batch(self, numbers: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        """Make what a network reads of sequences that chance has moved."""
        if not self.step or not self.most:
            return super().batch(numbers)
        return one_hot_batch([self._move(number) for number in numbers])

    def _move(self, number: int) -> np.ndarray:
        letters = self.codes[number]
        most = min(self.most, len(letters) // 4)
        by = draw_shift(self.seed, self.step, number, most)
        moved = np.full_like(letters, UNKNOWN)
        moved[max(by, 0) : len(letters) + min(by, 0)] = letters[max(-by, 0) : len(letters) - max(by, 0)]
        return moved
