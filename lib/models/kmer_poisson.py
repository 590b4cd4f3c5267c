"""Poisson regression on counts of short words: the simple model that a model of counts has to beat."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array, vstack

from lib.core.arrays import FloatArray
from lib.core.progress import Progress, Report, Stage
from lib.core.registry import setting
from lib.models.base import MODELS, Fitted
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.models.kmer_ridge import FittedKmerRidge, WordModel
from lib.tasks.data import TrainingData

PENALTIES = (1.0, 0.1, 0.01, 0.001)
_MOST_STEPS = 100
_BLOCK = 2000  # sequences whose counts are written out at a time


class FittedKmerPoisson(FittedKmerRidge):
    """Weights (F, T) of the counts of the F words of 1 to k letters, and the intercept (T,), of the log rate."""

    model: ClassVar[str] = "kmer-poisson"

    def predict(self, sequences: Sequence[str], *, progress: Progress | None = None) -> FloatArray:
        """Predict the rates of N sequences, (N, T)."""
        return np.exp(super().predict(sequences, progress=progress))

    def effects(
        self, sequences: Sequence[str], *, target: int, alive: Callable[[], None]
    ) -> Iterator[tuple[int, float, FloatArray]]:
        """Give number, rate and effects (4, L) on it of N sequences, from the words that each mutation changes."""
        for number, predicted, effects in super().effects(sequences, target=target, alive=alive):
            rate = float(np.exp(predicted))
            yield number, rate, rate * np.expm1(effects)


@MODELS.add
@dataclass(frozen=True)
class KmerPoissonModel(WordModel):
    """Poisson regression with a log link on the counts of all words of 1 to k letters.

    Solved by Newton steps of scikit-learn's ``PoissonRegressor``. The penalty on the squared weights, per sequence of
    the train part, is the one with the lowest deviance on the validation part among 1, 0.1, 0.01 and 0.001, from
    strong to weak until one is worse.
    """

    name: ClassVar[str] = "kmer-poisson"
    label: ClassVar[str] = "k-mer Poisson"
    summary: ClassVar[str] = "Poisson regression on how often each short word occurs; the simple model of counts."
    typical_time: ClassVar[str] = "seconds"
    tasks: ClassVar[tuple[str, ...]] = ("counts",)
    baseline: ClassVar[bool] = True
    fitted: ClassVar[type[FittedKmerRidge]] = FittedKmerPoisson

    k: int = setting(
        5,
        label="Longest word",
        unit="nt",
        low=1,
        high=7,
        help="Words of 1 up to this many letters are counted. Fewer for small datasets.",
    )

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Solve for each penalty on the train part, keep for each target the one with the lowest deviance.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If the train part has fewer than 10 or the validation part fewer than 2 sequences, or one is empty.
        """
        require_rows(data, train=10, validation=2, label=self.label)
        require_letters(data, label=self.label)
        train, held = (_features(part.sequences, self.k) for part in (data.train, data.validation))
        count, steps = data.train.targets.shape[1], len(PENALTIES)
        columns = []
        for place in range(count):
            progress = Stage(context.progress, "Training", place * steps, (count - place - 1) * steps)
            observed, judged = data.train.targets[:, place], data.validation.targets[:, place]
            columns.append(_solve(train, held, observed, judged, progress))
        weights, intercepts, penalties = zip(*columns, strict=True)
        return FittedKmerPoisson(self.k, np.stack(weights, axis=1), np.array(intercepts), tuple(penalties))


def _features(sequences: Sequence[str], k: int) -> csr_array:
    """Count the words of N sequences, (N, F)."""
    from lib.models.nets import kmers

    each = np.eye(kmers.width(k))
    blocks = [kmers.Counts.of(sequences[start : start + _BLOCK], k) for start in range(0, len(sequences), _BLOCK)]
    return vstack([csr_array(block.times(each)) for block in blocks], format="csr")


def _solve(
    train: csr_array, held: csr_array, observed: FloatArray, judged: FloatArray, progress: Progress
) -> tuple[FloatArray, float, float]:
    """Give weights (F,), intercept and penalty of one target."""
    from sklearn.linear_model import PoissonRegressor

    from lib.tasks.counts import deviances

    least, best = np.inf, (np.zeros(train.shape[1]), float(np.log(max(observed.mean(), 1e-9))), PENALTIES[0])
    model = PoissonRegressor(solver="newton-cholesky", max_iter=_MOST_STEPS, warm_start=True)
    for number, penalty in enumerate(PENALTIES):
        progress.report(Report(number, len(PENALTIES), "Training"))
        if not observed.any():
            break
        model.set_params(alpha=penalty).fit(train, observed)
        deviance = float(deviances(judged, model.predict(held)).mean())
        if deviance >= least:
            break
        least, best = deviance, (np.array(model.coef_), float(model.intercept_), penalty)
    progress.report(Report(len(PENALTIES), len(PENALTIES), "Training"))
    return best
