"""A finished classifier: probabilities, true classes, duplicates of training sequences, scores."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from lib import tasks
from lib.analysis.baselines import read_test_scores
from lib.analysis.slices import Slice, score_slices_by_task
from lib.core.arrays import FloatArray
from lib.datasets.leakage import find_duplicates
from lib.figures.class_points import ClassPoints
from lib.figures.residuals import gc_percent
from lib.tasks import class_metrics
from lib.tasks.base import Prediction, Rows
from lib.tasks.class_card import name_class
from lib.tasks.classification import WITHOUT_DUPLICATES
from lib.tasks.scores import Scores
from lib.tasks.thresholds import BoolArray, log_odds
from lib.views.run_view import RunView


@dataclass(frozen=True, eq=False)
class ClassView(RunView):
    """A finished classifier, one of its classes and one part of its dataset.

    Parameters
    ----------
    apart
        Whether sequences of the part that are duplicates of training sequences are excluded.
    """

    apart: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the K classes."""
        return self.dataset.classes

    @property
    def binary(self) -> bool:
        """Say whether there are two classes."""
        return len(self.classes) == 2

    @property
    def chosen(self) -> int:
        """Number of the class that is looked at; of two it is the positive one."""
        return 1 if self.binary else self.target

    @property
    def chosen_name(self) -> str:
        """Name of the class that is looked at."""
        return self.classes[self.chosen]

    @property
    def said(self) -> str:
        """The class that is looked at, within a sentence."""
        return name_class(self.chosen_name)

    @property
    def key(self) -> str:
        """What tells this view from any other, the run trained anew too."""
        return f"{super().key}-{self.apart}"

    @property
    def judged(self) -> str:
        """What tells the sequences that are judged from others of the dataset."""
        return f"{self.part} without duplicates" if self.apart else self.part

    @cached_property
    def duplicated(self) -> BoolArray:
        """Say of each sequence of the part, (n,), whether it is identical to a training sequence."""
        return np.isin(self.dataset.rows(self.part), find_duplicates(self.dataset, self.part))

    @cached_property
    def places(self) -> Rows:
        """Rows of the dataset that are judged, ascending (N,)."""
        rows = self.dataset.rows(self.part)
        return rows[~self.duplicated] if self.apart else rows

    @cached_property
    def observed(self) -> Rows:
        """Number of the true class of each sequence that is judged, (N,)."""
        return class_metrics.labels(self.dataset.targets[self.places])

    def values(self, model: str = "predicted") -> FloatArray:
        """Give what a model predicts for the whole dataset, (rows, T) log-odds or logits."""
        names = [f"{model}:{name}" for name in self.dataset.target_names]
        return self.predictions[names].to_numpy(dtype=float)

    def probabilities(self, model: str = "predicted") -> FloatArray:
        """Give the probability of each class for what is judged, (N, K)."""
        return class_metrics.probabilities(self.values(model)[self.places])

    @cached_property
    def class_points(self) -> ClassPoints:
        """The probability of the class that is looked at, for every sequence that is judged."""
        ids = self.rows["id"].tolist()
        return ClassPoints(ids, self.classes, self.observed, self.probabilities()[:, self.chosen], self.chosen)

    def scores_of(self, model: str) -> FloatArray:
        """Give the probability of the class that is looked at, by a model, for what is judged, (N,)."""
        return self.probabilities(model)[:, self.chosen]

    def areas(self, model: str) -> dict[str, float]:
        """Give ``auroc``, ``auprc`` and more of the class that is looked at against the rest."""
        targets, values = self.dataset.targets[self.places], self.values(model)[self.places]
        return class_metrics.per_class(targets, values, self.classes)[self.chosen_name]

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """The probability of the class that is looked at against how often it was observed, one row for each bin."""
        points = self.class_points
        odds = log_odds(points.probability)[:, None]
        return pd.DataFrame(class_metrics.calibration(points.positive[:, None].astype(np.float64), odds))

    def read_scores(self) -> list[Scores] | None:
        """Give the scores that ``metrics.json`` holds: of the test part, with duplicates and without."""
        if self.part != "test":
            return None
        without = self.apart and self.duplicated.any()
        return read_test_scores(self.metrics, self.models, rows=WITHOUT_DUPLICATES if without else "test")

    def score_model(self, model: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Compute the metrics of a model on what is judged, and their intervals; none on the training part."""
        task, predicted = tasks.get(self.dataset.task), Prediction(self.values(model))
        wide = {} if self.part == "train" else task.intervals(self.dataset, self.places, predicted)
        return task.scores(self.dataset, self.places, predicted), wide

    def score_slices(
        self, slices: list[Slice], metrics: tuple[str, ...], rows: "np.ndarray | None" = None
    ) -> pd.DataFrame:
        """Score the run and its baselines on slices of what is judged, or of those ``rows`` of it."""
        places = self.places if rows is None else self.places[rows]
        predicted = {name: Prediction(self.values(name)) for name in self.models}
        task = tasks.get(self.dataset.task)
        return score_slices_by_task(
            task,
            self.dataset,
            [Slice(one.label, places[one.rows]) for one in slices],
            predicted,
            metrics=metrics,
            of=len(places),
        )


def tabulate_calls(view: ClassView, rows: Rows, threshold: float = class_metrics.THRESHOLD) -> pd.DataFrame:
    """Give what is known of some of the sequences that are judged: true and predicted class, probabilities, length."""
    probabilities = view.probabilities()[rows]
    true, called = view.observed[rows], call_classes(view, threshold)[rows]
    texts = [view.sequences[row] for row in rows]
    spread = {}
    if view.spread in view.rows:
        spread = {"± SD (log-odds)": view.rows[view.spread].to_numpy(dtype=float)[rows]}
    return pd.DataFrame(
        {
            "id": view.rows["id"].to_numpy()[rows],
            "true class": [view.classes[number] for number in true],
            "predicted class": [view.classes[number] for number in called],
            f"P({view.chosen_name})": probabilities[:, view.chosen],
            "P(true class)": probabilities[np.arange(len(rows)), true],
            **spread,
            "duplicate": np.isin(view.places[rows], view.dataset.rows(view.part)[view.duplicated]),
            "GC (%)": gc_percent(texts),
            "length (nt)": [len(text) for text in texts],
        }
    )


def call_classes(view: ClassView, threshold: float) -> Rows:
    """Give the number of the class that each sequence is called, (N,): by the threshold, of more the most probable."""
    found = view.probabilities()
    if view.binary:
        return (found[:, 1] >= threshold).astype(np.intp)
    best: Rows = np.argmax(found, axis=1)
    return best


def tabulate_confusion(counts: "np.ndarray", classes: tuple[str, ...]) -> pd.DataFrame:
    """Give a confusion matrix as a table: one row for each true class, counts of the called ones, and n."""
    frame = pd.DataFrame(counts, columns=[f"called {name}" for name in classes])
    frame.insert(0, "true class", list(classes))
    return frame.assign(n=counts.sum(axis=1))
