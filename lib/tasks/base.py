"""How tasks differ after training: the metrics of a model, their intervals, and what is written of its predictions.

A task is one subclass of ``Task``, in a file of this folder that registers it. Which models stand beside the one that
was trained is for the models to say: all with ``baseline = True`` that do the task.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.files import replacing
from lib.core.progress import Progress
from lib.core.registry import Registry
from lib.datasets.dataset import PARTS, Dataset
from lib.tasks.bootstrap import intervals
from lib.tasks.data import Part, TrainingData
from lib.tasks.scores import Metric

if TYPE_CHECKING:
    from torch import Tensor

REPLICATES, SEED, LEVEL = 1000, 0, 0.95
PREDICTIONS = "predictions.parquet"

Rows = NDArray[np.intp]


class Labels(Protocol):
    """The labels of a task.

    Its length is the count K of what a network gives for each sequence; the first ``targets`` of them, times ``scale``
    plus ``centre``, (T,) each at least, are in the units of the targets.
    """

    @property
    def targets(self) -> int:
        """Count the targets T."""

    @property
    def centre(self) -> FloatArray:
        """Give what is added in the end."""

    @property
    def scale(self) -> FloatArray:
        """Give what it is multiplied by before."""

    def __len__(self) -> int:
        """Count what a network gives for a sequence."""

    def standard(self, part: Part) -> FloatArray:
        """Give the labels of a part, (N, K), as the loss takes them."""

    def loss(self) -> "Loss":
        """Give what compares a network with these labels."""


class Loss(Protocol):
    """Compares what a network gives for N sequences, (N, K), with their labels (N, K)."""

    judged: ClassVar[str]
    """Key of the metric that ``score`` gives; the learning curve and the page of a run are labelled with it."""

    def count_known(self, labels: "Tensor") -> "Tensor":
        """Measure how much there is to learn from the labels of a whole batch; above 0."""

    def __call__(self, predictions: "Tensor", labels: "Tensor", known: "Tensor | None" = None) -> "Tensor":
        """Give the loss; with what is ``known`` of a whole batch, those of its pieces add up to it exactly."""

    def score(self, predictions: "Tensor", labels: "Tensor") -> float:
        """Judge the predictions of the whole validation part; higher is better, NaN where it is not defined."""


class LearningSettings(Protocol):
    """What the settings of a network say of the labels that it learns."""

    @property
    def auxiliary(self) -> bool:
        """Whether all expression values are learned beside the targets."""

    @property
    def class_weights(self) -> str:
        """``none``, or ``balanced`` so that each class counts the same."""


@dataclass(frozen=True)
class Prediction:
    """What a model predicts for N sequences.

    Parameters
    ----------
    values
        (N, T), in the units of the targets.
    profiles
        (N, T, L) shares of each base, for the task ``profile``; None for others.
    """

    values: FloatArray
    profiles: FloatArray | None = None

    def of(self, rows: Rows) -> "Prediction":
        """Take some of the sequences."""
        return Prediction(self.values[rows], None if self.profiles is None else self.profiles[rows])


@dataclass(frozen=True)
class Baseline:
    """What a model that is trained beside every other predicts for N sequences, and its name for people."""

    label: str
    predicted: Prediction


def ends_of(resamples: Mapping[str, FloatArray]) -> dict[str, list[float]]:
    """Give the low and high end of the 95% interval of each metric from its values in resamples."""
    return {name: list(ends) for name, ends in intervals(resamples, level=LEVEL).items()}


class Task(ABC):
    """What is judged, and how. Metrics of a part are a dict with ``n`` and each metric by its key.

    ``card`` holds the metrics; the first is the one that a model is chosen and spoken of by. ``skill`` is the key of
    the metric, and what guessing reaches of it, by which a model is judged before it is interpreted; ``skill_of_each``
    says whether ``score_target`` can give it for one target among several. ``view`` names the sections that Results,
    Compare runs, Predict and reports show: ``numbers``, ``classes`` or ``profiles``. ``link`` turns what a network
    gives, times ``scale`` plus ``centre``, into predictions: ``identity``, or ``log`` where that is their logarithm.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    card: ClassVar[tuple[Metric, ...]]
    skill: ClassVar[tuple[str, float]]
    skill_of_each: ClassVar[bool] = True
    view: ClassVar[str] = "numbers"
    link: ClassVar[str] = "identity"
    kind: ClassVar[str] = ""
    """What runs that can be compared have in common; the label where left out."""
    explained: ClassVar[str] = "variance"
    """What the first metric is a share of, in words."""
    shortfall_label: ClassVar[str] = "1 − R²"
    """What ``shortfall`` gives, in words."""

    def prediction(
        self, fitted: object, sequences: Sequence[str], values: FloatArray, progress: Progress
    ) -> Prediction:
        """Give all that a model predicts for N sequences, of which the ``values`` (N, T) are known already."""
        return Prediction(values)

    @abstractmethod
    def labels(self, data: TrainingData, settings: LearningSettings) -> Labels:
        """Choose what a network learns from the train part, by the settings of its model."""

    @abstractmethod
    def scores(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, Any]:
        """Give n and each metric of some rows of a dataset; ``predicted`` is of all its rows."""

    @abstractmethod
    def resamples(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, FloatArray]:
        """Give each metric of some rows, (R,), in R bootstrap resamples, which are the same for every model."""

    def intervals(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, list[float]]:
        """Give the low and high end of the 95% bootstrap interval of each metric of some rows."""
        return ends_of(self.resamples(dataset, rows, predicted))

    @abstractmethod
    def per_target(self, dataset: Dataset, rows: Rows, predicted: Prediction) -> dict[str, dict[str, Any]]:
        """Give n and each metric for every target, or class, or track, by its name."""

    def skill_of(self, head: str) -> tuple[str, float]:
        """Give ``skill`` of one head of the model; tasks whose models have one head have one."""
        return self.skill

    def score_target(
        self, observed: FloatArray, predicted: FloatArray, target: int, *, interval: bool
    ) -> tuple[float, tuple[float, float] | None]:
        """Give the metric of ``skill`` of one target, and its 95% interval where it is wanted.

        Parameters
        ----------
        observed, predicted
            (n, T) each.
        """
        raise NotImplementedError(f"{type(self).__name__} scores its targets together")

    def shortfall(self, observed: FloatArray, predicted: FloatArray) -> float:
        """Give what a blend of models has to make small on held-out sequences, (n, T) each: 1 - R2, over the targets.

        It is convex in the predictions. Missing values count nothing.
        """
        known = np.isfinite(observed)
        count = np.maximum(known.sum(axis=0), 1)
        centred = np.where(known, observed - np.nanmean(observed, axis=0), 0.0)
        error = np.where(known, observed - predicted, 0.0)
        variance = (centred**2).sum(axis=0) / count
        return float(np.mean((error**2).sum(axis=0) / count / np.where(variance > 0, variance, 1.0)))

    def judge(
        self, dataset: Dataset, predicted: Prediction, resamples: Mapping[str, FloatArray] | None = None
    ) -> dict[str, Any]:
        """Give what is said of every model on the test part, baselines too: ``test`` and ``intervals`` at least.

        Parameters
        ----------
        resamples
            What ``resamples`` gives of the test part, where it is known already.
        """
        test = dataset.rows("test")
        drawn = self.resamples(dataset, test, predicted) if resamples is None else resamples
        return {"test": self.scores(dataset, test, predicted), "intervals": {"test": ends_of(drawn)}}

    def more(self, dataset: Dataset, predicted: Prediction) -> dict[str, Any]:
        """Give what the task has to say of the model that was trained alone."""
        return {}

    def metrics(self, dataset: Dataset, predicted: Prediction, baselines: Mapping[str, Baseline]) -> dict[str, Any]:
        """Give all of ``metrics.json`` but for members and seconds.

        ``lead`` of a baseline is the 95% interval of each metric of the model minus that of the baseline, paired: both
        are judged on the same resamples of the test part.
        """
        test, held = dataset.rows("test"), dataset.rows("validation")
        ours, others = self.resamples(dataset, test, predicted), {}
        for name, item in baselines.items():
            theirs = self.resamples(dataset, test, item.predicted)
            lead = ends_of({key: ours[key] - theirs[key] for key in ours})
            others[name] = {"label": item.label, **self.judge(dataset, item.predicted, theirs), "lead": lead}
        return {
            "targets": list(dataset.target_names),
            "units": list(dataset.target_units),
            "ceiling": dataset.facts.get("ceiling"),
            "parts": {part: len(dataset.rows(part)) for part in PARTS},
            **self.judge(dataset, predicted, ours),
            "validation": self.scores(dataset, held, predicted),
            "per_target": self.per_target(dataset, test, predicted),
            **self.more(dataset, predicted),
            "baselines": others,
            "bootstrap": {"replicates": REPLICATES, "seed": SEED, "level": LEVEL},
        }

    def write(
        self,
        dataset: Dataset,
        predicted: Prediction,
        baselines: Mapping[str, Baseline],
        folder: Path,
        *,
        deviation: FloatArray | None = None,
    ) -> None:
        """Write what was predicted into the folder of the run; ``deviation`` (N, T) is that of members."""
        columns: dict[str, Any] = {"id": dataset.ids.astype(object), "part": dataset.parts.astype(object)}
        for number, target in enumerate(dataset.target_names):
            columns[f"observed:{target}"] = dataset.targets[:, number]
            columns[f"predicted:{target}"] = predicted.values[:, number]
            if deviation is not None:
                columns[f"deviation:{target}"] = deviation[:, number]
            for name, baseline in baselines.items():
                columns[f"{name}:{target}"] = baseline.predicted.values[:, number]
        columns |= self.columns(dataset, predicted)
        with replacing(folder / PREDICTIONS) as temporary:
            pd.DataFrame(columns).to_parquet(temporary, index=False)

    def columns(self, dataset: Dataset, predicted: Prediction) -> dict[str, Any]:
        """Give further columns (N,) of ``predictions.parquet`` by name."""
        return {}


TASKS: Registry[Task] = Registry("lib.tasks", "task")
