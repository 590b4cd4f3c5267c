"""One target of a trained model as a function from sequences to numbers, each distinct sequence asked once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Report
from lib.models.base import Fitted

Ask = Callable[[Sequence[str]], FloatArray]
"""Turns N stored sequences into (N,) predictions."""
_LETTERS = 2**20  # letters of sequences handed to a model at a time
_HELD = 2**24  # letters of changed sequences that are held at a time
_NOISE = 2e-6


def asking(fitted: Fitted, target: int = 0, *, alive: Callable[[], None] = lambda: None) -> Ask:
    """Give the function.

    Parameters
    ----------
    fitted, target
        A trained model and which of its targets.
    alive
        Called before each batch and now and then within; what it raises stops the work.
    """

    def ask(sequences: Sequence[str]) -> FloatArray:
        if not all(sequences):
            raise UserError("A sequence is empty; an experiment needs at least one nucleotide in each. Leave it out.")
        distinct = list(dict.fromkeys(sequences))
        known: dict[str, float] = {}
        size = max(1, _LETTERS // max(map(len, distinct), default=1))
        for start in range(0, len(distinct), size):
            alive()
            batch = distinct[start : start + size]
            predicted = fitted.predict(batch, progress=_Alive(alive))
            if not 0 <= target < predicted.shape[1]:
                found = f"The model has {predicted.shape[1]} targets"
                raise UserError(f"{found}; there is no target number {target + 1}. Choose another.")
            known.update(zip(batch, predicted[:, target].tolist(), strict=True))
        return np.array([known[sequence] for sequence in sequences], dtype=np.float64)

    return ask


def blocks(sequences: Sequence[str], copies: int) -> Iterator[range]:
    """Cut N sequences into ranges of rows of which so many changed copies fit into memory, at least one row each.

    >>> [list(rows) for rows in blocks(["A" * 2**22] * 5, 2)]
    [[0, 1], [2, 3], [4]]
    """
    longest = max(map(len, sequences), default=1)
    size = max(1, _HELD // max(1, longest * copies))
    for start in range(0, len(sequences), size):
        yield range(start, min(start + size, len(sequences)))


def drop_rounding(differences: FloatArray, predictions: FloatArray) -> FloatArray:
    """Set differences to 0 that are no larger than what rounding of 32-bit numbers leaves of these predictions."""
    scale = np.abs(predictions[np.isfinite(predictions)]).max(initial=0.0)
    return np.where(np.abs(differences) <= _NOISE * scale, 0.0, differences)


@dataclass(frozen=True)
class _Alive:
    """Hears of every batch of a model, so that the work can be stopped between two."""

    alive: Callable[[], None]

    def report(self, _: Report) -> None:
        self.alive()
