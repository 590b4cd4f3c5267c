"""The score card of models: in one sentence and as numbers, for the page and for reports."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

PART_NAMES = {"test": "test", "validation": "validation", "train": "training"}


@dataclass(frozen=True)
class Metric:
    """One metric of the score card: its key, its name, what it means, and the power of the unit it carries."""

    key: str
    label: str
    help: str
    power: int = 0
    higher: bool = True


METRICS = (
    Metric("r2", "R²", "share of the variance that the model explains; 1 is perfect, 0 is no better than the mean"),
    Metric("pearson", "Pearson r", "linear correlation of predicted and observed"),
    Metric("spearman", "Spearman ρ", "correlation of the ranks"),
    Metric("rmse", "RMSE", "root of the mean squared error", power=1, higher=False),
    Metric("mae", "MAE", "mean absolute error", power=1, higher=False),
    Metric("mse", "MSE", "mean squared error", power=2, higher=False),
)


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


def sentence(model: Scores, baselines: Sequence[Scores], *, n: int, part: str, ceiling: float | None) -> str:
    """Say how good a model is and against what, in Markdown.

    >>> ridge = Scores("k-mer ridge", {"r2": 0.463})
    >>> cnn = Scores("CNN", {"r2": 0.59}, {"r2": (0.558, 0.621)})
    >>> sentence(cnn, [ridge], n=1232, part="test", ceiling=0.958)
    'explains **59%** of the variance [56, 62] of n = 1,232 test sequences; k-mer ridge 46%, noise ceiling 96%.'
    """
    counted = f"n = {n:,} {PART_NAMES[part]} sequence{'' if n == 1 else 's'}"
    r2 = model.value("r2")
    if r2 is None:
        found = f"has no R² on {counted}: their observed values do not vary"
    elif r2 <= 0:
        found = f"explains **none** of the variance (R² {signed(r2)}{_range(model, scale=1)}) of {counted}"
    else:
        found = f"explains **{percent(r2)}** of the variance{_range(model, scale=100)} of {counted}"
    beside = [f"{item.label} {percent(value)}" for item in baselines if (value := item.value("r2")) is not None]
    if ceiling is not None:
        beside.append(f"noise ceiling {percent(ceiling)}")
    return found + (f"; {', '.join(beside)}" if beside else "") + "."


def percent(share: float) -> str:
    """Write a share as whole percent; what explains nothing explains 0%.

    >>> percent(0.958), percent(-0.02)
    ('96%', '0%')
    """
    return f"{max(0.0, share) * 100:.0f}%"


def signed(value: float, digits: int = 3) -> str:
    """Write a number with a true minus sign.

    >>> signed(-0.0312)
    '−0.031'
    """
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def unit_of(metric: Metric, unit: str) -> str:
    """Give the unit that a metric carries: none, the target's, or its square."""
    return "" if not metric.power or not unit else unit if metric.power == 1 else f"({unit})²"


def explained(model: Scores, ceiling: float | None) -> tuple[float, float | None, float | None] | None:
    """Give the share of the explainable variance that a model reaches: R2 over the noise ceiling, and its 95% interval.

    The ceiling counts as known. None without a ceiling above 0 or an R2; the ends are None without an interval.

    >>> explained(Scores("CNN", {"r2": 0.48}, {"r2": (0.4, 0.56)}), 0.8)
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
    metrics: Sequence[Metric] = METRICS,
) -> pd.DataFrame:
    """Give the same numbers, one row for each model and metric, for download."""
    rows: list[dict[str, Any]] = []
    for model in models:
        for metric in metrics:
            low, high = model.interval(metric.key) or (None, None)
            facts = {"model": model.label, "part": part, "n": n, "metric": metric.key, "unit": unit_of(metric, unit)}
            rows.append(facts | {"value": model.value(metric.key), "low_95": low, "high_95": high})
        if (share := explained(model, ceiling)) is not None:
            facts = {"model": model.label, "part": part, "n": n, "metric": "r2_of_ceiling", "unit": ""}
            rows.append(facts | dict(zip(("value", "low_95", "high_95"), share, strict=True)))
    return pd.DataFrame(rows)


def _range(model: Scores, *, scale: int) -> str:
    interval = model.interval("r2")
    if interval is None:
        return ""
    digits = 0 if scale == 100 else 3
    return " [" + ", ".join(signed(end * scale, digits) for end in interval) + "]"


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
