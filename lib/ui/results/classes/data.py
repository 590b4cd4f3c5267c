"""What the results of a classifier read: probabilities, true classes, duplicates of training sequences, scores."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from lib import tasks
from lib.analysis.slices import Slice, scored_by
from lib.core.arrays import FloatArray
from lib.datasets.leakage import find_duplicates
from lib.figures.class_points import ClassPoints
from lib.figures.residuals import gc_percent
from lib.store.files import home
from lib.tasks import class_metrics
from lib.tasks.base import Prediction, Rows
from lib.tasks.class_card import named
from lib.tasks.classification import WITHOUT_DUPLICATES
from lib.tasks.scores import Metric, Scores
from lib.tasks.thresholds import BoolArray, log_odds
from lib.ui.results.data import View, models
from lib.views.baselines import read_test_scores


@dataclass(frozen=True)
class ClassView(View):
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
        return named(self.chosen_name)

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
    def rows(self) -> pd.DataFrame:
        """The predictions of what is judged, one row for each sequence, in the order of the dataset."""
        return self.predictions.iloc[self.places].reset_index(drop=True)

    @cached_property
    def sequences(self) -> list[str]:
        """The sequences that are judged, in the order of ``rows``."""
        return [str(text) for text in self.dataset.sequences[self.places]]

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

    @property
    def judged_by(self) -> tuple[Metric, ...]:
        """The metrics of the score card."""
        return tasks.get(self.dataset.task).card

    def sliced(self, slices: list[Slice], metrics: tuple[str, ...], rows: "np.ndarray | None" = None) -> pd.DataFrame:
        """Score the run and its baselines on slices of what is judged, or of those ``rows`` of it."""
        places = self.places if rows is None else self.places[rows]
        predicted = {name: Prediction(self.values(name)) for name in models(self)}
        task = tasks.get(self.dataset.task)
        return scored_by(
            task,
            self.dataset,
            [Slice(one.label, places[one.rows]) for one in slices],
            predicted,
            metrics=metrics,
            of=len(places),
        )


def class_scores(view: ClassView) -> list[Scores]:
    """Give the scores of the run and then of its baselines, the strongest first, on what is judged.

    Those of the test part stand in ``metrics.json``, with duplicates and without; others are computed once and kept.
    """
    labels = models(view)
    if view.part == "test":
        rows = WITHOUT_DUPLICATES if view.apart and view.duplicated.any() else "test"
        return read_test_scores(view.metrics, labels, rows=rows)
    computed = _scored(str(home()), view.key, tuple(labels), view)
    return [Scores(label, *computed[name]) for name, label in labels.items()]


@st.cache_data(max_entries=64, show_spinner="Computing the scores")
def _scored(
    home: str, key: str, names: tuple[str, ...], _view: ClassView
) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    task, places = tasks.get(_view.dataset.task), _view.places
    found = {}
    for name in names:
        predicted = Prediction(_view.values(name))
        # On the training part an interval would say nothing about new sequences.
        wide = {} if _view.part == "train" else task.intervals(_view.dataset, places, predicted)
        found[name] = (task.scores(_view.dataset, places, predicted), wide)
    return found


def facts(view: ClassView, rows: Rows, threshold: float = class_metrics.THRESHOLD) -> pd.DataFrame:
    """Give what is known of some of the sequences that are judged: true and predicted class, probabilities, length."""
    probabilities = view.probabilities()[rows]
    true, called = view.observed[rows], calls(view, threshold)[rows]
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


def calls(view: ClassView, threshold: float) -> Rows:
    """Give the number of the class that each sequence is called, (N,): by the threshold, of more the most probable."""
    found = view.probabilities()
    if view.binary:
        return (found[:, 1] >= threshold).astype(np.intp)
    best: Rows = np.argmax(found, axis=1)
    return best
