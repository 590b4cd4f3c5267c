"""All that a report tells of, read once: the run, its dataset, its results and how it learned."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset, PartName
from lib.figures.scatter import Points
from lib.models.base import MODELS
from lib.store import datasets, groups, leakage, runs
from lib.store.datasets import DatasetRow
from lib.store.runs import Run
from lib.tasks.scores import Scores
from lib.views.baselines import label_models, read_ceiling, read_test_scores
from lib.views.blocks import Paragraph

if TYPE_CHECKING:
    import pandas as pd

PART: PartName = "test"
"""The part that a report judges by."""


@dataclass(frozen=True)
class Context:
    """A finished run with what belongs to it.

    Parameters
    ----------
    run, row, dataset
        The run, and its dataset as lists show it and as a whole.
    metrics
        What ``metrics.json`` holds.
    predictions
        ``id``, ``part``, ``observed:…``, ``predicted:…`` and a column for each baseline, one row for each sequence.
    history
        The learning curve; no rows where the model has none.
    """

    run: Run
    row: DatasetRow
    dataset: Dataset
    metrics: dict[str, Any]
    predictions: "pd.DataFrame"
    history: "pd.DataFrame"

    @property
    def model_label(self) -> str:
        """Name of the model for people."""
        return str(MODELS.get(self.run.model).label)

    @cached_property
    def leakage(self) -> dict[str, Any]:
        """What was counted of close neighbours and duplicates between the parts."""
        return leakage.get(self.dataset.id)

    @cached_property
    def tested(self) -> "pd.DataFrame":
        """The predictions of the test part, in the order of the dataset."""
        return self.predictions[self.predictions["part"] == PART].reset_index(drop=True)

    def points(self, target: int) -> Points:
        """Give observed and predicted values of a target on the test part."""
        name, unit = self.dataset.target_names[target], self.dataset.target_units[target]
        observed, predicted = (self.tested[f"{what}:{name}"].to_numpy(float) for what in ("observed", "predicted"))
        return Points(self.tested["id"].tolist(), observed, predicted, name, unit)

    def sequences(self) -> list[str]:
        """Give the sequences of the test part, in the order of ``tested``."""
        return [str(text) for text in self.dataset.sequences[self.dataset.rows(PART)]]

    @cached_property
    def models(self) -> dict[str, str]:
        """Names of the run's model and of its baselines, the strongest first, by the columns of the predictions."""
        return label_models(
            self.metrics,
            self.predictions,
            model=self.run.model,
            label=self.model_label,
            target=self.dataset.target_names[0],
        )

    @property
    def ceiling(self) -> tuple[float, str] | None:
        """R2 that noise allows and where it was measured; see ``read_ceiling``."""
        return read_ceiling(self.metrics, targets=len(self.dataset.target_names))

    def scores(self) -> list[Scores]:
        """Give the scores of the run on the test part, then those of its baselines, the strongest kind first."""
        return read_test_scores(self.metrics, self.models)

    def intervals(self, resampled: str, before: str = "") -> Paragraph:
        """Say how the intervals of the metrics were computed; ``resampled`` names what was drawn again."""
        how = self.metrics.get("bootstrap", {})
        return Paragraph(
            f"{before}Intervals: percentile bootstrap over the {resampled} of the test part, "
            f"{how.get('replicates', 0):,} resamples, seed {how.get('seed', 0)}, {how.get('level', 0.95):.0%}. The "
            "test part was seen neither in training nor in any choice.",
            style="dim",
        )


def gather(run_id: str) -> Context:
    """Read what a report of a finished training needs.

    Raises
    ------
    UserError
        If there is no such run, it is no training, it has not finished, its test results are kept back as those of a
        sweep are, or its results are not there any more.
    """
    run = runs.get(run_id)
    if run.kind != "train":
        raise UserError(f"{run.name} is a run of kind {run.kind}; a report is written of a training. Choose another.")
    if run.state != runs.FINISHED:
        raise UserError(
            f"{run.name} is {run.state}; a report is written of a finished run. Wait for it, or choose another."
        )
    if groups.runs_without_test([run]):
        raise UserError(
            f"{run.name} belongs to a sweep, whose test results are kept back: the best of many would be too good by "
            "chance. Choose the best by validation once the sweep is over."
        )
    metrics = runs.metrics(run_id)
    if not metrics:
        raise UserError(f"The results of {run.name} are not in its folder any more. Train it again.")
    return Context(
        run=run,
        row=datasets.get(run.dataset),
        dataset=datasets.load(run.dataset),
        metrics=metrics,
        predictions=runs.predictions(run_id),
        history=runs.history(run_id),
    )
