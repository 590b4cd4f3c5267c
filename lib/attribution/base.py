"""What an attribution method promises: one signed number per nucleotide, with all that is needed to judge it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from lib.attribution.references import MASK, NO_MASK
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Progress, Silent
from lib.core.registry import Registry
from lib.models.base import Composed, Fitted, TokenDifferentiable

SILENT = Silent()


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """The attribution of one sequence, in the units of the target.

    Parameters
    ----------
    sequence
        The stored sequence, L letters.
    scores
        (L,) one signed number per nucleotide: what this base adds to the prediction, against the reference.
    hypothetical
        (4, L) contribution each base would have at each position, channels A C G T; None where the method has none.
    effects
        (4, L) change of the prediction by each single mutation, 0 at the base that stands there; None where the
        method has none.
    method, reference, rule
        Label of the method, the reference sequence and the rule that made ``scores``, in words.
    target
        Name of the target that was explained.
    prediction, reference_prediction
        f(x) and the mean f(reference); the latter is None where there is no reference.
    delta
        Convergence delta: sum of all attributions, special tokens included, minus (f(x) - f(reference)); None where the
        method promises no sum.
    standard_errors
        (L,) standard error of each score over what was drawn at random: references, points or noise. None where
        nothing is random, or where a single draw tells nothing of its spread.
    special
        What special tokens such as [CLS] hold; they stand for no nucleotide. ``sum(scores) + special`` is what adds up.
    tokens
        Text, start, end (half-open) and attribution of each token of a model that reads tokens, in their order;
        start == end for special ones. Empty for all other models.
    """

    sequence: str
    scores: FloatArray
    hypothetical: FloatArray | None = None
    effects: FloatArray | None = None
    method: str
    reference: str
    rule: str
    target: str
    prediction: float
    reference_prediction: float | None = None
    delta: float | None = None
    special: float = 0.0
    tokens: tuple[tuple[str, int, int, float], ...] = ()
    standard_errors: FloatArray | None = None

    @property
    def relative_delta(self) -> float | None:
        """Give |delta| relative to |f(x) - f(reference)|.

        It is None where there is none, and infinite where nothing is to explain.
        """
        if self.delta is None or self.reference_prediction is None:
            return None
        difference = abs(self.prediction - self.reference_prediction)
        return abs(self.delta) / difference if difference > 0 else float("inf")


class Method(Protocol):
    """Settings that know how to attribute."""

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]

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
        """Attribute the prediction of one target for N sequences of any lengths, in their order.

        Raises
        ------
        UserError
            If the model or a sequence does not allow this method.
        """


METHODS: Registry[Method] = Registry("lib.attribution", "attribution method")


def require_letters(sequences: Sequence[str]) -> None:
    """Check that no sequence is empty.

    Raises
    ------
    UserError
        If one is.
    """
    if not all(sequences):
        raise UserError("A sequence is empty; attribution needs at least one nucleotide. Leave it out.")


def compute_standard_errors(sources: Iterable[FloatArray]) -> FloatArray | None:
    """Give the standard error (L,) of scores that are means over independent sources of chance; None without any.

    Parameters
    ----------
    sources
        For each source the scores by its draws, (K, L) with K > 1: the spread of their mean is their own over sqrt(K).

    >>> compute_standard_errors([np.array([[1.0, 0.0], [3.0, 0.0]])])
    array([1., 0.])
    """
    variances = [draws.var(axis=0, ddof=1) / len(draws) for draws in sources]
    return np.sqrt(np.sum(variances, axis=0)) if variances else None


def explain_refusal(method: Method | type[Method], fitted: Fitted) -> str:
    """Say in one sentence why a method, or its class, cannot explain a trained model; nothing where it can.

    A method that not every model allows has a class method ``refuses(fitted)`` that gives the sentence. Of a method
    with its settings, a reference of mask tokens is refused too where a model reads none.
    """
    refuses = getattr(method, "refuses", None)
    said = "" if refuses is None else str(refuses(fitted))
    masks = not isinstance(method, type) and getattr(method, "reference", "") == MASK
    return NO_MASK if not said and masks and not reads_tokens(fitted) else said


def reads_tokens(fitted: Fitted) -> bool:
    """Tell whether a trained model, or every member of an ensemble, reads tokens that gradients begin at."""
    if isinstance(fitted, Composed):
        return all(map(reads_tokens, fitted.members.values()))
    return isinstance(fitted, TokenDifferentiable)
