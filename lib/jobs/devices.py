"""Where a run may compute on this machine, found without importing torch: its GPUs, with their memory and use, and CPU.

NVIDIA's GPUs are asked for through NVML, which comes with their driver; a machine without it has none. What the
driver shows is narrowed by ``CUDA_VISIBLE_DEVICES``, as CUDA does it, in the order of PCI buses.
"""

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lib.core.errors import UserError

AUTO, CPU, GPU, MPS = "auto", "cpu", "gpu", "mps"
KINDS = (AUTO, CPU, GPU, MPS)
HIDDEN = frozenset({"", "-1", "NoDevFiles"})


@dataclass(frozen=True)
class Gpu:
    """One GPU, or one part of a GPU that was divided (MIG).

    Parameters
    ----------
    id
        Its number in the order of PCI buses; a part of a divided GPU has its own name instead. Both are what
        ``CUDA_VISIBLE_DEVICES`` takes.
    uuid, name
        What the driver calls it.
    total, free
        Memory in bytes.
    busy
        Share of the last moments in which it computed, in percent; None where the driver does not say.
    """

    id: str
    uuid: str
    name: str
    total: int
    free: int
    busy: int | None

    def __str__(self) -> str:
        """Say which GPU it is, and what is free."""
        busy = "" if self.busy is None else f", {self.busy}% busy"
        return f"GPU {self.id} {self.name} ({self.free / 2**30:.0f} of {self.total / 2**30:.0f} GiB free{busy})"


def gpus() -> list[Gpu]:
    """Find the GPUs that a run may use; none where there is no driver, or where they are hidden."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.split(",")[0].strip() in HIDDEN:
        return []
    known = _query_gpus()
    if visible is None:
        return known
    chosen: list[Gpu] = []
    for wanted in (name.strip() for name in visible.split(",")):
        found = next((gpu for gpu in known if _is(gpu, wanted)), None)
        if found is None:
            break  # CUDA too takes those before a wrong name, and no other
        chosen.append(found)
    return chosen


def has_apple_gpu() -> bool:
    """Say whether this is a Mac with a GPU that torch may use; whether it can, torch decides in the worker."""
    return sys.platform == "darwin" and platform.machine() == "arm64"


def cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class DeviceRequest:
    """Where a run is to compute, as it stands in ``payload["device"]``.

    Parameters
    ----------
    kind
        ``auto`` (a GPU where there is one), ``cpu``, ``gpu`` (NVIDIA) or ``mps`` (Apple).
    gpus
        How many GPUs, each with a process of its own.
    which
        Their ids; empty for any.
    processes
        Processes on the CPU, each computing its share of every batch.

    Raises
    ------
    UserError
        If these do not go together.
    """

    kind: str = AUTO
    gpus: int = 1
    which: tuple[str, ...] = ()
    processes: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UserError(f"The device is {self.kind!r}; choose one of {', '.join(KINDS)}.")
        if min(self.gpus, self.processes) < 1:
            raise UserError(f"A run was to have {self.gpus} GPUs and {self.processes} processes; it needs 1 or more.")
        if (self.which or self.gpus > 1) and self.kind != GPU:
            raise UserError(f"GPUs were chosen for the device {self.kind!r}; leave them out, or choose the device gpu.")
        if self.processes > 1 and self.kind != CPU:
            raise UserError(
                f"{self.processes} processes were asked for; that is for the device cpu. Choose GPUs instead."
            )
        if self.which and len(set(self.which)) != self.gpus:
            raise UserError(f"{self.gpus} GPUs were asked for and {len(set(self.which))} named; name each one once.")

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> "DeviceRequest":
        """Read the request from the payload of a run; ``auto`` where there is none."""
        given = payload.get("device") or {}
        gpus, processes = (int(given.get(name) or 1) for name in ("gpus", "processes"))
        return cls(str(given.get("kind", AUTO)), gpus, tuple(map(str, given.get("which") or ())), processes)

    def to_json(self) -> dict[str, Any]:
        """Give what ``payload["device"]`` holds."""
        return {**asdict(self), "which": list(self.which)}

    @property
    def ranks(self) -> int:
        """Count the processes that train."""
        return self.gpus if self.kind == GPU else self.processes

    @property
    def torch_device(self) -> str:
        """Name the device as ``lib.models.nets.device.choose`` takes it."""
        return "cuda" if self.kind == GPU else self.kind

    def __str__(self) -> str:
        """Say it in a few words."""
        if self.kind == GPU and self.which:
            return f"GPU {', '.join(self.which)}"
        several = f"{self.processes} processes on the CPU" if self.processes > 1 else "CPU"
        return {AUTO: "automatic", CPU: several, GPU: f"{self.gpus} GPU" + "s" * (self.gpus > 1), MPS: "Apple GPU"}[
            self.kind
        ]


def _is(gpu: Gpu, wanted: str) -> bool:
    """Tell whether CUDA means this GPU by a name: its number, or the beginning of its name in the driver."""
    return gpu.id == wanted or (not wanted.isdecimal() and gpu.uuid.startswith(wanted))


def _query_gpus() -> list[Gpu]:
    import pynvml

    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # no driver, or one that does not work
        return []
    found: list[Gpu] = []
    try:
        for number in range(pynvml.nvmlDeviceGetCount()):
            found += _gpus_at(pynvml, number)
    except pynvml.NVMLError:  # a GPU fell off the bus; those before it work
        return found
    finally:
        pynvml.nvmlShutdown()
    return found


def _gpus_at(nvml: Any, number: int) -> list[Gpu]:
    """Give the GPU of a number; of a divided one its parts, since CUDA cannot use the whole."""
    handle = nvml.nvmlDeviceGetHandleByIndex(number)
    try:
        divided = nvml.nvmlDeviceGetMigMode(handle)[0] == nvml.NVML_DEVICE_MIG_ENABLE
    except nvml.NVMLError:  # most GPUs cannot be divided
        divided = False
    if not divided:
        return [_gpu(nvml, handle, str(number))]
    parts = []
    for place in range(nvml.nvmlDeviceGetMaxMigDeviceCount(handle)):
        try:
            part = nvml.nvmlDeviceGetMigDeviceHandleByIndex(handle, place)
        except nvml.NVMLError:  # no part lies in this place
            continue
        parts.append(_gpu(nvml, part, nvml.nvmlDeviceGetUUID(part)))
    return parts


def _gpu(nvml: Any, handle: Any, identifier: str) -> Gpu:
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    try:
        busy = int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    except nvml.NVMLError:
        busy = None
    name, uuid = nvml.nvmlDeviceGetName(handle), nvml.nvmlDeviceGetUUID(handle)
    return Gpu(identifier, uuid, name, int(memory.total), int(memory.free), busy)
