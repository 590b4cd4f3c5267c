"""Where torch computes."""

import torch

from lib.core.errors import UserError


def choose(wanted: str) -> torch.device:
    """Turn ``cpu``, ``cuda`` or ``auto`` (the GPU where there is one) into a device.

    Raises
    ------
    UserError
        If a GPU is asked for and none can be used.
    """
    if wanted not in {"cpu", "cuda", "auto"}:
        raise UserError(f"The device is {wanted!r}; choose one of auto, cpu, cuda.")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("A GPU was asked for, but torch finds none here; choose the device auto or cpu.")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")
