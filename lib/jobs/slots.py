"""How many jobs run at the same time: one per GPU, one on a machine without, found without importing torch."""

import os
import shutil
import subprocess
from pathlib import Path

from lib.core.errors import UserError

_DRIVER = Path("/proc/driver/nvidia/gpus")
_ASK_SECONDS = 20


def gpus() -> list[str]:
    """Name the GPUs as ``CUDA_VISIBLE_DEVICES`` takes them; none where there are none or they are hidden."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip() not in ("", "-1", "NoDevFiles")]
    tool = shutil.which("nvidia-smi")
    if tool:
        try:
            asked = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return []
        found = [line for line in asked.stdout.splitlines() if line.startswith("GPU ")]
        return [str(number) for number in range(len(found))]
    return [str(number) for number in range(len(list(_DRIVER.iterdir())))] if _DRIVER.is_dir() else []


def asked() -> int | None:
    """Give how many jobs ``MOTIFLENS_SLOTS`` lets run at the same time, None where it is not set.

    Raises
    ------
    UserError
        If it is no whole number of 1 or more.
    """
    given = os.environ.get("MOTIFLENS_SLOTS", "").strip()
    if given and not (given.isdecimal() and int(given) > 0):
        raise UserError(f"MOTIFLENS_SLOTS is {given!r}; it must be how many jobs run at the same time, 1 or more.")
    return int(given) if given else None


def slots() -> list[str]:
    """Give one name per job that may run at the same time: ``gpu-0`` and so on, else ``cpu-0``."""
    devices = gpus()
    count = asked() or max(1, len(devices))
    if not devices:
        return [f"cpu-{number}" for number in range(count)]
    rounds = [number // len(devices) for number in range(count)]
    return [
        f"gpu-{devices[number % len(devices)]}" + (f"+{turn}" if turn else "") for number, turn in enumerate(rounds)
    ]


def environment(slot: str, count: int) -> dict[str, str]:
    """Give what a job on a slot finds in its environment: its GPU alone, or its share of the processor.

    Parameters
    ----------
    slot
        A name that ``slots`` gave.
    count
        How many slots there are.
    """
    kind, _, rest = slot.partition("-")
    if kind == "gpu":
        return {"CUDA_VISIBLE_DEVICES": rest.partition("+")[0], "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    if count > 1 and "OMP_NUM_THREADS" not in os.environ:
        return {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // count))}
    return {}
