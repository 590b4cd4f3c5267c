"""A model that diverges as gradient descent does, and a worker that trains it: real, small, and free of torch.

Least squares on the counts of letters by plain gradient descent: it converges where the learning rate is below 2 over
the largest curvature, and grows without end where it is above (Nocedal & Wright, Numerical Optimization, chapter 3).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from lib.core.errors import Diverged
from lib.core.progress import Report
from lib.core.registry import setting
from lib.jobs import worker
from lib.models import saving
from lib.models.base import MODELS
from lib.models.context import Context
from lib.tasks.data import TrainingData

STEPS = 1200


def counts(sequences: Sequence[str]) -> np.ndarray:
    """(N, 5) counts of A, C, G, T in tens, and 1."""
    return np.array([[*(text.count(letter) / 10 for letter in "ACGT"), 1.0] for text in sequences])


@dataclass(frozen=True)
class FittedDescent:
    weights: np.ndarray

    def predict(self, sequences: Sequence[str], *, progress: Any = None) -> np.ndarray:
        return counts(sequences) @ self.weights

    def save(self, folder: Path) -> None:
        saving.write(folder, DescentModel.name, {}, {"weights": self.weights})


@dataclass(frozen=True)
class DescentModel:
    """Least squares by gradient descent."""

    name: ClassVar[str] = "descent"
    label: ClassVar[str] = "Descent"
    summary: ClassVar[str] = "Least squares by gradient descent."
    typical_time: ClassVar[str] = "seconds"
    tasks: ClassVar[tuple[str, ...]] = ("regression", "multi_regression")
    baseline: ClassVar[bool] = False

    learning_rate: float = setting(0.1, label="Learning rate", low=1e-6, high=10.0)

    def fit(self, data: TrainingData, context: Context) -> FittedDescent:
        inputs, targets = counts(data.train.sequences), data.train.targets
        weights = np.zeros((inputs.shape[1], targets.shape[1]))
        with np.errstate(over="ignore", invalid="ignore"):
            for step in range(1, STEPS + 1):
                errors = inputs @ weights - targets
                loss = float((errors**2).mean())
                if not np.isfinite(loss):
                    raise Diverged(
                        f"The loss became {loss} at step {step}, so training stopped. Lower the learning rate."
                    )
                weights -= self.learning_rate * 2 / len(inputs) * inputs.T @ errors
                context.progress.report(Report(step, STEPS, "Training", loss=loss))
        return FittedDescent(weights)

    @classmethod
    def load(cls, folder: Path) -> FittedDescent:
        return FittedDescent(saving.numbers(saving.read(folder, cls.name)[1], "weights", folder))


if __name__ == "__main__":
    MODELS.add(DescentModel)
    sys.exit(worker.command())
