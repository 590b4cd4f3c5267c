"""Methods that replace a part of the sequence and predict again; what a reference sequence is, stands there instead.

- Feature ablation: one nucleotide at a time, or one token of models that read tokens. The score is f(x) minus the mean
  over the references of f with that one thing replaced, by Captum's ``FeatureAblation``.
- Occlusion (Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53): a window that slides over the sequence. The score
  of a position is the mean over the windows that cover it of f(x) - f(window replaced), by Captum's ``Occlusion``.

A positive score: the prediction falls without it. Scores add up to nothing in general: two things that need each other
both count, and windows overlap. Tokens are replaced in the embedding, a feature of all its numbers, and share their
score equally among their nucleotides.

Letters are replaced in the text, whatever the model reads, by those of a reference sequence at the same position: of
each dinucleotide shuffle in turn, each of the four bases in turn (uniform frequencies), or N, which no base stands for
(zeros): one-hot models see a column of zeros, k-mer models no word, and tokenizers what they make of an unknown letter.
Captum is given the letters themselves, numbers from 0 to 4 for A C G T N, one row for each reference, and a function
that reads them as text and asks the model. Captum 0.9 replaces the features of equal number in several inputs together;
so there is one input and one mask, and whatever else a network reads (``additional_forward_args``) is never replaced.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from lib.attribution.base import (
    LETTERS,
    METHODS,
    Attribution,
    Method,
    compute_standard_errors,
    predict_letters,
    reads_tokens,
    require_target,
)
from lib.attribution.references import KINDS, SHUFFLES, UNIFORM, ZEROS, describe, draw_shuffles, shuffles_setting
from lib.core.alphabet import BASES, codes
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Callback
from lib.core.registry import setting
from lib.models.base import Composed, Fitted, TokenDifferentiable

if TYPE_CHECKING:
    from torch import Tensor

    from lib.attribution._inputs import TokenReader


class Perturbation(Method, ABC):
    """A method that replaces letters by those of reference sequences."""

    reference: str
    shuffles: int

    @property
    @abstractmethod
    def rule(self) -> str:
        """Say in words what a score is."""

    @abstractmethod
    def ask_captum(self, f: "Callable[..., Tensor]", length: int) -> "Callable[..., Tensor]":
        """Give what attributes f by Captum, where L letters are replaced one by one or some of them together."""

    def explain(
        self, fitted: Fitted, sequences: Sequence[str], target: int, seed: int, alive: Callable[[], None]
    ) -> Iterator[Attribution]:
        """Attribute N distinct sequences, in their order."""
        import torch

        if not sequences:
            return
        predicted = fitted.predict(sequences)
        require_target(target, predicted.shape[1])

        def predict(texts: Sequence[str]) -> FloatArray:
            alive()
            column: FloatArray = fitted.predict(texts, progress=Callback(lambda _: alive()))[:, target]
            return column

        def f(letters: "Tensor") -> "Tensor":
            return torch.from_numpy(predict_letters(predict, letters.numpy()))

        for sequence, prediction in zip(sequences, predicted[:, target].tolist(), strict=True):
            others = torch.from_numpy(self._make_references(sequence, seed))
            letters = torch.from_numpy(codes(sequence).astype(np.int64)).expand(others.shape)
            most = max(1, LETTERS // others.numel())
            attribute = self.ask_captum(f, len(sequence))
            draws = attribute(letters, baselines=others, perturbations_per_eval=most).double().numpy()  # K, L
            yield Attribution(
                sequence=sequence,
                scores=draws.mean(axis=0),
                method=self.label,
                reference=self._describe_references(),
                rule=self.rule,
                prediction=prediction,
                standard_errors=compute_standard_errors(self.list_sources(draws)),
            )

    def list_sources(self, draws: FloatArray) -> list[FloatArray]:
        """Give scores (K, L) by K references as a source of chance; none unless these are random, and several."""
        return [draws] if self.reference == SHUFFLES and len(draws) > 1 else []

    def _make_references(self, sequence: str, seed: int) -> FloatArray:
        """Give the K sequences whose letters stand where letters are replaced, (K, L) numbers from 0 to 4."""
        if self.reference == SHUFFLES:
            return np.stack(list(islice(draw_shuffles(sequence, seed), self.shuffles))).astype(np.int64)
        letters = [len(BASES)] if self.reference == ZEROS else range(len(BASES))
        return np.repeat(np.array(letters)[:, None], len(sequence), axis=1)

    def _describe_references(self) -> str:
        words = {
            ZEROS: "N (unknown) instead of hidden letters",
            UNIFORM: "mean over the four bases instead of hidden letters",
        }
        return words.get(self.reference) or f"hidden letters from the {describe(self.reference, self.shuffles)}"


@METHODS.add
@dataclass(frozen=True)
class FeatureAblation(Perturbation):
    """Attribute by replacing one nucleotide or token at a time."""

    name: ClassVar[str] = "feature-ablation"
    label: ClassVar[str] = "Feature ablation"
    summary: ClassVar[str] = (
        "Replaces one nucleotide, or one token of models that read tokens, and predicts again. Works with every model."
    )

    reference: str = setting(
        ZEROS,
        label="Replaced by that of",
        choices=KINDS,
        help="What stands there instead: that of shuffled sequences, nothing, the mean of all, or a mask token.",
    )
    shuffles: int = shuffles_setting(20, "How many shuffled sequences are averaged.")

    @property
    def rule(self) -> str:
        """Say in words what a score is."""
        return "f(x) minus the mean of f with this one nucleotide or token replaced by that of a reference"

    def is_split(self, ensemble: Composed) -> bool:
        """Tell whether any member reads tokens: all letters of the others are replaced together."""
        return any(map(reads_tokens, ensemble.members.values()))

    def ask_captum(self, f: "Callable[..., Tensor]", length: int) -> "Callable[..., Tensor]":
        """Replace one letter at a time."""
        import torch
        from captum import attr

        return partial(attr.FeatureAblation(f).attribute, feature_mask=torch.arange(length)[None])

    def explain(
        self, fitted: Fitted, sequences: Sequence[str], target: int, seed: int, alive: Callable[[], None]
    ) -> Iterator[Attribution]:
        """Attribute N distinct sequences, in their order."""
        if not isinstance(fitted, TokenDifferentiable):
            return super().explain(fitted, sequences, target, seed, alive)
        from lib.attribution._inputs import TokenReader

        return self._replace_tokens(TokenReader(fitted, sequences, target, alive), seed)

    def _replace_tokens(self, reader: "TokenReader", seed: int) -> Iterator[Attribution]:
        """Attribute N sequences by replacing the embedding of one token at a time."""
        import torch
        from captum import attr

        for row in range(len(reader.sequences)):
            batch = reader.read_batch([row], self.reference, shuffles=self.shuffles, seed=seed)
            [references], network = batch.references, reader.network  # K, T, D
            captum, capacity = attr.FeatureAblation(network), network.capacity(batch.x, batch.ids, each=0.5)
            found = []
            for part in network.passes(batch.x, batch.ids, len(references), each=0.5):
                others = references[part]
                found.append(
                    captum.attribute(
                        batch.x.expand(others.shape),
                        baselines=others,
                        additional_forward_args=batch.ids_of(torch.zeros(len(others), dtype=torch.int64)),
                        feature_mask=torch.arange(others.shape[1], device=others.device)[None, :, None],
                        perturbations_per_eval=max(1, capacity // len(others)),
                    )[:, :, 0]  # the same for all numbers of an embedding
                )
            draws = torch.cat(found).double().cpu().numpy()  # K, T
            yield reader.make_attribution(
                row,
                draws.mean(axis=0),
                self.list_sources(draws),
                method=self.label,
                reference=f"one token each from the {batch.described[0]}",
                rule=self.rule,
                prediction=float(batch.f_x[0]),
            )


@METHODS.add
@dataclass(frozen=True)
class Occlusion(Perturbation):
    """Attribute by hiding one window after the other."""

    name: ClassVar[str] = "occlusion"
    label: ClassVar[str] = "Occlusion"
    summary: ClassVar[str] = (
        "Hides one window of the sequence after the other and predicts again. Works with every model."
    )

    window: int = setting(
        3, label="Window", unit="nt", low=1, high=1000, help="How many neighbouring nucleotides are hidden at a time."
    )
    step: int = setting(
        1, label="Step", unit="nt", low=1, high=1000, advanced=True, help="How far the window moves each time."
    )
    reference: str = setting(
        ZEROS,
        label="Hidden by",
        choices=(SHUFFLES, ZEROS, UNIFORM),
        help="zeros: N, a letter that says nothing; uniform: each base in turn; or the letters of shuffles.",
    )
    shuffles: int = shuffles_setting(10, "How many shuffled sequences lend their letters.")

    @property
    def rule(self) -> str:
        """Say in words what a score is."""
        return f"mean over the windows of {self.window} nt over a position of f(x) - f(window hidden)"

    def ask_captum(self, f: "Callable[..., Tensor]", length: int) -> "Callable[..., Tensor]":
        """Replace one window at a time."""
        from captum import attr

        shapes, strides = (min(self.window, length),), (min(self.step, length),)
        return partial(attr.Occlusion(f).attribute, sliding_window_shapes=shapes, strides=strides)

    def explain(
        self, fitted: Fitted, sequences: Sequence[str], target: int, seed: int, alive: Callable[[], None]
    ) -> Iterator[Attribution]:
        """Attribute N distinct sequences, in their order.

        Raises
        ------
        UserError
            If the windows leave out letters between them.
        """
        if self.step > self.window:
            raise UserError(
                f"The window of {self.window} nt moves by {self.step} nt, so some letters are never hidden. "
                "Lower the step, or widen the window."
            )
        return super().explain(fitted, sequences, target, seed, alive)
