"""What an attribution method promises: one signed number per nucleotide, with all that is needed to judge it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lib.attribution.references import MASK, NO_MASK
from lib.core.alphabet import to_texts
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Callback, Progress, Report, Silent
from lib.core.registry import Registry
from lib.models.base import Composed, Fitted, TokenDifferentiable, constant_of

SILENT = Silent()
Predict = Callable[[Sequence[str]], FloatArray]
"""Turns N sequences into N predictions of one target."""
LETTERS = 2**20
"""Letters that are handed to a model at a time."""
_APART = 2**32  # between the seeds of members; no seed that a person gives is as large


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
        Name of the target that was explained; whoever knows it fills it in.
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
    target: str = ""
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


class Method(ABC):
    """Settings that know how to attribute; a method says how distinct sequences are explained, and all else is here."""

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    has_hypothetical: ClassVar[bool] = False
    """Whether each base at each position has a contribution, which motif discovery needs."""

    @classmethod
    def refuses(cls, fitted: Fitted) -> str:
        """Say why a trained model cannot be explained by this method; nothing where it can."""
        return ""

    def is_split(self, ensemble: Composed) -> bool:
        """Tell whether each member of an ensemble is attributed by itself, and what they say is averaged.

        For methods whose numbers are a linear function of the model (all that add up) that is the attribution of the
        ensemble.
        """
        return False

    @abstractmethod
    def explain(
        self, fitted: Fitted, sequences: Sequence[str], target: int, seed: int, alive: Callable[[], None]
    ) -> Iterator[Attribution]:
        """Attribute N distinct sequences, in any order; ``alive`` is called now and then, and may stop the work."""

    def attribute(
        self,
        fitted: Fitted,
        sequences: Sequence[str],
        *,
        target: int = 0,
        seed: int = 0,
        progress: Progress = SILENT,
    ) -> list[Attribution]:
        """Attribute the prediction of one target for N sequences of any lengths, in their order.

        A sequence that stands there twice is computed once.

        Raises
        ------
        UserError
            If a sequence is empty, there is no such target, or the model or a sequence does not allow this method.
        """
        if why := explain_refusal(self, fitted):
            raise UserError(why)
        if not all(sequences):
            raise UserError("A sequence is empty; attribution needs at least one nucleotide. Leave it out.")
        found: dict[str, Attribution] = {}
        distinct = list(dict.fromkeys(sequences))

        def alive() -> None:
            progress.report(Report(len(found), len(distinct), stage="Attribution"))

        if isinstance(fitted, Composed) and self.is_split(fitted):
            found.update(zip(distinct, self._average_members(fitted, distinct, target, seed, progress), strict=True))
        else:
            found.update((item.sequence, item) for item in self.explain(fitted, distinct, target, seed, alive))
        alive()
        return [found[sequence] for sequence in sequences]

    def _average_members(
        self, fitted: Composed, sequences: Sequence[str], target: int, seed: int, progress: Progress
    ) -> list[Attribution]:
        """Attribute by every member, each with its own draws, so that their errors are independent of each other."""
        each = []
        for number, member in enumerate(fitted.members.values()):

            def tell(report: Report, number: int = number) -> None:
                done = (number * report.total + report.step) // len(fitted.members)
                progress.report(replace(report, step=done))

            options: dict[str, Any] = {"target": target, "seed": derive_seed(seed, number)}
            each.append(self.attribute(member, sequences, progress=Callback(tell), **options))
        constant = constant_of(fitted, target)
        return [average(found, fitted.weights, constant) for found in zip(*each, strict=True)]


METHODS: Registry[Method] = Registry("lib.attribution", "attribution method")


def explain_refusal(method: Method | type[Method], fitted: Fitted) -> str:
    """Say in one sentence why a method, or its class, cannot explain a trained model; nothing where it can.

    Of a method with its settings, a reference of mask tokens is refused too where a model reads none.
    """
    masks = not isinstance(method, type) and getattr(method, "reference", "") == MASK
    return method.refuses(fitted) or (NO_MASK if masks and not reads_tokens(fitted) else "")


def reads_tokens(fitted: Fitted) -> bool:
    """Tell whether a trained model, or every member of an ensemble, reads tokens that gradients begin at."""
    if isinstance(fitted, Composed):
        return all(map(reads_tokens, fitted.members.values()))
    return isinstance(fitted, TokenDifferentiable)


def require_target(target: int, count: int) -> None:
    """Check that a model of so many targets has this one.

    Raises
    ------
    UserError
        If it has not.
    """
    if not 0 <= target < count:
        raise UserError(f"The model has {count} targets; there is no target number {target + 1}.")


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


def predict_letters(predict: Predict, letters: NDArray[np.integer]) -> FloatArray:
    """Predict N sequences given as letters from 0 to 4, (N, L), for (N,): each once, a bounded number at a time."""
    texts = to_texts(letters)
    distinct = list(dict.fromkeys(texts))
    most = max(1, LETTERS // letters.shape[1])
    parts = [predict(distinct[start : start + most]) for start in range(0, len(distinct), most)]
    known = dict(zip(distinct, np.concatenate([np.empty(0), *parts]), strict=True))
    return np.array([known[text] for text in texts], dtype=np.float64)


def derive_seed(seed: int, number: int) -> int:
    """Give the seed of one of several members; that of the first is the seed of them all."""
    return seed + number * _APART


def average(each: Sequence[Attribution], weights: FloatArray, constant: float = 0.0) -> Attribution:
    """Give the weighted sum of what M members say of one sequence; their tokens only where all cut it alike.

    Numbers that one of them lacks, such as the hypothetical contributions of a model that reads tokens, are left out.

    Parameters
    ----------
    weights
        (M,) what each member counts.
    constant
        What is added to predictions.
    """

    def add(name: str) -> Any:
        values = [getattr(item, name) for item in each]
        return None if any(value is None for value in values) else np.tensordot(weights, np.array(values), axes=1)

    cuts = {tuple(token[:3] for token in item.tokens) for item in each}
    values = weights @ np.array([[token[3] for token in item.tokens] for item in each]) if len(cuts) == 1 else []
    rules = "; ".join(dict.fromkeys(item.rule for item in each))
    reference, delta = add("reference_prediction"), add("delta")
    pairs = zip(weights.tolist(), (item.standard_errors for item in each), strict=True)
    errors = [weight * error for weight, error in pairs if error is not None]  # independent of each other
    return replace(
        each[0],
        **{name: add(name) for name in ("scores", "hypothetical", "effects")},
        reference="; ".join(dict.fromkeys(item.reference for item in each)),
        rule=f"{'mean' if np.ptp(weights) == 0 else 'weighted mean'} over the members: {rules}",
        prediction=float(add("prediction")) + constant,
        reference_prediction=None if reference is None else float(reference) + constant,
        delta=None if delta is None else float(delta),
        special=float(add("special")),
        tokens=tuple((*cut, float(value)) for cut, value in zip(*cuts, values, strict=True)) if len(cuts) == 1 else (),
        standard_errors=np.sqrt(np.sum(np.square(errors), axis=0)) if errors else None,
    )
