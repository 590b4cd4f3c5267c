"""Logistic regression on counts of short words: the simple model that a classifier has to beat."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.progress import Report
from lib.core.registry import setting
from lib.models.base import MODELS, Fitted
from lib.models.checks import require_letters, require_rows
from lib.models.context import Context
from lib.models.kmer_ridge import FittedKmerRidge, WordModel
from lib.tasks.data import TrainingData

if TYPE_CHECKING:
    from lib.models.nets.kmers import Counts

PENALTIES = tuple(10.0**power for power in (1.0, 0.5, 0.0, -0.5, -1.0, -1.5, -2.0, -2.5, -3.0))
PATIENCE = 2
_MOST_STEPS = 100
_ENOUGH = 1e-4  # largest slope of the objective where a solution is good enough


class FittedKmerLogistic(FittedKmerRidge):
    """Weights (F, T) of the counts of the F words of 1 to k letters, and the intercept (T,): log-odds or logits."""

    model: ClassVar[str] = "kmer-logistic"


@MODELS.add
@dataclass(frozen=True)
class KmerLogisticModel(WordModel):
    """Logistic regression on the counts of all words of 1 to k letters; of more than two classes by a softmax.

    Counts are centred on the train part but not scaled to equal variance, as in the k-mer ridge, so the one penalty on
    the squared weights holds back rare long words most. The penalty, per sequence of the train part, is the one with
    the lowest cross entropy on the validation part among half-decades between 10 and 0.001, from strong to weak until
    two in a row are worse. The solver is L-BFGS (Liu & Nocedal 1989, doi:10.1007/BF01589116); the matrix of counts is
    never made.
    """

    name: ClassVar[str] = "kmer-logistic"
    label: ClassVar[str] = "k-mer logistic"
    summary: ClassVar[str] = "Logistic regression on how often each short word occurs; the simple model of classes."
    typical_time: ClassVar[str] = "seconds"
    tasks: ClassVar[tuple[str, ...]] = ("classification",)
    baseline: ClassVar[bool] = True
    fitted: ClassVar[type[FittedKmerRidge]] = FittedKmerLogistic

    k: int = setting(
        6,
        label="Longest word",
        unit="nt",
        low=1,
        high=8,
        help="Words of 1 up to this many letters are counted. Fewer for small datasets.",
    )

    def fit(self, data: TrainingData, context: Context) -> Fitted:
        """Solve for each penalty on the train part, keep the one that is least surprised by the validation part.

        Raises
        ------
        Cancelled
            If the listener asked for it.
        UserError
            If the train part has fewer than 10 or the validation part fewer than 2 sequences, or one is empty.
        """
        from lib.models.nets import kmers
        from lib.tasks.class_metrics import scores

        require_rows(data, train=10, validation=2, label=self.label)
        require_letters(data, label=self.label)
        held = kmers.Counts.of(data.validation.sequences, self.k)
        objective = _Objective.of(kmers.Counts.of(data.train.sequences, self.k), data.train.targets)
        at = objective.start()
        best, least, chosen, worse = at, np.inf, PENALTIES[0], 0
        for number, penalty in enumerate(PENALTIES):
            at = objective.solve(at, penalty, lambda n=number: _report(context, n))  # type: ignore[misc]
            weights, intercept = objective.linear(at)
            surprise = scores(data.validation.targets, held.times(weights) + intercept)["log_loss"]
            if surprise < least:
                best, least, chosen, worse = at, surprise, penalty, 0
            else:
                worse += 1
            if worse >= PATIENCE:
                break
        context.progress.report(Report(len(PENALTIES) + 1, len(PENALTIES) + 1, "Training"))
        return FittedKmerLogistic(self.k, *objective.linear(best), (chosen,))


def _report(context: Context, number: int) -> None:
    context.progress.report(Report(number, len(PENALTIES) + 1, "Training"))


@dataclass(frozen=True)
class _Objective:
    """The mean cross entropy of N sequences plus penalty / 2 times the squared weights.

    Parameters
    ----------
    counts, centre
        Counts (N, F) of the words, and their means (F,).
    targets
        (N, T): 0 and 1 of the second of two classes, or one-hot.
    """

    counts: "Counts"
    centre: FloatArray
    targets: FloatArray

    @classmethod
    def of(cls, counts: "Counts", targets: FloatArray) -> "_Objective":
        """Centre the counts."""
        return cls(counts, counts.mean(), targets)

    def start(self) -> FloatArray:
        """Give weights of zero, flat, the intercepts at the end."""
        return np.zeros((len(self.centre) + 1) * self.targets.shape[1])

    def linear(self, flat: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give weights (F, T) of the counts and intercepts (T,)."""
        both = flat.reshape(-1, self.targets.shape[1])
        weights = both[:-1]
        return np.ascontiguousarray(weights), both[-1] - self.centre @ weights

    def solve(self, start: FloatArray, penalty: float, each_step: Callable[[], None]) -> FloatArray:
        """Go on from ``start`` until the slope is small enough."""
        from scipy.optimize import minimize

        def step(*_: Any) -> None:
            each_step()

        options = {"maxiter": _MOST_STEPS, "gtol": _ENOUGH, "maxcor": 20}
        found = minimize(  # type: ignore[call-overload]  # its stubs know no args beside jac=True
            self._value, start, args=(penalty,), jac=True, method="L-BFGS-B", callback=step, options=options
        )
        return np.asarray(found.x, dtype=np.float64)

    def _value(self, flat: FloatArray, penalty: float) -> tuple[float, NDArray[np.float64]]:
        """Give the objective and its gradient."""
        from scipy.special import expit, log_expit, log_softmax

        weights, intercept = self.linear(flat)
        said, y, n = self.counts.times(weights) + intercept, self.targets, len(self.targets)
        if y.shape[1] == 1:
            surprise = -(y * log_expit(said) + (1 - y) * log_expit(-said)).sum()
            error = (expit(said) - y) / n
        else:
            logs = log_softmax(said, axis=1)
            surprise, error = -(y * logs).sum(), (np.exp(logs) - y) / n
        total = error.sum(axis=0)
        slope = self.counts.transposed_times(error) - self.centre[:, None] * total + penalty * weights
        value = surprise / n + penalty / 2 * float((weights**2).sum())
        return float(value), np.concatenate([slope, total[None]]).ravel()
