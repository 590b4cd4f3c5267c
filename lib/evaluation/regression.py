"""The tasks ``regression`` and ``multi_regression``: numbers against numbers."""

from typing import Any

import numpy as np

from lib.data.dataset import Dataset
from lib.evaluation import metrics, scorecard
from lib.evaluation.task import LEVEL, REPLICATES, SEED, Prediction, Rows, Task
from lib.evaluation.uncertainty import bootstrap


class Regression(Task):
    """One or several numbers for each sequence; metrics are averages over the targets."""

    card: tuple[scorecard.Metric, ...] = scorecard.METRICS

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
