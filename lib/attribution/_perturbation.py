"""What methods share that only ask for predictions: letters are hidden, and the prediction is made again.

A hidden letter is the one of a reference sequence at the same position: that of each dinucleotide shuffle in turn, each
of the four bases in turn (uniform frequencies), or N, which no base stands for (zeros): one-hot models see a column of
zeros, k-mer models no word, and tokenizers what they make of an unknown letter. Scores are averaged over the
references.

Captum's perturbation methods take any function of tensors, so here they are given the letters themselves, numbers from
0 to 4 for A C G T N, one row for each reference, and a function that reads them as text and asks the model. Captum 0.9
hides the features of equal number in several inputs together; so there is one input and one mask, and whatever else a
network reads (``additional_forward_args``) is never hidden.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from captum import attr
from torch import Tensor

from lib.attribution.base import Attribution, compute_standard_errors
from lib.attribution.references import KINDS, MASK, SHUFFLES, UNIFORM, ZEROS, describe, draw_shuffles
from lib.core.alphabet import BASES, codes
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.models.base import Fitted

_LETTERS = 2**20  # handed to the model at a time
_CODES = np.frombuffer(b"ACGTN", dtype=np.uint8)
_NO_MASK = "Mask tokens hide tokens, and here letters are hidden. Choose another reference sequence, such as zeros."


def stand_ins(kind: str, sequence: str, *, shuffles: int, seed: int) -> Tensor:
    """Give the K sequences whose letters stand where letters are hidden, (K, L).

    Raises
    ------
    UserError
        If there is no such kind, or it hides no letters.
    """
    if kind == MASK:
        raise UserError(_NO_MASK)
    if kind == ZEROS:
        return torch.full((1, len(sequence)), len(BASES))
    if kind == UNIFORM:
        return torch.arange(len(BASES))[:, None].expand(-1, len(sequence))
    if kind != SHUFFLES:
        raise UserError(f"There is no reference called {kind!r}; choose one of {', '.join(KINDS)}.")
    return torch.from_numpy(np.stack(list(islice(draw_shuffles(sequence, seed), shuffles))).astype(np.int64))


def _described(kind: str, shuffles: int) -> str:
    """Say in words what stands where letters are hidden."""
    words = {
        ZEROS: "N (unknown) instead of hidden letters",
        UNIFORM: "mean over the four bases instead of hidden letters",
    }
    return words.get(kind) or f"hidden letters from the {describe(kind, shuffles)}"


def errors_of(kind: str, draws: FloatArray) -> FloatArray | None:
    """Give the standard errors (L,) of the mean of scores (K, L) by K stand-ins; None unless these are random."""
    return compute_standard_errors([draws] if kind == SHUFFLES and len(draws) > 1 else [])


class Hiding(Protocol):
    """A method that hides letters."""

    label: ClassVar[str]

    @property
    def reference(self) -> str:
        """The kind of reference sequence."""

    @property
    def shuffles(self) -> int:
        """How many shuffles there are."""


class LetterFunction:
    """One target of a trained model as a function of letters, (P, L) -> (P,), for Captum.

    Each text is predicted once: where a stand-in has the same letter, nothing is hidden. ``alive`` is called between
    the batches of the model, so that the work can be stopped.
    """

    def __init__(self, fitted: Fitted, target: int, alive: Callable[[], None]) -> None:
        self.fitted, self.target, self.alive = fitted, target, alive

    def __call__(self, letters: Tensor) -> Tensor:
        """Predict."""
        self.alive()
        texts = [row.tobytes().decode() for row in _CODES[letters.numpy()]]
        once, back = np.unique(np.array(texts, dtype=object), return_inverse=True)
        return torch.from_numpy(self.fitted.predict(once.tolist(), progress=self)[:, self.target][back])

    def report(self, report: Report) -> None:
        """Hear of a batch of the model."""
        self.alive()


def hide_letters(
    method: Hiding,
    captum: type[attr.FeatureAblation],
    fitted: Fitted,
    sequences: Sequence[str],
    features: Callable[[int], dict[str, Any]],
    *,
    rule: str,
    target: int,
    target_name: str,
    seed: int,
    progress: Progress,
) -> list[Attribution]:
    """Attribute one target for N sequences by a perturbation method of Captum, whatever the model reads.

    Parameters
    ----------
    method
        Its label, ``reference`` and ``shuffles`` are used.
    features
        Gives the options that say which of L letters are hidden together.
    rule
        The rule in words.

    Raises
    ------
    UserError
        If there is no such target, or the reference hides no letters.
    """
    made: list[Attribution] = []

    def alive() -> None:
        progress.report(Report(len(made), len(sequences), stage="Attribution"))

    perturbed = captum(LetterFunction(fitted, target, alive))
    for sequence, prediction in zip(sequences, _predictions(fitted, sequences, target), strict=True):
        others = stand_ins(method.reference, sequence, shuffles=method.shuffles, seed=seed)  # K, L
        letters = torch.from_numpy(codes(sequence).astype(np.int64))
        draws = perturbed.attribute(
            letters.expand(len(others), -1),
            baselines=others,
            perturbations_per_eval=max(1, _LETTERS // others.numel()),
            **features(len(sequence)),
        )
        contributions = draws.double().numpy()  # K, L
        made.append(
            Attribution(
                sequence=sequence,
                scores=contributions.mean(axis=0),
                method=method.label,
                reference=_described(method.reference, method.shuffles),
                rule=rule,
                target=target_name,
                prediction=float(prediction),
                standard_errors=errors_of(method.reference, contributions),
            )
        )
    alive()
    return made


def _predictions(fitted: Fitted, sequences: Sequence[str], target: int) -> FloatArray:
    """Predict one target of N sequences, (N,).

    Raises
    ------
    UserError
        If there is no such target.
    """
    if not sequences:
        return np.empty(0)
    predicted = fitted.predict(sequences)
    if not 0 <= target < predicted.shape[1]:
        raise UserError(f"The model has {predicted.shape[1]} targets; there is no target number {target + 1}.")
    column: FloatArray = predicted[:, target]
    return column
