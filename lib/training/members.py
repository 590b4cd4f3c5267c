"""What a run of a model with several members keeps beside its predictions: how far they lie apart, what they gain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.analysis.members import Judged, gain, warning
from lib.core.arrays import FloatArray
from lib.core.progress import Progress
from lib.datasets.dataset import Dataset
from lib.models.base import Fitted, Uncertain
from lib.models.ensemble import together


@dataclass(frozen=True)
class Members:
    """What M members predict for N sequences.

    Parameters
    ----------
    each
        (M, N, T).
    predicted, deviation
        (N, T) each: their mean and their sample standard deviation.
    """

    each: FloatArray
    predicted: FloatArray
    deviation: FloatArray

    def metrics(self, dataset: Dataset) -> dict[str, Any]:
        """Give the number of members, what they gain over the best of them, and whether their spread warns."""
        held, test = (self._judged(dataset, dataset.rows(part)) for part in ("validation", "test"))
        classes = dataset.task == "classification"
        apart = warning(test, self.deviation[dataset.rows("test")], dataset.target_names, classes=classes)
        return {"count": len(self.each), "gain": gain(held, test, classes=classes), "deviation": apart}

    def _judged(self, dataset: Dataset, rows: Any) -> Judged:
        return Judged(np.asarray(dataset.targets[rows]), self.predicted[rows], self.each[:, rows])


def predict(fitted: Fitted, sequences: Sequence[str], progress: Progress) -> tuple[FloatArray, Members | None]:
    """Predict N sequences, (N, T), and give what each member predicts where the model has members, else None."""
    if not isinstance(fitted, Uncertain):
        return fitted.predict(sequences, progress=progress), None
    each = list(fitted.each(sequences, progress=progress))
    predicted, deviation = together(iter(each))
    return predicted, Members(np.stack(each), predicted, deviation)
