"""A stand-in for NVIDIA's library, for tests on machines without a GPU; never installed, found by ``PYTHONPATH`` only.

``STANDIN_GPUS`` lists the GPUs: GiB in all, GiB free and percent busy of each, such as ``139:120:3 139:10:97``; a
fourth field ``mig`` stands for a GPU that was divided into two parts. Without it there is no driver.
"""

import os
from types import SimpleNamespace

NVML_DEVICE_MIG_ENABLE = 1


class NVMLError(Exception):
    pass


def _gpus():
    return [line.split(":") for line in os.environ["STANDIN_GPUS"].split()]


def nvmlInit():
    if "STANDIN_GPUS" not in os.environ:
        raise NVMLError("NVML Shared Library Not Found")


def nvmlShutdown():
    pass


def nvmlDeviceGetCount():
    return len(_gpus())


def nvmlDeviceGetHandleByIndex(number):
    return (number, None)


def nvmlDeviceGetMigMode(handle):
    if "mig" not in _gpus()[handle[0]]:
        raise NVMLError("Not Supported")
    return [1, 1]


def nvmlDeviceGetMaxMigDeviceCount(handle):
    return 7


def nvmlDeviceGetMigDeviceHandleByIndex(handle, place):
    if place not in (0, 4):
        raise NVMLError("Not Found")
    return (handle[0], place)


def nvmlDeviceGetUUID(handle):
    number, place = handle
    return f"GPU-{number}a{number}b-77" if place is None else f"MIG-{number}-{place}"


def nvmlDeviceGetName(handle):
    return "NVIDIA H200" + (" MIG 3g.71gb" if handle[1] is not None else "")


def nvmlDeviceGetMemoryInfo(handle):
    total, free, *_ = _gpus()[handle[0]]
    return SimpleNamespace(total=int(total) * 2**30, free=int(free) * 2**30)


def nvmlDeviceGetUtilizationRates(handle):
    if handle[1] is not None:
        raise NVMLError("Not Supported")
    return SimpleNamespace(gpu=int(_gpus()[handle[0]][2]))
