"""Trainings within a time budget: whether one can be finished is foreseen by its pace."""

import time

from lib.core.progress import Progress, Report

_SURE = 0.08  # share of a training after which its duration is foreseen


class OutOfTime(Exception):
    """What is being trained will not be finished in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Clock:
    """Tells a listener of the time in place of steps, and stops a training that cannot be finished in time.

    Parameters
    ----------
    spent, budget
        Seconds that earlier members took, and that there are in all.
    times
        Trainings like this one that are to come, itself included; 0 for one that is always finished.
    """

    def __init__(self, listener: Progress, stage: str, spent: float, budget: float, times: int) -> None:
        self.listener, self.stage, self.spent, self.budget, self.times = listener, stage, spent, budget, times
        self._started = time.monotonic()
        self._first: tuple[float, float] | None = None

    @property
    def elapsed(self) -> float:
        """Give the seconds since it was made."""
        return time.monotonic() - self._started

    def report(self, report: Report) -> None:
        """Pass on how much time is spent.

        Raises
        ------
        OutOfTime
            If what is trained will not be finished in time.
        """
        elapsed = self.elapsed
        step = int(min(self.spent + elapsed, self.budget))
        self.listener.report(Report(step, max(int(self.budget), 1), self.stage, note=report.note))
        needed = max(elapsed, self._foresee(elapsed, report))
        if self.times and self.spent + needed > self.budget:
            raise OutOfTime(needed)

    def _foresee(self, elapsed: float, report: Report) -> float:
        """Give the seconds that all of the trainings need, by the pace since the first step; 0 while it is not sure."""
        done = report.step / report.total if report.total else 0.0
        if not done:
            return 0.0
        if self._first is None:  # loading libraries is no part of the pace
            self._first = elapsed, done
        before, share = self._first
        if done - share < _SURE:
            return 0.0
        each = (elapsed - before) / (done - share)
        return elapsed + each * (1 - done) + each * (self.times - 1)
