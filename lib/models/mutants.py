"""The effect of every single mutation on a prediction: f(mutant) - f(x), by the quickest way a model knows.

A model that can compute what a mutation changes without predicting the mutant says so by ``effects`` (``Mutagenic``);
every other one predicts all mutants, many at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.core.progress import Report
from lib.models.base import Fitted, Mutagenic

LETTERS = 2**20
"""Letters of mutants handed to a model at a time."""


def effects(
    fitted: Fitted, sequences: Sequence[str], *, target: int = 0, alive: Callable[[], None]
) -> Iterator[tuple[int, float, FloatArray]]:
    """Give number, prediction and effects (4, L) of N sequences, each once, in any order.

    Parameters
    ----------
    fitted, target
        A trained model and which of its targets.
    sequences
        None of them empty. Effects are 0 at the base that stands there, channels A C G T; a letter other than those
        has four mutations.
    alive
        Called now and then; what it raises stops the work.
    """
    if isinstance(fitted, Mutagenic):
        yield from fitted.effects(sequences, target=target, alive=alive)
        return
    for number, sequence in enumerate(sequences):
        alive()
        prediction = float(fitted.predict([sequence])[0, target])
        found = np.zeros((4, len(sequence)))
        mutants = _mutants(sequence)
        while batch := list(islice(mutants, max(1, LETTERS // len(sequence)))):
            channels, positions, texts = zip(*batch, strict=True)
            found[channels, positions] = fitted.predict(texts, progress=_Alive(alive))[:, target] - prediction
        yield number, prediction, found


def _mutants(sequence: str) -> Iterator[tuple[int, int, str]]:
    for position, standing in enumerate(sequence):
        for channel, base in enumerate(BASES):
            if base != standing:
                yield channel, position, sequence[:position] + base + sequence[position + 1 :]


@dataclass(frozen=True)
class _Alive:
    """Hears of every batch of a model, so that the work can be stopped between two."""

    alive: Callable[[], None]

    def report(self, _: Report) -> None:
        self.alive()
