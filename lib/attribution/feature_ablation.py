"""Feature ablation: what one nucleotide, or one token, adds, by replacing it with that of a reference.

The score is f(x) - mean over the references of f(x with that one thing replaced), as in Captum's ``FeatureAblation``
with a mask that makes one feature of the channels of a position, or of the embedding of a token. For models that read
tokens each token is replaced in the embedding, and its score is shared equally among its nucleotides; for all other
models each nucleotide is. Works with every model; where a model shows no network, letters are replaced
(``lib.attribution.letters``). Scores add up to nothing in general: two things that need each other both count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lib.attribution import members
from lib.attribution.base import METHODS, SILENT, Attribution, refusal, require_letters
from lib.attribution.letters import errors_of, hidden, said, stand_ins
from lib.attribution.references import KINDS, SHUFFLES
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.core.registry import setting
from lib.models.base import Composed, Fitted, TokenDifferentiable

if TYPE_CHECKING:
    from lib.attribution.inner.readers import Batch, Reader

RULE = "f(x) minus the mean of f with this one nucleotide or token replaced by that of a reference"


@METHODS.add
@dataclass(frozen=True)
class FeatureAblation:
    """Attribute by replacing one nucleotide or token at a time."""

    name: ClassVar[str] = "feature-ablation"
    label: ClassVar[str] = "Feature ablation"
    summary: ClassVar[str] = (
        "Replaces one nucleotide, or one token of models that read tokens, and predicts again. Works with every model."
    )

    reference: str = setting(
        SHUFFLES,
        label="Replaced by that of",
        choices=KINDS,
        help="What stands there instead: that of shuffled sequences, nothing, the mean of all, or a mask token.",
    )
    shuffles: int = setting(
        20,
        label="Shuffles",
        low=1,
        high=1000,
        advanced=True,
        when=("reference", (SHUFFLES,)),
        help="How many shuffled sequences are averaged.",
    )

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
        """Attribute one target for N sequences of any lengths, in their order.

        Raises
        ------
        UserError
            If a sequence is empty, there is no such target, or the reference is of models that read tokens.
        """
        if why := refusal(self, fitted):
            raise UserError(why)
        require_letters(sequences)
        options = {"target": target, "target_name": target_name, "seed": seed, "progress": progress}
        if isinstance(fitted, Composed):
            return members.averaged(self, fitted.members, sequences, **options)
        if isinstance(fitted, TokenDifferentiable):
            return self._tokens(fitted, sequences, **options)
        found = []
        for done, sequence in enumerate(sequences):
            alive = partial(progress.report, Report(done, len(sequences), stage="Attribution"))
            others = stand_ins(self.reference, sequence, shuffles=self.shuffles, seed=seed)
            windows = [(place, place + 1) for place in range(len(sequence))]
            prediction, without = hidden(fitted, sequence, windows, others, target=target, alive=alive)
            words = said(self.reference, self.shuffles)
            draws = prediction - without.T  # K, L
            errors = errors_of(self.reference, draws)
            found.append(_made(sequence, draws.mean(axis=0), words, target_name, prediction, errors))
        progress.report(Report(len(sequences), len(sequences), stage="Attribution"))
        return found

    def _tokens(
        self,
        fitted: TokenDifferentiable,
        sequences: Sequence[str],
        *,
        target: int,
        target_name: str,
        seed: int,
        progress: Progress,
    ) -> list[Attribution]:
        from lib.attribution.inner.readers import TokenReader

        reader = TokenReader(fitted, sequences, target)
        found = []
        for row, sequence in enumerate(sequences):
            alive = partial(progress.report, Report(row, len(sequences), stage="Attribution"))
            batch = reader.batch([row], self.reference, shuffles=self.shuffles, seed=seed)
            prediction, draws = _replaced(reader, batch, alive)
            placed = reader.placed(row, draws.mean(axis=0))
            errors = errors_of(self.reference, reader.spread(row, draws))
            words = f"one token each from the {batch.described[0]}"
            found.append(
                _made(sequence, placed.scores, words, target_name, prediction, errors, placed.special, placed.tokens)
            )
        progress.report(Report(len(sequences), len(sequences), stage="Attribution"))
        return found


def _replaced(reader: "Reader", batch: "Batch", alive: Callable[[], None]) -> tuple[float, FloatArray]:
    """Give f(x), and what each token of one sequence adds to it, against each of its references, (K, T)."""
    import torch

    network, copies = reader.network, batch.references.shape[1]
    prediction = float(network.values(batch.x, batch.ids, alive)[0])
    length = batch.x.shape[1]
    replaced = torch.zeros((copies, length), dtype=torch.float64)
    for part in network.passes(batch.x, batch.ids, length * copies, each=0.5):
        alive()
        number = torch.arange(part.start, part.stop)
        points = batch.x.expand(len(number), *batch.x.shape[1:]).clone()
        place, copy = number // copies, number % copies
        points[torch.arange(len(number)), place] = batch.references[0, copy, place]
        with torch.no_grad():
            values = network(points, batch.ids_of(torch.zeros_like(number)))
        replaced[copy, place] = values.double().cpu()
    effects: FloatArray = prediction - replaced.numpy()
    return prediction, effects


def _made(
    sequence: str,
    scores: FloatArray,
    reference: str,
    target_name: str,
    prediction: float,
    errors: FloatArray | None,
    special: float = 0.0,
    tokens: tuple[tuple[str, int, int, float], ...] = (),
) -> Attribution:
    return Attribution(
        sequence=sequence,
        scores=np.asarray(scores, dtype=np.float64),
        hypothetical=None,
        effects=None,
        method=FeatureAblation.label,
        reference=reference,
        rule=RULE,
        target=target_name,
        prediction=prediction,
        reference_prediction=None,
        delta=None,
        special=special,
        tokens=tokens,
        standard_errors=errors,
    )
