"""Which process on which machine works on a run, and whether it still lives."""

import platform
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SAME_START_SECONDS = 2.0


@dataclass(frozen=True)
class Worker:
    """A process: the machine since its last start, the process id and when the process began (seconds since 1970)."""

    host: str
    pid: int
    started: float

    @classmethod
    def this(cls) -> "Worker":
        """Name the process that calls."""
        process = psutil.Process()
        return cls(this_host(), process.pid, process.create_time())

    def is_here(self) -> bool:
        """Say whether the process was started on this machine since it was last switched on."""
        return self.host == this_host()

    def is_alive(self) -> bool:
        """Say whether the process still runs; another one that got the same id since does not count.

        Only meaningful where ``is_here()``.
        """
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return abs(process.create_time() - self.started) < _SAME_START_SECONDS
        except psutil.NoSuchProcess:
            return False


@cache
def this_host() -> str:
    """Name this machine since its last start, so that an id from before a restart is never taken for a live one."""
    if _BOOT_ID.exists():
        boot = _BOOT_ID.read_text().strip()
    else:
        boot = time.strftime("%Y%m%dT%H%M", time.gmtime(psutil.boot_time()))
    return f"{platform.node()}/{boot}"
