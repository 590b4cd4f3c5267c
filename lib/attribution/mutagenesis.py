"""In-silico mutagenesis: predict every single mutant (Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547).

Works with every model, for it only asks for predictions.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import ClassVar

import numpy as np

from lib.attribution.base import METHODS, SILENT, Attribution
from lib.core.alphabet import BASES
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.data.dataset import FloatArray
from lib.models.base import Fitted

RULE = "minus the mean effect of the three mutations at the position (of all four bases where the letter is unknown)"
_LETTERS = 2**20  # letters of mutants handed to the model at a time


@METHODS.add
@dataclass(frozen=True)
class Mutagenesis:
    """Attribute by what happens to the prediction when one nucleotide is changed.

    ``effects`` are f(mutant) - f(x), 0 at the base that stands there. The score of a position is positive where
    mutations lower the prediction: the base that stands there raises it.
    """

    name: ClassVar[str] = "in-silico-mutagenesis"
    label: ClassVar[str] = "In-silico mutagenesis"
    summary: ClassVar[str] = "Changes every nucleotide to every other and predicts again. Works with every model."

    def attribute(
        self,
        fitted: Fitted,
        sequences: Sequence[str],
        *,
        target: int = 0,
        target_name: str = "",
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> list[Attribution]:
        """Attribute one target for N sequences of any lengths, in their order; nothing is random here.

        Raises
        ------
        UserError
            If a sequence is empty, or there is no such target.
        """
        found = []
        for done, sequence in enumerate(sequences):
            now = Report(done, len(sequences), stage="Attribution")
            prediction, effects = _effects(fitted, sequence, target, partial(progress.report, now))
            found.append(
                Attribution(
                    sequence=sequence,
                    scores=scores(sequence, effects),
                    hypothetical=None,
                    effects=effects,
                    method=self.label,
                    reference="none: the sequence with one nucleotide changed",
                    rule=RULE,
                    target=target_name,
                    prediction=prediction,
                    reference_prediction=None,
                    delta=None,
                )
            )
        progress.report(Report(len(sequences), len(sequences), stage="Attribution"))
        return found


def _effects(fitted: Fitted, sequence: str, target: int, alive: Callable[[], None]) -> tuple[float, FloatArray]:
    if not sequence:
        raise UserError("A sequence is empty; attribution needs at least one nucleotide. Leave it out.")
    predicted = fitted.predict([sequence])
    if not 0 <= target < predicted.shape[1]:
        raise UserError(f"The model has {predicted.shape[1]} targets; there is no target number {target + 1}.")
    prediction = float(predicted[0, target])
    effects = np.zeros((4, len(sequence)))
    mutants = _mutants(sequence)
    while batch := list(islice(mutants, max(1, _LETTERS // len(sequence)))):
        alive()
        channels, positions, texts = zip(*batch, strict=True)
        effects[channels, positions] = fitted.predict(texts)[:, target] - prediction
    return prediction, effects


def scores(sequence: str, effects: FloatArray) -> FloatArray:
    """Turn effects (4, L) into scores (L,): minus the mean over the mutations that there are at each position."""
    mutations = np.array([3.0 if letter in BASES else 4.0 for letter in sequence])
    result: FloatArray = -effects.sum(axis=0) / mutations
    return result


def _mutants(sequence: str) -> Iterator[tuple[int, int, str]]:
    for position, standing in enumerate(sequence):
        for channel, base in enumerate(BASES):
            if base != standing:
                yield channel, position, sequence[:position] + base + sequence[position + 1 :]
