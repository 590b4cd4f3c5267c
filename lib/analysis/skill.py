"""Predictive skill: whether a model predicts sequences that it has not learned from, and what it is measured against.

An attribution says what a model does, so it can be no better than the model. A model is judged by one metric of its
task on held-out sequences: against chance, against the mean of the training part, and against the baseline models that
are trained with every run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from lib.tasks.scores import PART_NAMES, Metric, Scores, write_signed

MEAN = "mean"
"""The baseline model that predicts the mean of the training part for every sequence."""


class Standing(Enum):
    """How a model stands against what it is measured by."""

    BETTER = "better"
    """Its lead over the strongest baseline model is clear: the whole interval lies above 0."""
    LEVEL = "level"
    """The interval of that lead holds 0."""
    WORSE = "worse"
    """The whole interval of that lead lies below 0."""
    NOTHING = "nothing"
    """It is not proven to predict better than the mean or chance."""
    UNKNOWN = "unknown"
    """The metric or its interval is not known."""


@dataclass(frozen=True)
class Skill:
    """The scores of a model and its baselines on held-out sequences, by one metric of which higher is better.

    Parameters
    ----------
    metric
        What is measured.
    chance
        What guessing reaches.
    model
        The model, with the 95% bootstrap interval of the metric.
    baselines
        The baseline models by name, on the same sequences.
    part, n
        Part of the dataset that was predicted, and how many sequences it has.
    over
        How many targets or tracks the metric is the mean of; 1 where it is that of the explained one.
    leads
        The 95% interval of the model's metric minus that of a baseline model, by its name, paired: both are judged on
        the same resamples.
    """

    metric: Metric
    chance: float
    model: Scores
    baselines: Mapping[str, Scores]
    part: str
    n: int
    over: int = 1
    leads: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def value(self) -> float | None:
        """Give the score of the model, None where the data do not define it."""
        return self.model.value(self.metric.key)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Give its 95% interval."""
        return self.model.interval(self.metric.key)

    @property
    def floor(self) -> float:
        """Give what a model must exceed to predict anything: chance, or the mean baseline where that is better."""
        mean = self._baseline(MEAN)
        return self.chance if mean is None else max(self.chance, mean)

    @property
    def is_clear(self) -> bool:
        """Say whether the whole interval lies above the floor; without one, False."""
        return self.interval is not None and self.interval[0] > self.floor

    @property
    def better(self) -> Scores | None:
        """Give the best baseline model that scores higher than the model, None where none does."""
        if self.value is None:
            return None
        above = {name: score for name in self.baselines if (score := self._baseline(name) or 0.0) > self.value}
        return self.baselines[max(above, key=above.__getitem__)] if above else None

    @property
    def strongest(self) -> str | None:
        """Name the baseline model with the best score, the mean aside; None where there is no other one."""
        known = {name: value for name in self.baselines if name != MEAN and (value := self._baseline(name)) is not None}
        return max(known, key=known.__getitem__) if known else None

    @property
    def lead(self) -> tuple[float, float] | None:
        """Give the interval of the lead over the strongest baseline model, None where there is none.

        Runs of earlier versions have no paired interval. Theirs is that of the model less the baseline's score, which
        takes that score for exact.
        """
        name = self.strongest
        if name is None or self.interval is None:
            return None
        other = self._baseline(name) or 0.0
        return self.leads.get(name) or (self.interval[0] - other, self.interval[1] - other)

    @property
    def standing(self) -> Standing:
        """Say how the model stands against chance, the mean and the strongest baseline model."""
        if self.value is None or (self.interval is None and self.value > self.floor):
            return Standing.UNKNOWN
        if not self.is_clear:
            return Standing.NOTHING
        low, high = self.lead or (1.0, 1.0)
        if low > 0:
            return Standing.BETTER
        return Standing.WORSE if high < 0 else Standing.LEVEL

    def write(self, scores: Scores | None = None) -> str:
        """Write the score of the model, or of one of its baselines, with the interval where it is known.

        >>> r2 = Metric("r2", "R²", "")
        >>> Skill(r2, 0.0, Scores("CNN", {"r2": 0.648}, {"r2": (0.61, 0.68)}), {}, "test", 1232).write()
        'test R² 0.65 [0.61, 0.68]'
        """
        one = scores or self.model
        value, ends = one.value(self.metric.key), one.interval(self.metric.key)
        wide = "" if ends is None else f" [{write_signed(ends[0], 2)}, {write_signed(ends[1], 2)}]"
        mean = f" (mean of {self.over})" if self.over > 1 else ""
        number = "not defined" if value is None else write_signed(value, 2)
        return f"{PART_NAMES[self.part]} {self.metric.label}{mean} {number}{wide}"

    def _baseline(self, name: str) -> float | None:
        return self.baselines[name].value(self.metric.key) if name in self.baselines else None
