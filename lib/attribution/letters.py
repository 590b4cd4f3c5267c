"""What methods share that only ask for predictions: letters are hidden, and the prediction is made again.

A hidden letter is the one of a reference sequence at the same position: that of each dinucleotide shuffle in turn, each
of the four bases in turn (uniform frequencies), or N, which no base stands for (zeros): one-hot models see a column of
zeros, k-mer models no word, and tokenizers what they make of an unknown letter. Predictions are averaged over the
references.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np

from lib.attribution.base import standard_errors
from lib.attribution.references import KINDS, MASK, SHUFFLES, UNIFORM, ZEROS, describe, draw
from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.core.progress import Report
from lib.models.base import Fitted

_LETTERS = 2**20  # letters handed to the model at a time
_CODES = np.frombuffer(b"ACGTN", dtype=np.uint8)
LETTER_KINDS = (SHUFFLES, ZEROS, UNIFORM)
NO_MASK = "Mask tokens hide tokens, and here letters are hidden. Choose another reference sequence, such as zeros."


def stand_ins(kind: str, sequence: str, *, shuffles: int, seed: int) -> list[str]:
    """Give the K sequences whose letters stand where letters are hidden.

    Raises
    ------
    UserError
        If there is no such kind, or it hides no letters.
    """
    if kind == MASK:
        raise UserError(NO_MASK)
    if kind == ZEROS:
        return ["N" * len(sequence)]
    if kind == UNIFORM:
        return [base * len(sequence) for base in BASES]
    if kind != SHUFFLES:
        raise UserError(f"There is no reference called {kind!r}; choose one of {', '.join(KINDS)}.")
    return [_CODES[letters].tobytes().decode() for letters in islice(draw(sequence, seed), shuffles)]


def errors_of(kind: str, draws: FloatArray) -> FloatArray | None:
    """Give the standard errors (L,) of the mean of scores (K, L) by K stand-ins; None unless these are random."""
    return standard_errors([draws] if kind == SHUFFLES and len(draws) > 1 else [])


def said(kind: str, shuffles: int) -> str:
    """Say in words what stands where letters are hidden."""
    words = {
        ZEROS: "N (unknown) instead of hidden letters",
        UNIFORM: "mean over the four bases instead of hidden letters",
    }
    return words.get(kind) or f"hidden letters from the {describe(kind, shuffles)}"


def hidden(
    fitted: Fitted,
    sequence: str,
    windows: Sequence[tuple[int, int]],
    others: Sequence[str],
    *,
    target: int,
    alive: Callable[[], None],
) -> tuple[float, FloatArray]:
    """Give f(x), and the predictions (W, K) with each window hidden by the letters of each other sequence.

    Parameters
    ----------
    windows
        W half-open ranges.
    others
        K sequences of the same length.
    alive
        Called before and within each batch.

    Raises
    ------
    UserError
        If there is no such target.
    """
    predicted = fitted.predict([sequence])
    if not 0 <= target < predicted.shape[1]:
        raise UserError(f"The model has {predicted.shape[1]} targets; there is no target number {target + 1}.")
    texts = _texts(sequence, windows, others)
    parts, size = [np.empty(0)], max(1, _LETTERS // len(sequence))
    while batch := list(islice(texts, size)):
        alive()
        parts.append(_distinct(fitted, batch, target, alive))
    values: FloatArray = np.concatenate(parts).reshape(len(windows), len(others))
    return float(predicted[0, target]), values


def _texts(sequence: str, windows: Sequence[tuple[int, int]], others: Sequence[str]) -> Iterator[str]:
    for start, end in windows:
        for other in others:
            yield sequence[:start] + other[start:end] + sequence[end:]


def _distinct(fitted: Fitted, texts: Sequence[str], target: int, alive: Callable[[], None]) -> FloatArray:
    """Predict each text once: where a shuffle has the same letter, nothing is hidden."""
    once, back = np.unique(np.array(texts, dtype=object), return_inverse=True)
    found: FloatArray = fitted.predict(once.tolist(), progress=_Alive(alive))[:, target][back]
    return found


class _Alive:
    """Hears of every batch of a model, so that the work can be stopped between two."""

    def __init__(self, alive: Callable[[], None]) -> None:
        self._alive = alive

    def report(self, report: Report) -> None:
        self._alive()
