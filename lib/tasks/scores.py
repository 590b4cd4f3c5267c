"""Scores of models in words and numbers: what every task shares when it says how good a model is."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lib.core.arrays import FloatArray

PART_NAMES = {"test": "test", "validation": "validation", "train": "training"}


@dataclass(frozen=True)
class Metric:
    """One metric of a task: how it is computed, once for values and for their resamples, and how it is shown.

    Parameters
    ----------
    key, label, help
        Its name in files, its name for people, and what it means.
    power
        Power of the unit of the target that it carries.
    higher
        Whether higher is better.
    compute
        Gives the metric (R,) of R resamples from what the task prepares for them, such as ``lib.tasks.metrics.Sums``;
        the value is that of the one resample in which every sequence stands once. None where the task computes several
        metrics together.
    """

    key: str
    label: str
    help: str
    power: int = 0
    higher: bool = True
    compute: Callable[[Any], FloatArray] | None = None


@dataclass(frozen=True)
class Scores:
    """The scores of one model on one part.

    Parameters
    ----------
    label
        Name of the model for people.
    values
        Metric by key; None or NaN where a metric is not defined.
    intervals
        (low, high) of the 95% bootstrap interval by key; may be empty.
    """

    label: str
    values: Mapping[str, float | None]
    intervals: Mapping[str, Sequence[float | None]] = field(default_factory=dict)

    def value(self, key: str) -> float | None:
        """Give a metric, None where it is not defined."""
        return _finite(self.values.get(key))

    def interval(self, key: str) -> tuple[float, float] | None:
        """Give the interval of a metric, None where there is none."""
        low, high = (_finite(end) for end in (self.intervals.get(key) or (None, None)))
        return (low, high) if low is not None and high is not None else None


def percent(share: float) -> str:
    """Write a share as whole percent; what explains nothing explains 0%.

    >>> percent(0.958), percent(-0.02)
    ('96%', '0%')
    """
    return f"{max(0.0, share) * 100:.0f}%"


def write_signed(value: float, digits: int = 3) -> str:
    """Write a number with a true minus sign.

    >>> write_signed(-0.0312)
    '−0.031'
    """
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def unit_of(metric: Metric, unit: str) -> str:
    """Give the unit that a metric carries: none, the target's, or its square."""
    return "" if not metric.power or not unit else unit if metric.power == 1 else f"({unit})²"


def explain_share(model: Scores, ceiling: float | None) -> tuple[float, float | None, float | None] | None:
    """Give the share of the explainable variance that a model reaches: R2 over the noise ceiling, and its 95% interval.

    The ceiling counts as known. None without a ceiling above 0 or an R2; the ends are None without an interval.

    >>> explain_share(Scores("CNN", {"r2": 0.48}, {"r2": (0.4, 0.56)}), 0.8)
    (0.6, 0.5, 0.7)
    """
    r2, ends = model.value("r2"), model.interval("r2")
    if r2 is None or ceiling is None or not ceiling > 0:
        return None
    low, high = (None, None) if ends is None else (round(end / ceiling, 12) for end in ends)
    return round(r2 / ceiling, 12), low, high


def score_frame(
    models: Sequence[Scores],
    *,
    unit: str,
    n: int,
    part: str,
    ceiling: float | None = None,
    metrics: Sequence[Metric],
) -> pd.DataFrame:
    """Give the same numbers, one row for each model and metric, for download."""
    rows: list[dict[str, Any]] = []
    for model in models:
        for metric in metrics:
            low, high = model.interval(metric.key) or (None, None)
            facts = {"model": model.label, "part": part, "n": n, "metric": metric.key, "unit": unit_of(metric, unit)}
            rows.append(facts | {"value": model.value(metric.key), "low_95": low, "high_95": high})
        if (share := explain_share(model, ceiling)) is not None:
            facts = {"model": model.label, "part": part, "n": n, "metric": "r2_of_ceiling", "unit": ""}
            rows.append(facts | dict(zip(("value", "low_95", "high_95"), share, strict=True)))
    return pd.DataFrame(rows)


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
