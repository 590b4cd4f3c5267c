"""What listens to a training that is only measured and stops it: two steps for memory, some seconds for its pace."""

import time

from lib.core.errors import Cancelled
from lib.core.progress import Report
from lib.training.peak import Peak

WARM_STEPS = 2
_MEASURED_SECONDS = 1.5


class Steps:
    """Reads memory in the second step of a training, whose optimizer has its state then, and stops it after ``last``.

    Parameters
    ----------
    peak
        What reads memory.
    last
        The step to stop after; with the one after an epoch, evaluation and checkpoint have been there.
    """

    def __init__(self, peak: Peak, *, last: int) -> None:
        self.peak, self.last = peak, last
        self.times: dict[int, float] = {}
        self.second, self.total = 0.0, 0

    def report(self, report: Report) -> None:
        """Take note of a step."""
        self.total = report.total
        if report.step in (1, 2) and report.step not in self.times:
            if report.step == 2:
                self.second = self.peak.read()
            self.times[report.step] = time.monotonic()
            if report.step == 1:
                self.peak.reset()
        if report.step >= self.last:
            raise Cancelled("Measured.")


class Pace:
    """Listens to a training, times its steps, and stops it after some seconds."""

    def __init__(self, peak: Peak) -> None:
        self.peak = peak
        self.first: tuple[float, int] | None = None
        self.last = (time.monotonic(), 0)
        self.total = 0

    def report(self, report: Report) -> None:
        """Take note of a step."""
        if report.step == self.last[1]:
            return
        self.peak.read()  # waits for the GPU
        now = time.monotonic()
        if report.step >= WARM_STEPS and self.first is None:
            self.first = (now, report.step)
        self.last, self.total = (now, report.step), report.total
        if self.first is not None and now - self.first[0] > _MEASURED_SECONDS and report.step > self.first[1]:
            raise Cancelled("Measured for long enough.")

    def seconds(self) -> float:
        """Give the expected seconds of all steps."""
        if self.first is None or self.last[1] == self.first[1]:
            raise RuntimeError("the training was too short to be timed")
        return (self.last[0] - self.first[0]) / (self.last[1] - self.first[1]) * self.total
