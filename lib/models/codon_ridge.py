"""Ridge regression on codon frequencies: how codon usage explains the expression of coding sequences."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.core.progress import Progress, Report
from lib.core.registry import setting
from lib.models import saving
from lib.models.base import MODELS, Fitted
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.tasks.data import TrainingData
from lib.tokenizers import TOKENIZERS, fit
from lib.tokenizers.codon import FIRST_BASE, FIRST_START, SECOND, THIRD

CODONS = tuple("".join(letters) for letters in itertools.product(BASES, repeat=3))
PENALTIES = tuple(10.0**power for power in (2.0, 1.0, 0.0, -1.0, -2.0, -3.0, -4.0))


@dataclass(frozen=True)
class FittedCodonRidge:
    """Weights (65, T) of the 64 codon frequencies and the log of the number of codons, and the intercept (T,)."""

    frame: str
    weights: FloatArray
    intercept: FloatArray
    penalties: tuple[float, ...]

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T)."""
        found = measure_usage(sequences, self.frame) @ self.weights + self.intercept
        if progress:
            progress.report(Report(len(sequences), len(sequences), "Predicting"))
        return np.asarray(found)

    def save(self, folder: Path) -> None:
        """Write the frame and the chosen penalties as JSON, the weights as safetensors."""
        facts = {"frame": self.frame, "penalties": list(self.penalties)}
        saving.write(folder, CodonRidgeModel.name, facts, {"weights": self.weights, "intercept": self.intercept})


@MODELS.add
@dataclass(frozen=True)
class CodonRidgeModel:
    """Ridge regression on the frequencies of the 64 codons in the reading frame and the log of their number.

    Frequencies are shares of the codons of a sequence without unknown letters. Features are standardised on the train
    part; the penalty, per sequence, is the one with the lowest squared error on the validation part, for each target.
    """

    name: ClassVar[str] = "codon-ridge"
    label: ClassVar[str] = "Codon usage"
    summary: ClassVar[str] = "Linear model on how often each codon occurs in the reading frame; for coding sequences."
    typical_time: ClassVar[str] = "seconds"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression")
    baseline: ClassVar[bool] = False

    frame: str = setting(
        FIRST_BASE,
        label="Reading frame begins at",
        choices=(FIRST_BASE, FIRST_START, SECOND, THIRD),
        help="Coding sequences from their start codon begin at the first base. Where a 5'UTR stands before it, choose "
        "the first ATG.",
    )

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Solve for each penalty on the train part, keep for each target the one that predicts validation best.

        Raises
        ------
        UserError
            If the train part has fewer than 10 or the validation part fewer than 2 sequences, or one is empty.
        """
        require_rows(data, train=10, validation=2, label=self.label)
        require_letters(data, label=self.label)
        train, held = (measure_usage(part.sequences, self.frame) for part in (data.train, data.validation))
        centre, scale = train.mean(axis=0), train.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        x, mean = (train - centre) / scale, data.train.targets.mean(axis=0)
        left, right = x.T @ x / len(x), x.T @ (data.train.targets - mean) / len(x)
        least, chosen = np.full(len(mean), np.inf), np.zeros(len(mean))
        best = np.zeros_like(right)
        for number, penalty in enumerate(PENALTIES):
            context.progress.report(Report(number, len(PENALTIES), "Training"))
            weights = np.linalg.solve(left + penalty * np.eye(len(left)), right)
            error = (((held - centre) / scale @ weights + mean - data.validation.targets) ** 2).mean(axis=0)
            better = error < least
            best[:, better], least[better], chosen[better] = weights[:, better], error[better], penalty
        context.progress.report(Report(len(PENALTIES), len(PENALTIES), "Training"))
        weights = best / scale[:, None]
        return FittedCodonRidge(self.frame, weights, mean - centre @ weights, tuple(chosen.tolist()))

    def parameters(self, targets: int, auxiliary: int) -> int:
        """Count the weights and intercepts."""
        return (len(CODONS) + 2) * targets

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the weights back."""
        facts, arrays = saving.read(folder, cls.name)
        weights, intercept = (saving.numbers(arrays, name, folder) for name in ("weights", "intercept"))
        penalties = tuple(saving.fact(facts, "penalties", folder))
        return FittedCodonRidge(str(saving.fact(facts, "frame", folder)), weights, intercept, penalties)


def measure_usage(sequences: Sequence[str], frame: str) -> FloatArray:
    """Give the share of each of the 64 codons of N sequences, and the log of 1 + their number, (N, 65).

    >>> measure_usage(["AAAAAC"], "first base")[0, [0, 1, 64]].round(4).tolist()
    [0.5, 0.5, 1.0986]
    """
    fitted = fit(TOKENIZERS.create("codon", {"frame": frame}))
    row = fitted.encode_batch(sequences)
    first = fitted.vocabulary.ids[CODONS[0]]
    place = row.ids - first
    owner = np.repeat(np.arange(len(sequences)), np.diff(row.bounds))
    known = place >= 0
    counts = np.bincount(owner[known] * len(CODONS) + place[known], minlength=len(sequences) * len(CODONS))
    counts = counts.reshape(len(sequences), len(CODONS)).astype(np.float64)
    total = counts.sum(axis=1, keepdims=True)
    return np.hstack([counts / np.maximum(total, 1), np.log1p(total)])
