"""Ridge regression on counts of short words: the strongest simple model of short regulatory sequences."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from lib.core.arrays import FloatArray
from lib.core.progress import Progress, Report
from lib.core.registry import setting
from lib.models import saving
from lib.models.base import MODELS, Fitted
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.tasks.data import TrainingData

PENALTIES = tuple(10.0**power for power in (1.0, 0.5, 0.0, -0.5, -1.0, -1.5, -2.0, -2.5, -3.0))
PATIENCE = 2
_ROUGH, _FINE = 1e-6, 1e-16  # of the squared residual, relative to the squared right-hand side
_MOST_STEPS = 300
_BLOCK = 50_000  # sequences encoded at a time when predicting


@dataclass(frozen=True)
class FittedKmerRidge:
    """Weights (F, T) of the counts of the F words of 1 to k letters, and the intercept (T,)."""

    model: ClassVar[str] = "kmer-ridge"
    k: int
    weights: FloatArray
    intercept: FloatArray
    penalties: tuple[float, ...]

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the targets of N sequences, (N, T)."""
        from lib.models.nets import kmers

        blocks = [np.empty((0, len(self.intercept)))]
        for start in range(0, len(sequences), _BLOCK):
            counts = kmers.Counts.of(sequences[start : start + _BLOCK], self.k)
            blocks.append(counts.times(self.weights) + self.intercept)
            if progress:
                progress.report(Report(min(start + _BLOCK, len(sequences)), len(sequences), "Predicting"))
        return np.concatenate(blocks)

    def effects(
        self, sequences: Sequence[str], *, target: int, alive: Callable[[], None]
    ) -> Iterator[tuple[int, float, FloatArray]]:
        """Give number, prediction and effects (4, L) of N sequences, from the words that each mutation changes."""
        from lib.models.nets import kmers

        weights = self.weights[:, target : target + 1]
        predictions = kmers.Counts.of(sequences, self.k).times(weights)[:, 0] + self.intercept[target]
        values = kmers.along_prefixes(weights, self.k)[:, 0]
        for number, sequence in enumerate(sequences):
            alive()
            yield number, float(predictions[number]), kmers.mutations(sequence, values, self.k)

    def save(self, folder: Path) -> None:
        """Write k and the chosen penalties as JSON, the weights as safetensors."""
        facts = {"k": self.k, "penalties": list(self.penalties)}
        saving.write(folder, self.model, facts, {"weights": self.weights, "intercept": self.intercept})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the weights back."""
        facts, arrays = saving.read(folder, cls.model)
        weights, intercept = (saving.numbers(arrays, name, folder) for name in ("weights", "intercept"))
        penalties = tuple(saving.fact(facts, "penalties", folder))
        return cls(int(saving.fact(facts, "k", folder)), weights, intercept, penalties)


class WordModel:
    """What linear models of counts of words share: how much they learn, and how they are read back.

    Parameters
    ----------
    k
        Letters of the longest word.
    fitted
        What training gives.
    """

    k: int
    fitted: ClassVar[type[FittedKmerRidge]]

    def parameters(self, targets: int, auxiliary: int) -> int:
        """Count the weights and intercepts."""
        from lib.models.nets import kmers

        return (kmers.width(self.k) + 1) * targets

    @classmethod
    def load(cls, folder: Path) -> Fitted:
        """Read the weights back."""
        return cls.fitted.load(folder)


@MODELS.add
@dataclass(frozen=True)
class KmerRidgeModel(WordModel):
    """Ridge regression on the counts of all words of 1 to k letters.

    Counts, not frequencies: a site is taken to act whatever the length of the sequence it stands in; the counts of
    single letters carry the length. Counts are centred on the train part but not scaled to equal variance, so the one
    penalty holds back rare long words more than frequent short ones, which predicts better than equal variances.
    The penalty, per sequence of the train part, is chosen on the validation part for each target from half-decades
    between 10 and 0.001, from strong to weak until two in a row are worse. The model kept is the one fitted on the
    train part alone, as for models that stop by the validation part, so that results compare.

    The normal equations are solved by conjugate gradients (Hestenes & Stiefel 1952, doi:10.6028/jres.049.044) without
    making the matrix of counts, so memory stays near that of the sequences.
    """

    name: ClassVar[str] = "kmer-ridge"
    label: ClassVar[str] = "k-mer ridge"
    summary: ClassVar[str] = "Linear model on how often each short word occurs; strong, quick and easy to read."
    typical_time: ClassVar[str] = "seconds"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression")
    baseline: ClassVar[bool] = True
    fitted: ClassVar[type[FittedKmerRidge]] = FittedKmerRidge

    k: int = setting(
        6,
        label="Longest word",
        unit="nt",
        low=1,
        high=8,
        help="Words of 1 up to this many letters are counted. 6 suits microRNA seeds and most RBP motifs; "
        "fewer for small datasets, more only with tens of thousands of sequences.",
    )

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Solve for each penalty on the train part, keep for each target the one that predicts validation best.

        Raises
        ------
        UserError
            If the train part has fewer than 10 or the validation part fewer than 2 sequences, or one is empty.
        """
        from lib.models.nets import kmers

        require_rows(data, train=10, validation=2, label=self.label)
        require_letters(data, label=self.label)
        train = kmers.Counts.of(data.train.sequences, self.k)
        held = kmers.Counts.of(data.validation.sequences, self.k)
        count, centre = len(train), train.mean()[:, None]
        mean = data.train.targets.mean(axis=0)

        def curvature(vectors: FloatArray) -> FloatArray:
            fitted = train.times(vectors) - (centre * vectors).sum(axis=0)
            return np.asarray((train.transposed_times(fitted) - centre * fitted.sum(axis=0)) / count)

        centred = data.train.targets - mean
        right = train.transposed_times(centred) / count
        weights, best = np.zeros_like(right), np.zeros_like(right)
        least, chosen, worse = np.full(len(mean), np.inf), np.full(len(mean), np.inf), np.zeros(len(mean), dtype=int)
        for number, penalty in enumerate(PENALTIES):
            solve = _Solver(curvature, right, np.full(len(mean), penalty), _reporter(context.progress, number))
            weights = solve.to(_ROUGH, weights)
            offset = mean - (centre * weights).sum(axis=0)
            error = ((held.times(weights) + offset - data.validation.targets) ** 2).mean(axis=0)
            better = error < least
            best[:, better], least[better], chosen[better] = weights[:, better], error[better], penalty
            worse = np.where(better, 0, worse + 1)
            if (worse >= PATIENCE).all():
                break
        solve = _Solver(curvature, right, chosen, _reporter(context.progress, len(PENALTIES)))
        best = solve.to(_FINE, best)
        context.progress.report(Report(len(PENALTIES) + 1, len(PENALTIES) + 1, "Training"))
        return FittedKmerRidge(self.k, best, mean - (centre * best).sum(axis=0), tuple(chosen.tolist()))


