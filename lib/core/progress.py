"""How long work says how far it is, and how it learns that it should stop."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from lib.core.errors import Cancelled


@dataclass(frozen=True)
class Report:
    """How far a piece of work is.

    Parameters
    ----------
    step, total
        Steps done and steps in all, in the work's own unit (batches, sequences, rows).
    stage
        What is being done now, in words a biologist reads ("Training", "Baseline models").
    epoch
        Passes over the training part, fractional; None where there are none.
    loss
        Latest training loss, in the model's own unit.
    metrics
        Latest validation metrics by name, such as ``{"r2": 0.58}``.
    note
        One sentence on what goes otherwise than was asked for, such as smaller pieces because memory ran out; it stays
        with the run once it was said.
    """

    step: int
    total: int
    stage: str = ""
    epoch: float | None = None
    loss: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


class Progress(Protocol):
    """Whoever listens to long work. Raises ``Cancelled`` from ``report`` when the work should stop."""

    def report(self, report: Report) -> None:
        """Take note of a report."""


class Silent:
    """A listener that ignores every report and never cancels."""

    def report(self, report: Report) -> None:
        """Ignore the report."""


@dataclass(frozen=True)
class Callback:
    """A listener made of two functions: one that shows a report, one that says whether to stop."""

    show: Callable[[Report], None]
    cancelled: Callable[[], bool] = lambda: False

    def report(self, report: Report) -> None:
        """Show the report, then stop the work if somebody asked for it.

        Raises
        ------
        Cancelled
            If ``cancelled()`` is true.
        """
        self.show(report)
        if self.cancelled():
            raise Cancelled("The work was cancelled.")


@dataclass(frozen=True)
class Stage:
    """Passes the reports of one stage of a longer work on, so that steps never go back over all of it.

    Parameters
    ----------
    name
        What is reported as the stage; empty for what the stage calls itself.
    before, after
        Steps of the stages before and after it.
    """

    listener: Progress
    name: str = ""
    before: int = 0
    after: int = 0

    def report(self, report: Report) -> None:
        """Pass a report on; the metrics of a stage of another name are not those of the work."""
        step, total = report.step + self.before, report.total + self.before + self.after
        if self.name:
            report = replace(report, stage=self.name, metrics={})
        self.listener.report(replace(report, step=step, total=total))


class Eta:
    """Remaining time, from the pace of the recent steps of one stage.

    Parameters
    ----------
    clock
        A function that gives seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage: str | None = None
        self._started = 0.0
        self._first = 0

    def remaining(self, report: Report) -> float | None:
        """Give the expected seconds until the last step of this stage, None while there is no pace yet."""
        now = self._clock()
        if report.stage != self._stage or report.step < self._first:
            self._stage, self._started, self._first = report.stage, now, report.step
        done = report.step - self._first
        if done <= 0 or report.total < report.step:
            return None
        return (now - self._started) / done * (report.total - report.step)
