"""A finished run beside its baselines on one part of its dataset: what Results, reports and slices are made of."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib import tasks
from lib.analysis.baselines import label_models, read_ceiling, read_test_scores
from lib.analysis.slices import Slice, replicates_for, score_slices
from lib.datasets.dataset import Dataset, PartName
from lib.figures.residuals import Residuals, gc_percent
from lib.figures.scatter import Points
from lib.models.base import MODELS
from lib.store.run import Run
from lib.tasks import regression
from lib.tasks.bootstrap import intervals
from lib.tasks.scores import Metric, Scores


@dataclass(frozen=True, eq=False)
class RunView:
    """A finished run, one of its targets and one part of its dataset.

    Parameters
    ----------
    run, dataset
        The run, and what it was trained on.
    target, part
        Number of the target, and the part whose sequences are judged.
    metrics
        What ``metrics.json`` of the run holds.
    predictions
        ``id``, ``part``, ``observed:…``, ``predicted:…`` and a column for each baseline, one row for each sequence of
        the dataset; shared, so never changed.
    """

    run: Run
    dataset: Dataset
    target: int
    part: PartName
    metrics: dict[str, Any]
    predictions: pd.DataFrame

    def of_target(self, target: int) -> Self:
        """Give the same view of another target."""
        return replace(self, target=target)

    @property
    def target_name(self) -> str:
        """Name of the target."""
        return self.dataset.target_names[self.target]

    @property
    def unit(self) -> str:
        """Unit of the target."""
        return self.dataset.target_units[self.target]

    @property
    def spread(self) -> str:
        """Name of the column with the standard deviation over the members; only ensembles have it."""
        return f"deviation:{self.target_name}"

    @property
    def key(self) -> str:
        """What tells this view from any other, the run trained anew too."""
        return f"{self.run.id}-{self.run.ended}-{self.part}-{self.target}"

    @property
    def judged(self) -> str:
        """What tells the sequences that are judged from others of the dataset."""
        return self.part

    @property
    def model_label(self) -> str:
        """Name of the model for people; its slug where it is not there any more."""
        known = MODELS.all().get(self.run.model)
        return str(self.run.model if known is None else known.label)

    @cached_property
    def models(self) -> dict[str, str]:
        """Names of the run's model and of its baselines, the strongest first, by the columns of the predictions."""
        return label_models(self.metrics, model=self.run.model, label=self.model_label)

    @property
    def ceiling(self) -> tuple[float, str] | None:
        """R2 that noise allows and where it was measured; see ``read_ceiling``."""
        return read_ceiling(self.metrics, targets=len(self.dataset.target_names))

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """Rows of the dataset that are judged, ascending (n,)."""
        return self.dataset.rows(self.part)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The predictions of what is judged, one row for each sequence, in the order of the dataset."""
        return self.predictions.iloc[self.places].reset_index(drop=True)

    @cached_property
    def sequences(self) -> list[str]:
        """The sequences that are judged, in the order of ``rows``."""
        return [str(text) for text in self.dataset.sequences[self.places]]

    @property
    def task(self) -> regression.Regression:
        """The task, of those whose view this is."""
        return regression.get(self.dataset.task)

    @property
    def judged_by(self) -> tuple[Metric, ...]:
        """The metrics of the score card."""
        return tasks.get(self.dataset.task).card

    @cached_property
    def points(self) -> Points:
        """What was observed and predicted for every sequence that is judged."""
        frame = self.rows
        return Points(
            frame["id"].tolist(),
            frame[f"observed:{self.target_name}"].to_numpy(dtype=float),
            frame[f"predicted:{self.target_name}"].to_numpy(dtype=float),
            self.target_name,
            self.unit,
            None if self.spread not in frame else frame[self.spread].to_numpy(dtype=float),
        )

    def residuals(self, rows: "NDArray[np.intp] | None" = None) -> list[Residuals]:
        """Give the residuals of all or some of ``rows`` against GC content and against length."""
        chosen = np.arange(len(self.rows)) if rows is None else rows
        residual = (self.points.predicted - self.points.observed)[chosen]
        ids, texts = [self.points.ids[row] for row in chosen], [self.sequences[row] for row in chosen]
        lengths = np.array([len(text) for text in texts], dtype=float)
        return [
            Residuals(ids, residual, gc_percent(texts), "GC content (%)", self.unit),
            Residuals(ids, residual, lengths, "Length (nt)", self.unit),
        ]

    def read_scores(self) -> list[Scores] | None:
        """Give the scores of the run and its baselines that ``metrics.json`` holds: of the test part, one target."""
        if self.part == "test" and len(self.dataset.target_names) == 1:
            return read_test_scores(self.metrics, self.models)
        return None

    def score_model(self, model: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Compute the metrics of a model on what is judged, and their intervals.

        There are none on the training part, where an interval would say nothing about new sequences.
        """
        observed, predicted = self._column("observed"), self._column(model)
        values = self.task.column(observed, predicted)
        if self.part == "train":
            return values, {}
        y, f = observed[:, None], predicted[:, None]
        return values, intervals(self.task.bootstrap(y, [f], replicates=replicates_for(len(y)))[0])

    def score_slices(
        self, slices: list[Slice], metrics: tuple[str, ...], rows: "np.ndarray | None" = None
    ) -> pd.DataFrame:
        """Score the run and its baselines on slices of what is judged, or of those ``rows`` of it."""
        chosen = slice(None) if rows is None else rows
        predicted = {name: self._column(name)[chosen] for name in self.models}
        return score_slices(self.task, slices, self._column("observed")[chosen], predicted, metrics=metrics)

    def _column(self, name: str) -> NDArray[np.float64]:
        return self.rows[f"{name}:{self.target_name}"].to_numpy(dtype=float)


def tabulate_sequences(view: RunView, ids: Sequence[str]) -> pd.DataFrame:
    """Give the rows of some sequences: id, observed, predicted, off by, GC content, length, sequence."""
    frame, points = view.rows, view.points
    places = pd.Index(frame["id"]).get_indexer(list(ids))
    places = places[places >= 0]
    texts = [view.sequences[place] for place in places]
    observed, predicted = points.observed[places], points.predicted[places]
    spread = {} if points.deviation is None else {"± SD": points.deviation[places]}
    return pd.DataFrame(
        {
            "id": frame["id"].iloc[places].tolist(),
            "observed": observed,
            "predicted": predicted,
            **spread,
            "off by": predicted - observed,
            "GC (%)": gc_percent(texts),
            "length (nt)": [len(text) for text in texts],
            "sequence": texts,
        }
    )
