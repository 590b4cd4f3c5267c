"""How many jobs run at the same time, and which of them on what: one per GPU, beside it one on the CPU.

On a machine without a GPU it is one. A run on n GPUs takes n slots and starts only when so many are free. Runs start in
the order of the queue: the free slots that the first waiting run could use are held back for it, so that smaller runs
behind it cannot keep it waiting for ever; what it could not use goes to those behind it. Beside the slots there is one
light lane on the CPU for work of seconds, which only ``lib.jobs.scheduler`` gives away.
"""

import os
from collections.abc import Mapping, Sequence

from lib.core.errors import UserError
from lib.jobs import devices
from lib.jobs.devices import CPU, GPU, MPS, DeviceRequest

_CPU, _GPU = "cpu-", "gpu-"
LIGHT = f"{_CPU}light"
"""The light lane: a slot for one short job on the CPU, beside those that ``list_slots`` gives."""


def read_limit() -> int | None:
    """Give how many jobs ``MOTIFLENS_SLOTS`` lets run at the same time, None where it is not set.

    On a machine with GPUs it is the number of jobs on GPUs.

    Raises
    ------
    UserError
        If it is no whole number of 1 or more.
    """
    given = os.environ.get("MOTIFLENS_SLOTS", "").strip()
    if given and not (given.isdecimal() and int(given) > 0):
        raise UserError(f"MOTIFLENS_SLOTS is {given!r}; it must be how many jobs run at the same time, 1 or more.")
    return int(given) if given else None


def list_slots() -> list[str]:
    """Give one name per job that may run at the same time: ``gpu-0`` and so on with one ``cpu-0``, else ``cpu-0``."""
    found = [gpu.id for gpu in devices.gpus()]
    count = read_limit() or max(1, len(found))
    if not found:
        return [f"{_CPU}{number}" for number in range(count)]
    rounds = [number // len(found) for number in range(count)]
    names = [f"{_GPU}{found[number % len(found)]}" + (f"+{turn}" if turn else "") for number, turn in enumerate(rounds)]
    return [*names, f"{_CPU}0"]


def explain_refusal(request: DeviceRequest, known: Sequence[str]) -> str:
    """Say in a sentence why a run can never start on these slots; empty where it can."""
    here = [gpu_of_slot(slot) for slot in known if slot.startswith(_GPU)]
    absent = [gpu for gpu in request.which if gpu not in here]
    has = f"this machine has {len(set(here))}" if here else "this machine has none"
    if absent:
        return f"The run asks for GPU {', '.join(absent)}, and {has} ({', '.join(here)}). Choose another."
    if request.kind == GPU and request.gpus > len(set(here)):
        return f"The run asks for {request}, and {has} that MotifLens may use. Choose fewer, or the CPU."
    if request.kind == GPU and request.gpus > 1 and any("-" in gpu for gpu in here):
        return "The run asks for several GPUs, and parts of a divided one cannot work together. Choose one."
    if request.kind == MPS and not devices.has_apple_gpu():
        return "The run asks for an Apple GPU, and this machine has none. Choose another device."
    return ""


def allot(
    requests: Mapping[str, DeviceRequest],
    known: Sequence[str],
    taken: set[str],
    *,
    room: Mapping[str, int] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Choose the slots of the runs that start now; those that must wait are left out.

    Parameters
    ----------
    requests
        What the waiting runs ask for, by id, in the order of the queue.
    known, taken
        All slots, and those on which something runs.
    room
        Free memory of each GPU by its id; the emptiest one goes first. In the order of ``known`` where None.
    """
    room = room or {}
    free = sorted(
        (slot for slot in known if slot not in taken), key=lambda slot: -(room.get(gpu_of_slot(slot), 0) >> 30)
    )
    begin = {}
    for run_id, request in requests.items():
        able: dict[str, str] = {}
        for slot in free:
            if _suits(slot, request, known):
                able.setdefault(gpu_of_slot(slot) or slot, slot)
        needed = request.gpus if request.kind == GPU else 1
        if len(able) < needed:
            free = [slot for slot in free if not _suits(slot, request, known)]
            continue
        begin[run_id] = tuple(sorted(list(able.values())[:needed], key=known.index))
        free = [slot for slot in free if slot not in begin[run_id]]
    return begin


def gpu_of_slot(slot: str) -> str:
    """Give the id of the GPU of a slot; empty for a slot on the CPU."""
    return slot.removeprefix(_GPU).partition("+")[0] if slot.startswith(_GPU) else ""


def format_slots(chosen: Sequence[str]) -> str:
    """Write the slots of a run as they are kept with it.

    >>> format_slots(["gpu-0", "gpu-3+1"]), format_slots(["cpu-0"])
    ('gpu-0,3+1', 'cpu-0')
    """
    first, *others = chosen
    return ",".join([first, *(slot.removeprefix(_GPU) for slot in others)])


def parse_slots(kept: str) -> list[str]:
    """Read the slots of a run back; none where it has none yet.

    >>> parse_slots("gpu-0,3+1"), parse_slots("cpu-0"), parse_slots("")
    (['gpu-0', 'gpu-3+1'], ['cpu-0'], [])
    """
    first, *others = kept.split(",")
    return [first, *(_GPU + other for other in others)] if first else []


def job_environment(chosen: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """Give what a job on the ``chosen`` of the ``known`` slots finds in its environment.

    It sees its GPUs alone; on the CPU it sees none, and jobs there share the processor; a light one takes half of it.
    """
    if _has_gpus(known):
        own = ",".join(gpu_of_slot(slot) for slot in chosen if slot.startswith(_GPU))
        return {"CUDA_VISIBLE_DEVICES": own, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    share = 2 if LIGHT in chosen else len(known)
    if share > 1 and "OMP_NUM_THREADS" not in os.environ:
        return {"OMP_NUM_THREADS": str(max(1, devices.cores() // share))}
    return {}


def _has_gpus(known: Sequence[str]) -> bool:
    return any(slot.startswith(_GPU) for slot in known)


def _suits(slot: str, request: DeviceRequest, known: Sequence[str]) -> bool:
    if request.kind == CPU or not _has_gpus(known):
        return slot.startswith(_CPU)
    return slot.startswith(_GPU) and (not request.which or gpu_of_slot(slot) in request.which)
