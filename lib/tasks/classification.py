"""The task ``classification``: which of two or more classes a sequence belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.datasets.leakage import find_duplicates
from lib.tasks import class_card, class_metrics, thresholds
from lib.tasks.base import LEVEL, REPLICATES, SEED, TASKS, LearningSettings, Loss, Prediction, Rows, Task
from lib.tasks.bootstrap import intervals, together
from lib.tasks.data import Part, TrainingData
from lib.tasks.ranking import auroc, order_by_class
from lib.tasks.scores import Metric

WITHOUT_DUPLICATES = "test_without_copies"
"""Key of the metrics of the test sequences that are no duplicates of training sequences, beside ``test``."""


if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class ClassLabels:
    """Classes as networks learn them: as the targets are, 0 and 1 of the second of two classes, one-hot for more.

    Parameters
    ----------
    weights
        (K,) weight of a sequence of each class in the loss.
    """

    weights: tuple[float, ...]

    @classmethod
    def of(cls, data: TrainingData, *, class_weights: str = "none") -> "ClassLabels":
        """Weigh the classes of the train part: all alike, or ``balanced``, so that each class counts the same."""
        counts = class_counts(data.train.targets)
        if class_weights == "balanced":
            return cls(tuple((counts.sum() / (len(counts) * np.maximum(counts, 1))).tolist()))
        return cls((1.0,) * len(counts))

    @property
    def targets(self) -> int:
        """Count the columns of the targets."""
        return 1 if len(self.weights) == 2 else len(self.weights)

    @property
    def centre(self) -> FloatArray:
        """Give what is added to what the network says: nothing, it gives log-odds or logits."""
        return np.zeros(self.targets)

    @property
    def scale(self) -> FloatArray:
        """Give what it is multiplied by: 1."""
        return np.ones(self.targets)

    def __len__(self) -> int:
        """Count what is learned."""
        return self.targets

    def standard(self, part: Part) -> FloatArray:
        """Give the labels of a part, (N, T)."""
        return part.targets

    def loss(self) -> Loss:
        """Give what compares a network with these labels."""
        return ClassLoss(self.weights)


def class_counts(targets: FloatArray) -> FloatArray:
    """Count the members (K,) of each class in targets (N, 1) of 0 and 1, or (N, K) one-hot.

    >>> class_counts(np.array([[1.0], [0.0], [0.0]])).tolist()
    [2.0, 1.0]
    """
    ones: FloatArray = targets.sum(axis=0)
    return np.array([len(targets) - ones[0], ones[0]]) if targets.shape[1] == 1 else ones


def frequencies(targets: FloatArray) -> FloatArray:
    """Give the log-odds (1,), or the logits (K,), whose probabilities are the shares of the classes in targets (N, T).

    A class without members counts as half a one.

    >>> frequencies(np.array([[1.0], [0.0], [0.0], [0.0]])).round(4).tolist()
    [-1.0986]
    """
    counts = np.maximum(class_counts(targets), 0.5)
    found: FloatArray = np.log(counts / counts.sum())
    return found[1:] - found[:1] if targets.shape[1] == 1 else found


@dataclass(frozen=True)
class ClassLoss:
    """The cross entropy of classes, each sequence weighted by its class.

    Two classes are one column: log-odds against 0 and 1. More are a column each: logits of a softmax against one-hot
    labels.

    Parameters
    ----------
    weights
        (K,) weight of a sequence of each class.
    """

    judged: ClassVar[str] = "mcc"
    weights: tuple[float, ...]

    def count_known(self, labels: "Tensor") -> "Tensor":
        """Add up the weights of the sequences of a batch with labels (N, T), a scalar."""
        return self._weights(labels).sum()

    def __call__(self, predictions: "Tensor", labels: "Tensor", known: "Tensor | None" = None) -> "Tensor":
        """Compare log-odds or logits (N, T) with labels (N, T): the weighted mean of the cross entropies.

        With what is ``known`` of a whole batch, the losses of its pieces add up to exactly the loss of the batch.
        """
        from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax

        weights = self._weights(labels)
        if labels.shape[1] == 1:
            each = binary_cross_entropy_with_logits(predictions, labels, reduction="none")[:, 0]  # N
        else:
            each = -(labels * log_softmax(predictions, dim=1)).sum(dim=1)  # N
        return (weights * each).sum() / (weights.sum() if known is None else known)

    def score(self, predictions: "Tensor", labels: "Tensor") -> float:
        """Judge (N, T) predictions by Matthews' correlation of the likeliest classes with the observed ones.

        What is wanted is the right class, and the cross entropy says how sure a network is of it: one that overfits
        grows too sure long before it is more often wrong, so its loss rises in epochs that still decide better. Of
        epochs with one score that with the lowest loss is kept.
        """
        observed, predicted = labels.double().numpy(), predictions.double().numpy()
        return float(
            class_metrics.mcc(class_metrics.labels(observed), class_metrics.decide(predicted), len(self.weights))
        )

    def _weights(self, labels: "Tensor") -> "Tensor":
        """Give the weight of each of N sequences, (N,)."""
        import torch

        weights = torch.tensor(self.weights, dtype=labels.dtype, device=labels.device)
        if labels.shape[1] == 1:
            return torch.where(labels[:, 0] > 0.5, weights[1], weights[0])
        return labels @ weights


@TASKS.add
@dataclass(frozen=True)
class Classification(Task):
    """Metrics of ``lib.tasks.class_metrics``, also without the test sequences that were trained on."""

    name: ClassVar[str] = "classification"
    label: ClassVar[str] = "classification"
    view: ClassVar[str] = "classes"
    card: ClassVar[tuple[Metric, ...]] = class_card.METRICS
    skill: ClassVar[tuple[str, float]] = ("auroc", 0.5)
    shortfall_label: ClassVar[str] = "Cross entropy (nats)"

    def labels(self, data: TrainingData, settings: LearningSettings) -> ClassLabels:
        """Take the classes as the targets are, and weigh them."""
        return ClassLabels.of(data, class_weights=settings.class_weights)

    def shortfall(self, observed: FloatArray, predicted: FloatArray) -> float:
        """Give the cross entropy in nats."""
        chance = class_metrics.probabilities(predicted)
        own = np.take_along_axis(chance, class_metrics.labels(observed)[:, None], axis=1)
        return float(-np.mean(np.log(np.maximum(own, np.finfo(np.float64).tiny))))

    def scores(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, Any]:
        """Give n and each metric at the threshold 0.5."""
        return class_metrics.scores(dataset.targets[rows], predicted.values[rows])

    def resamples(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, FloatArray]:
        """Give each of them in resamples of the sequences."""
        observed, given = dataset.targets[rows], predicted.values[rows]
        return class_metrics.resamples(observed, given, replicates=REPLICATES, seed=SEED)

    def per_target(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, dict[str, Any]]:
        """Give n and what is known of each class against the rest, by its name."""
        return class_metrics.per_class(dataset.targets[rows], predicted.values[rows], dataset.classes)

    def judge(
        self, dataset: Dataset, predicted: Prediction, resamples: Mapping[str, FloatArray] | None = None
    ) -> dict[str, Any]:
        """Give the metrics of the test part, and of it without duplicates of training sequences where some are."""
        found = super().judge(dataset, predicted, resamples)
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
            chance = class_metrics.probabilities(predicted.values[held])[:, 1]
            best = thresholds.best(class_metrics.labels(dataset.targets[held]) == 1, chance)
        called = class_metrics.decide(given)
        return {
            "task": "classification",
            "classes": list(dataset.classes),
            "threshold": class_metrics.THRESHOLD,
            "best_threshold": best,
            "copies": len(test) - len(self._no_duplicates(dataset)),
            "confusion": class_metrics.confusion(class_metrics.labels(observed), called, len(dataset.classes)).tolist(),
            "calibration": class_metrics.calibration(observed, given),
        }

    def score_target(
        self, observed: FloatArray, predicted: FloatArray, target: int, *, interval: bool
    ) -> tuple[float, tuple[float, float] | None]:
        """Give AUROC of one class against the rest, and its interval where it is wanted."""
        number = 1 if observed.shape[1] == 1 else target
        yes = (class_metrics.labels(observed) == number).astype(np.float64)[:, None]
        odds = order_by_class(predicted)[:, [number]]
        if not np.isfinite(odds).all():
            return float("nan"), None
        value = float(auroc(yes[:, 0] > 0, odds[:, 0], np.ones((len(yes), 1)))[0])
        if not interval:
            return value, None
        found = together(yes, [odds], replicates=REPLICATES, seed=SEED, metrics=["auroc"], by=class_metrics.resample)
        return value, intervals(found[0], level=LEVEL)["auroc"]

    def columns(self, dataset: Dataset, predicted: Prediction) -> dict[str, Any]:
        """Give the observed and the decided class of every sequence, and the probability of each."""
        names = np.array(dataset.classes, dtype=object)
        chance = class_metrics.probabilities(predicted.values)
        return {
            "observed_class": names[class_metrics.labels(dataset.targets)],
            "predicted_class": names[class_metrics.decide(predicted.values)],
            **{f"probability:{name}": chance[:, number] for number, name in enumerate(dataset.classes)},
        }

    def _no_duplicates(self, dataset: Dataset) -> Rows:
        """Give the test rows whose sequence is in no other part that the models saw."""
        return np.setdiff1d(dataset.rows("test"), find_duplicates(dataset, "test"))