def _reporter(progress: Progress, number: int) -> Callable[[], None]:
    return lambda: progress.report(Report(number, len(PENALTIES) + 1, "Training"))


@dataclass(frozen=True)
class _Solver:
    """Solves (curvature + penalty) x = right for every column of (F, T); each has its own penalty (T,)."""

    curvature: Callable[[FloatArray], FloatArray]
    right: FloatArray
    penalty: FloatArray
    each_step: Callable[[], None]

    def to(self, tolerance: float, start: FloatArray) -> FloatArray:
        """Go on from ``start`` until the residual is small enough."""
        solution = start.copy()
        residual = self.right - self.curvature(solution) - self.penalty * solution
        direction, size = residual.copy(), (residual**2).sum(axis=0)
        enough = tolerance * (self.right**2).sum(axis=0)
        for _ in range(_MOST_STEPS):
            if (size <= enough).all():
                break
            self.each_step()
            image = self.curvature(direction) + self.penalty * direction
            # A column that is solved already stands still while the others go on.
            step = np.where(size > enough, size / np.maximum((direction * image).sum(axis=0), 1e-300), 0.0)
            solution += step * direction
            residual -= step * image
            before, size = size, (residual**2).sum(axis=0)
            direction = residual + size / np.maximum(before, 1e-300) * direction
        return solution
