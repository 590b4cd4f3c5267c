"""The tasks ``regression`` and ``multi_regression``: numbers against numbers."""

from typing import Any

import numpy as np

from lib.analysis import metrics, scorecard
from lib.analysis.task import LEVEL, REPLICATES, SEED, Prediction, Rows, Task
from lib.analysis.uncertainty import bootstrap, intervals, together
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset


class Regression(Task):
    """One or several numbers for each sequence; metrics are averages over the targets."""

    card: tuple[scorecard.Metric, ...] = scorecard.METRICS
    skill: tuple[str, float] = ("r2", 0.0)

    def scores(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, Any]:
        """Give n and each metric, averaged over the targets."""
        return metrics.scores(dataset.targets[rows], predicted.values[rows])

    def intervals(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, list[float]]:
        """Give the interval of each of them."""
        observed = np.asarray(dataset.targets[rows])
        found = bootstrap(observed, np.asarray(predicted.values[rows]), replicates=REPLICATES, seed=SEED, level=LEVEL)
        return {name: list(interval) for name, interval in found.items()}

    def per_target(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, dict[str, Any]]:
        """Give n and each metric of every target."""
        return metrics.per_target(dataset.targets[rows], predicted.values[rows], dataset.target_names)

    def score_target(
        self, observed: FloatArray, predicted: FloatArray, target: int, *, interval: bool
    ) -> tuple[float, tuple[float, float] | None]:
        """Give R2 of one target, and its interval where it is wanted."""
        y, f = observed[:, [target]], predicted[:, [target]]
        value = float(metrics.column(y[:, 0], f[:, 0])["r2"])
        if not interval:
            return value, None
        found = together(y, [f], replicates=REPLICATES, seed=SEED, metrics=["r2"])[0]
        return value, intervals(found, level=LEVEL)["r2"]
