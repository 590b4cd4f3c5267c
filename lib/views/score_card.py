"""The score card: metrics in rows, models in columns, intervals below the numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.tasks.regression import CARD
from lib.tasks.scores import Metric, Scores, explain_share, percent, unit_of, write_signed


@dataclass(frozen=True)
class Cell:
    """One number as it is written; empty where it is not defined."""

    text: str
    interval: str = ""
    best: bool = False


@dataclass(frozen=True)
class Row:
    """A metric, what it means, the unit it carries, and a number for each model."""

    label: str
    help: str
    higher: bool
    unit: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class ScoreCard:
    """What models reach on the same ``n`` sequences, the first of them in the foreground.

    ``interval`` says what stands in brackets. Where there is a noise ceiling, the share of the explainable variance is
    a row below R2.
    """

    models: Sequence[Scores]
    unit: str
    n: int
    caption: str
    ceiling: float | None = None
    metrics: Sequence[Metric] = CARD
    interval: str = "95% bootstrap interval"

    @property
    def has_intervals(self) -> bool:
        """Whether any number has an interval."""
        return any(model.interval(metric.key) for model in self.models for metric in self.metrics)

    def rows(self) -> list[Row]:
        """Give the rows from top to bottom."""
        rows = []
        for metric in self.metrics:
            best = self._best(metric)
            cells = [_cell(model, metric, best=model.label == best) for model in self.models]
            rows.append(Row(metric.label, metric.help, metric.higher, unit_of(metric, self.unit), cells))
            if metric.key == "r2" and self.ceiling is not None and self.ceiling > 0:
                about = f"R² over the noise ceiling of {self.ceiling:.3f}: share of the explainable variance"
                shares = [_share(model, self.ceiling) for model in self.models]
                rows.append(Row("Share of explainable variance", about, higher=True, unit="", cells=shares))
        return rows

    def _best(self, metric: Metric) -> str | None:
        known = [(value, model.label) for model in self.models if (value := model.value(metric.key)) is not None]
        return (max if metric.higher else min)(known, key=lambda pair: pair[0])[1] if known else None


def _cell(model: Scores, metric: Metric, *, best: bool) -> Cell:
    value, interval = model.value(metric.key), model.interval(metric.key)
    ends = ", ".join(write_signed(end) for end in interval or ())
    return Cell("") if value is None else Cell(write_signed(value), ends, best)


def _share(model: Scores, ceiling: float) -> Cell:
    share, low, high = explain_share(model, ceiling) or (None, None, None)
    ends = "" if low is None or high is None else f"{percent(low)}, {percent(high)}"
    return Cell("" if share is None else percent(share), ends)
