"""What stopped a run: a code that buttons can go by, and a sentence for a biologist."""

import errno
import logging
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from lib.core import memory
from lib.core.errors import Diverged, UserError
from lib.store.files import cannot_write
from lib.store.runs import Run

DIVERGED, GPU_MEMORY, MEMORY, DISK, USER, INTERNAL = "diverged", "gpu memory", "memory", "disk", "user", "internal"

_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.ENOTDIR}
_NO_SPACE = ("No space left on device", "Disk quota exceeded", "database or disk is full")
_NO_MEMORY = ("not enough memory", "can't allocate memory", "Cannot allocate memory")

_ALONE = (
    "Even one sequence at a time did not fit: choose a smaller model or shorter inputs, switch on gradient "
    "checkpointing where the model has it (More settings), or close other programs."
)

log = logging.getLogger("worker")


@dataclass(frozen=True)
class Failure:
    """Why a run failed.

    Parameters
    ----------
    code
        One of ``DIVERGED``, ``GPU_MEMORY``, ``MEMORY``, ``DISK``, ``USER``, ``INTERNAL``.
    sentence
        What happened and what to do.
    facts
        Plain values that belong to the code, such as the ``learning_rate`` of a training that diverged.
    """

    code: str
    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def results(self) -> dict[str, Any]:
        """Give what is kept as the results of the run."""
        return {"failure": self.code, **self.facts}


def explain(error: Exception, run: Run, folder: Path) -> Failure:
    """Say what stopped a run and what to do; what is nobody's fault but ours gets an id that the log explains."""
    log.error("The run stopped: %s", error, exc_info=error)
    settings = run.spec.model.settings
    if isinstance(error, Diverged):
        facts = {"learning_rate": settings["learning_rate"]} if "learning_rate" in settings else {}
        return Failure(DIVERGED, str(error), facts)
    if isinstance(error, UserError):
        return Failure(USER, str(error))
    if type(error).__name__ == "OutOfMemoryError" or "CUDA out of memory" in str(error):
        return _explain_memory(GPU_MEMORY, error, settings)
    if isinstance(error, MemoryError) or any(text in str(error) for text in _NO_MEMORY):
        return _explain_memory(MEMORY, error, settings)
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        return Failure(DISK, cannot_write(Path(str(error.filename)) if error.filename else folder, error))
    if any(text in str(error) for text in _NO_SPACE):
        return Failure(DISK, cannot_write(folder, OSError(errno.ENOSPC, "No space left on device")))
    number = secrets.token_hex(4)
    log.error("The id of this error is %s.", number)
    return Failure(
        INTERNAL, f"Stopped by an internal error (id {number}); the log has the details. Please report it with its log."
    )


def _explain_memory(code: str, error: Exception, settings: Mapping[str, Any]) -> Failure:
    """Name the batch, its pieces and what was free, and what helps."""
    batch = settings.get("batch_size")
    tried = getattr(error, "pieces", None)
    pieces = min(tried or settings.get("accumulation") or 1, batch or 1)
    remedy = _ALONE if tried else _suggest_smaller_batch(settings)
    kind, free = ("GPU memory", _describe_gpu_memory()) if code == GPU_MEMORY else ("memory", _describe_memory())
    facts = {} if batch is None else {"batch_size": batch, "pieces": pieces}
    return Failure(code, f"Out of {kind}: {_describe_batch(batch, pieces)} needed more than {free}. {remedy}", facts)


def _describe_batch(batch: Any, pieces: int) -> str:
    if not batch:
        return "this run"
    return f"batch size {batch}" + (f" in {pieces} pieces" if pieces > 1 else " in one piece")


def _suggest_smaller_batch(settings: Mapping[str, Any]) -> str:
    batch, pieces = settings.get("batch_size"), settings.get("accumulation")
    if not isinstance(batch, int) or batch < 2:
        return "Close other programs, or choose a smaller dataset or model."
    smaller = f"Try batch size {batch // 2}" if batch > 2 else "Choose a smaller model"
    if isinstance(pieces, int) and pieces < batch:
        return f"{smaller}, or {min(batch, 2 * pieces)} pieces of a batch (More settings), which learn the same."
    return f"{smaller}, or shorter sequences."


def _describe_memory() -> str:
    free, total = memory.free(), psutil.virtual_memory().total
    return f"this machine has ({free / 1e9:.1f} GB of {total / 1e9:.0f} GB are free)"


def _describe_gpu_memory() -> str:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return "the GPU has"
    free, total = torch.cuda.mem_get_info()
    mine = torch.cuda.memory_reserved()  # held by this process, and so free for its tensors
    return f"the GPU has ({(free + mine) / 1e9:.1f} GB of {total / 1e9:.0f} GB were free for it)"
