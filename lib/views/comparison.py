"""Several runs on their common sequences, and each metric in the same resamples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lib import tasks
from lib.analysis.comparison import Common, Signed, pairs, wilcoxon
from lib.core.arrays import FloatArray
from lib.figures import colours
from lib.figures.dots import Series
from lib.store.runs import Run
from lib.tasks.bootstrap import intervals
from lib.tasks.scores import Metric, Scores


@dataclass(frozen=True)
class Judged:
    """How good K runs are on their N common sequences.

    Parameters
    ----------
    card
        The metrics.
    values
        (K,) each metric of each run.
    resamples
        (K,) each metric in the same resamples.
    errors
        (K, M) how far off each run is, on the sequences where that is defined; None for the absolute error.
    off
        What ``errors`` are, in words.
    caption
        What is judged; empty for the target.
    test, test_name
        What compares the errors of two runs, and how it is called.
    unit
        Of what is observed and predicted; None for that of the target.
    each, each_name
        (K, N) how well each run meets each sequence, NaN where that is not defined, and what that is; None where no
        picture shows it.
    """

    card: tuple[Metric, ...]
    values: Sequence[Mapping[str, float]]
    resamples: Sequence[dict[str, FloatArray]]
    errors: FloatArray | None = None
    off: str = "absolute errors"
    caption: str = ""
    test: Callable[[FloatArray, FloatArray], Signed] = wilcoxon
    test_name: str = "Wilcoxon's signed rank test"
    unit: str | None = None
    each: FloatArray | None = None
    each_name: str = ""


@dataclass(frozen=True)
class Comparison:
    """K runs on their N common sequences, judged by one target.

    Parameters
    ----------
    runs, labels
        (K,) in the order of the link.
    part
        ``test`` or ``validation``.
    target, unit
        Name and unit of the target.
    found
        The common sequences with what was observed and predicted.
    judged
        How good each is, and how sure that is.
    """

    runs: tuple[Run, ...]
    labels: tuple[str, ...]
    part: str
    target: str
    unit: str
    found: Common
    judged: Judged

    @property
    def card(self) -> tuple[Metric, ...]:
        """The metrics that the runs are judged by."""
        return self.judged.card

    @property
    def view(self) -> str:
        """The view of the task of the runs, the same for all."""
        return tasks.get(self.runs[0].spec.task).view

    @property
    def caption(self) -> str:
        """Say what is judged."""
        return self.judged.caption or self.label

    @property
    def label(self) -> str:
        """Name the target with its unit."""
        return f"{self.target} ({self.unit})" if self.unit else self.target

    @property
    def n(self) -> int:
        """Count the common sequences."""
        return len(self.found.ids)

    @property
    def key(self) -> str:
        """What tells this comparison from any other."""
        return "-".join([*(f"{run.id}.{run.ended}" for run in self.runs), self.part, self.target])

    @property
    def name(self) -> str:
        """Name of downloads."""
        return f"{' '.join(self.labels)} {self.part}"[:60]

    @property
    def series(self) -> list[Series]:
        """The runs with the colours and marks that they have in every picture."""
        return [
            Series(label, colours.of_run(place), colours.symbol_of_run(place))
            for place, label in enumerate(self.labels)
        ]

    def scores(self) -> list[Scores]:
        """Give each run's metrics with their intervals on the common sequences."""
        return [
            Scores(label, values, intervals(drawn))
            for label, values, drawn in zip(self.labels, self.judged.values, self.judged.resamples, strict=True)
        ]

    def pairs(self, metric: str) -> pd.DataFrame:
        """Compare every two runs by a metric; see ``lib.analysis.comparison.pairs``."""
        values = [one[metric] for one in self.judged.values]
        judged = self.judged
        return pairs(self.found, judged.resamples, metric=metric, values=values, errors=judged.errors, test=judged.test)
