"""Probes of a training that is only measured and then stopped: its peak memory, and its throughput."""

import sys
import time
from pathlib import Path
from typing import Any

import psutil

from lib.core import memory
from lib.core.errors import Cancelled
from lib.core.progress import Report

WARM_STEPS = 2
_MEASURED_SECONDS = 1.5
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_HIGHEST = "5"


class PeakMemory:
    """Watches memory in megabytes (10^6 bytes): of the GPU once torch uses one, else main memory.

    Parameters
    ----------
    device
        ``cpu`` where no GPU is to be looked at.
    """

    def __init__(self, device: str) -> None:
        self.device = device

    @property
    def where(self) -> str:
        """Name the device in words."""
        if (torch := self._cuda()) is not None:
            return f"GPU {torch.cuda.get_device_name()}"
        return "CPU" if self._apple() is None else "Apple GPU"

    def reset(self) -> None:
        """Forget what was used until now, as far as the system can; where it cannot, nothing happens."""
        if (torch := self._cuda()) is not None:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        elif _CLEAR.exists():
            _CLEAR.write_text(_RESET_HIGHEST, encoding="ascii")

    def read(self) -> float:
        """Give the most that was used since the reset."""
        if (torch := self._cuda()) is not None:
            torch.cuda.synchronize()
            return float(torch.cuda.max_memory_allocated()) / 1e6
        if (torch := self._apple()) is not None:
            return float(torch.mps.driver_allocated_memory()) / 1e6  # there is no highest value; what is held now
        if _STATUS.exists():
            lines = _STATUS.read_text(encoding="utf-8").splitlines()
            return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # macOS counts bytes

    def free(self) -> float:
        """Give what is free, what this process itself holds included."""
        if (torch := self._cuda()) is not None:
            return float(torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved()) / 1e6
        if (torch := self._apple()) is not None:
            return float(torch.mps.recommended_max_memory()) / 1e6
        return (memory.free() + psutil.Process().memory_info().rss) / 1e6

    def _cuda(self) -> Any:
        torch = sys.modules.get("torch")
        used = torch is not None and self.device != "cpu" and torch.cuda.is_initialized()
        return torch if used else None

    def _apple(self) -> Any:
        torch = sys.modules.get("torch")
        used = torch is not None and self.device == "mps" and torch.backends.mps.is_available()
        return torch if used else None


class MemoryProbe:
    """Reads memory in the second step of a training, whose optimizer has its state then, and stops it after ``last``.

    Parameters
    ----------
    peak
        What reads memory.
    last
        The step to stop after; with the one after an epoch, evaluation and checkpoint have been there.
    """

    def __init__(self, peak: PeakMemory, *, last: int) -> None:
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


class ThroughputProbe:
    """Listens to a training, times its steps, and stops it after some seconds."""

    def __init__(self, peak: PeakMemory) -> None:
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
