"""The most memory that this process used since it was last asked, on the device that it computes on."""

import sys
from pathlib import Path
from typing import Any

import psutil

from lib.training import memory

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_RESET_HIGHEST = "5"


class Peak:
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
