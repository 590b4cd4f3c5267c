"""In-silico mutagenesis: predict every single mutant (Zhou & Troyanskaya 2015, doi:10.1038/nmeth.3547).

Works with every model; one that knows what a mutation changes without predicting the mutant computes no more than that.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lib.attribution.base import METHODS, Attribution, Method, require_target
from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.models import mutants
from lib.models.base import Fitted

RULE = "minus the mean effect of the three mutations at the position (of all four bases where the letter is unknown)"


@METHODS.add
@dataclass(frozen=True)
class Mutagenesis(Method):
    """Attribute by what happens to the prediction when one nucleotide is changed.

    ``effects`` are f(mutant) - f(x), 0 at the base that stands there. The score of a position is positive where
    mutations lower the prediction: the base that stands there raises it.
    """

    name: ClassVar[str] = "in-silico-mutagenesis"
    label: ClassVar[str] = "In-silico mutagenesis"
    summary: ClassVar[str] = "Changes every nucleotide to every other and predicts again. Works with every model."
    has_hypothetical: ClassVar[bool] = True

    def explain(
        self, fitted: Fitted, sequences: Sequence[str], target: int, seed: int, alive: Callable[[], None]
    ) -> Iterator[Attribution]:
        """Attribute N distinct sequences, in any order; nothing is random here."""
        if sequences:
            require_target(target, fitted.predict(sequences[:1]).shape[1])
        for number, prediction, effects in mutants.effects(fitted, sequences, target=target, alive=alive):
            yield Attribution(
                sequence=sequences[number],
                scores=compute_scores(sequences[number], effects),
                hypothetical=compute_hypothetical(effects),
                effects=effects,
                method=self.label,
                reference="none: the sequence with one nucleotide changed",
                rule=RULE,
                prediction=prediction,
            )


def compute_hypothetical(effects: FloatArray) -> FloatArray:
    """Turn effects (4, L) into the score that each base would have if it stood there, (4, L).

    That is minus the mean effect of the three mutations away from it: at the base that stands there, its score.

    >>> compute_hypothetical(np.array([[0.0], [3.0], [-6.0], [0.0]])).ravel().tolist()
    [1.0, 5.0, -7.0, 1.0]
    """
    result: FloatArray = (len(BASES) * effects - effects.sum(axis=0)) / (len(BASES) - 1)
    return result


def compute_scores(sequence: str, effects: FloatArray) -> FloatArray:
    """Turn effects (4, L) into scores (L,): minus the mean over the mutations that there are at each position."""
    mutations = np.array([3.0 if letter in BASES else 4.0 for letter in sequence])
    result: FloatArray = -effects.sum(axis=0) / mutations
    return result
