"""Where torch computes, how precisely, and what to do when memory runs out there."""

import contextlib
import logging
import os
import shutil
from collections.abc import Iterator

import torch
from torch import nn

from lib.core.errors import UserError

DEVICES = ("auto", "cpu", "cuda", "mps")
_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "Cannot allocate memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
_COMPILERS = ("g++", "c++", "clang++", "cl")

log = logging.getLogger(__name__)


def choose(wanted: str) -> torch.device:
    """Turn ``cpu``, ``cuda``, ``mps`` (Apple) or ``auto`` (``cuda`` where there is one, else ``cpu``) into a device.

    Raises
    ------
    UserError
        If a GPU is asked for and none can be used.
    """
    if wanted not in DEVICES:
        raise UserError(f"The device is {wanted!r}; choose one of {', '.join(DEVICES)}.")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("A GPU was asked for, but torch finds none here; choose the device auto or cpu.")
    if wanted == "mps" and not torch.backends.mps.is_available():
        raise UserError("The GPU of an Apple machine was asked for, but there is none here; choose auto or cpu.")
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(wanted)


def precision(wanted: str, where: torch.device) -> str:
    """Turn ``auto`` into ``bf16`` on GPUs that compute with it, ``fp16`` on other NVIDIA GPUs, ``fp32`` elsewhere.

    Raises
    ------
    UserError
        If the device cannot compute with what is asked for.
    """
    has_bf16 = where.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    if wanted == "auto":
        return ("bf16" if has_bf16 else "fp16") if where.type == "cuda" else "fp32"
    if wanted == "bf16" and where.type == "cuda" and not has_bf16:
        raise UserError("The precision is bf16, which this GPU does not have; choose auto or fp16.")
    if wanted == "fp16" and where.type != "cuda":
        raise UserError("The precision is fp16, which needs an NVIDIA GPU; choose auto, fp32 or bf16.")
    if wanted == "bf16" and where.type == "mps":
        raise UserError("The precision is bf16, which is not used on Apple GPUs here; choose auto or fp32.")
    return wanted


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether an error means that the memory of the device, or of the machine, is full."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error) for text in _NO_MEMORY)


def release(where: torch.device) -> None:
    """Give back the memory that torch holds and does not use."""
    if where.type == "cuda":
        torch.cuda.empty_cache()
    elif where.type == "mps":
        torch.mps.empty_cache()


def seed(number: int, where: torch.device) -> None:
    """Seed what is drawn on a device; ``torch.manual_seed`` would note a call for every GPU that is never used."""
    torch.default_generator.manual_seed(number)
    if where.type == "cuda":
        torch.cuda.manual_seed(number)
    elif where.type == "mps":
        torch.mps.manual_seed(number)


@contextlib.contextmanager
def deterministic(*, wanted: bool) -> Iterator[None]:
    """Use only algorithms that give the same numbers each time, where there are such, within the block."""
    if not wanted:
        yield
        return
    # cuBLAS reads it when it first computes; without it, its sums may be taken in another order each time.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    cudnn = torch.backends.cudnn
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    tuned = cudnn.deterministic, cudnn.benchmark
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    cudnn.deterministic, cudnn.benchmark = True, False
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
        cudnn.deterministic, cudnn.benchmark = tuned


def compile_network(network: nn.Module) -> nn.Module:
    """Give a compiled view of a network, which shares its weights and is not part of it.

    Raises
    ------
    UserError
        If this machine has no compiler.
    """
    if not any(map(shutil.which, _COMPILERS)):
        raise UserError(
            f"The network is to be compiled, but no C++ compiler ({', '.join(_COMPILERS)}) is installed here. Switch "
            "off the setting 'Compile the network', or install one."
        )
    view: nn.Module = torch.compile(network, dynamic=True)  # type: ignore[assignment]
    return view  # batches are of any length; else each length compiles anew


def recompute(network: nn.Module) -> None:
    """Let the layers that can compute their states again for the gradients do so instead of keeping them."""
    found = False
    for module in network.modules():
        if hasattr(module, "activation_checkpointing_enable") and module.supports_gradient_checkpointing:
            module.activation_checkpointing_enable()  # type: ignore[operator]
            found = True
        elif getattr(module, "gradient_checkpointing", None) is False:
            module.gradient_checkpointing = True  # type: ignore[assignment]
            found = True
    if not found:
        log.warning("This network has no gradient checkpointing; training goes on without it.")
