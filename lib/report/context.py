"""All that a report tells of, read once: the run, its dataset, its results and how it learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lib.analysis.baselines import read_test_scores
from lib.core.errors import UserError
from lib.datasets.dataset import PartName
from lib.store import datasets, groups, leakage, runs
from lib.store.datasets import DatasetRow
from lib.tasks.scores import Metric, Scores, write_signed
from lib.views.blocks import Paragraph, Table
from lib.views.run_view import RunView

if TYPE_CHECKING:
    import pandas as pd

PART: PartName = "test"
"""The part that a report judges by."""


@dataclass(frozen=True, eq=False)
class Context(RunView):
    """A finished run on its test part, with what else belongs to it.

    Parameters
    ----------
    row
        Its dataset as lists show it.
    history
        The learning curve; no rows where the model has none.
    """

    row: DatasetRow
    history: "pd.DataFrame"

    @cached_property
    def leakage(self) -> dict[str, Any]:
        """What was counted of close neighbours and duplicates between the parts."""
        return leakage.get(self.dataset.id)

    def scores(self) -> list[Scores]:
        """Give the scores of the run on the test part, then those of its baselines; of several targets the mean."""
        return read_test_scores(self.metrics, self.models)

    def tabulate_each(self, kind: str, metrics: Sequence[Metric], names: Mapping[str, str] | None = None) -> Table:
        """Give n and some metrics on the test part of each target, class or track, which ``kind`` names.

        Parameters
        ----------
        names
            What they are called, by the names that ``metrics.json`` has; the same where nothing is given.
        """
        rows = []
        for name, values in self.metrics["per_target"].items():
            scores = Scores(name, values)
            numbers = [scores.value(metric.key) for metric in metrics]
            written = ["–" if value is None else write_signed(value) for value in numbers]
            rows.append([(names or {}).get(name, name), f"{values['n']:,}", *written])
        head = [kind.capitalize(), "n", *(metric.label for metric in metrics)]
        return Table(head, rows, caption=f"Each {kind}, test part")

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
        dataset=datasets.load(run.dataset),
        target=0,
        part=PART,
        metrics=metrics,
        predictions=runs.predictions(run_id),
        row=datasets.get(run.dataset),
        history=runs.history(run_id),
    )
