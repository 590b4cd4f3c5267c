"""The task ``classification``: which of two or more classes a sequence belongs to."""

from typing import Any

import numpy as np

from lib.analysis import class_card, classification, thresholds
from lib.analysis.class_areas import auroc, ranked
from lib.analysis.scorecard import Metric
from lib.analysis.task import LEVEL, REPLICATES, SEED, Prediction, Rows, Task
from lib.analysis.uncertainty import intervals, together
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.datasets.leakage import find_duplicates

WITHOUT_DUPLICATES = "test_without_copies"
"""Key of the metrics of the test sequences that are no duplicates of training sequences, beside ``test``."""


class Classification(Task):
    """Metrics of ``lib.analysis.classification``, also without the test sequences that were trained on."""

    card: tuple[Metric, ...] = class_card.METRICS
    skill: tuple[str, float] = ("auroc", 0.5)

    def scores(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, Any]:
        """Give n and each metric at the threshold 0.5."""
        return classification.scores(dataset.targets[rows], predicted.values[rows])

    def intervals(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, list[float]]:
        """Give the interval of each of them."""
        observed, given = dataset.targets[rows], predicted.values[rows]
        found = classification.bootstrap(observed, given, replicates=REPLICATES, seed=SEED, level=LEVEL)
        return {name: list(interval) for name, interval in found.items()}

    def per_target(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, dict[str, Any]]:
        """Give n and what is known of each class against the rest, by its name."""
        return classification.per_class(dataset.targets[rows], predicted.values[rows], dataset.classes)

    def judged(self, dataset: Dataset, predicted: Prediction) -> dict[str, Any]:
        """Give the metrics of the test part, and of it without duplicates of training sequences where some are."""
        found = super().judged(dataset, predicted)
        alone = self._no_duplicates(dataset)
        if len(alone) < found["test"]["n"]:
            found[WITHOUT_DUPLICATES] = self.scores(dataset, alone, predicted)
            found["intervals"][WITHOUT_DUPLICATES] = self.intervals(dataset, alone, predicted)
        return found

    def more(self, dataset: Dataset, predicted: Prediction) -> dict[str, Any]:
        """Give the classes, the table of observed and decided ones, the calibration and the best threshold.

        ``best_threshold`` is the one with the highest MCC on the validation part, None where there are more than two
        classes.
        """
        test, held = dataset.rows("test"), dataset.rows("validation")
        observed, given = dataset.targets[test], predicted.values[test]
        best = None
        if len(dataset.classes) == 2:
            chance = classification.probabilities(predicted.values[held])[:, 1]
            best = thresholds.best(classification.labels(dataset.targets[held]) == 1, chance)
        called = classification.decided(given)
        return {
            "task": "classification",
            "classes": list(dataset.classes),
            "threshold": classification.THRESHOLD,
            "best_threshold": best,
            "copies": len(test) - len(self._no_duplicates(dataset)),
            "confusion": classification.confusion(
                classification.labels(observed), called, len(dataset.classes)
            ).tolist(),
            "calibration": classification.calibration(observed, given),
        }

    def score_target(
        self, observed: FloatArray, predicted: FloatArray, target: int, *, interval: bool
    ) -> tuple[float, tuple[float, float] | None]:
        """Give AUROC of one class against the rest, and its interval where it is wanted."""
        number = 1 if observed.shape[1] == 1 else target
        yes = (classification.labels(observed) == number).astype(np.float64)[:, None]
        odds = ranked(predicted)[:, [number]]
        if not np.isfinite(odds).all():
            return float("nan"), None
        value = float(auroc(yes[:, 0] > 0, odds[:, 0], np.ones((len(yes), 1)))[0])
        if not interval:
            return value, None
        found = together(yes, [odds], replicates=REPLICATES, seed=SEED, metrics=["auroc"], by=classification.resampled)
        return value, intervals(found[0], level=LEVEL)["auroc"]

    def columns(self, dataset: Dataset, predicted: Prediction) -> dict[str, Any]:
        """Give the observed and the decided class of every sequence, and the probability of each."""
        names = np.array(dataset.classes, dtype=object)
        chance = classification.probabilities(predicted.values)
        return {
            "observed_class": names[classification.labels(dataset.targets)],
            "predicted_class": names[classification.decided(predicted.values)],
            **{f"probability:{name}": chance[:, number] for number, name in enumerate(dataset.classes)},
        }

    def _no_duplicates(self, dataset: Dataset) -> Rows:
        """Give the test rows whose sequence is in no other part that the models saw."""
        return np.setdiff1d(dataset.rows("test"), find_duplicates(dataset, "test"))
