"""What stopped a run, in a sentence for a biologist."""

import errno
import logging
import secrets
import sys
from pathlib import Path

import psutil

from lib.core.errors import UserError
from lib.store.files import cannot_write
from lib.store.runs import Run

_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.ENOTDIR}
_NO_SPACE = ("No space left on device", "Disk quota exceeded", "database or disk is full")
_NO_MEMORY = ("not enough memory", "can't allocate memory", "Cannot allocate memory")

log = logging.getLogger("worker")


def sentence(error: Exception, run: Run, folder: Path) -> str:
    """Say what stopped a run and what to do; what is nobody's fault but ours gets an id that the log explains."""
    log.error("The run stopped: %s", error, exc_info=error)
    if isinstance(error, UserError):
        return str(error)
    batch = run.spec.model.settings.get("batch_size")
    if type(error).__name__ == "OutOfMemoryError" or "CUDA out of memory" in str(error):
        return f"Out of GPU memory: {_asked(batch)} needed more than the GPU has{_gpu_size()}. {_less(batch)}"
    if isinstance(error, MemoryError) or any(text in str(error) for text in _NO_MEMORY):
        total = psutil.virtual_memory().total / 1e9
        return f"Out of memory: {_asked(batch)} needed more than this machine has ({total:.0f} GB). {_less(batch)}"
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        return cannot_write(Path(str(error.filename)) if error.filename else folder, error)
    if any(text in str(error) for text in _NO_SPACE):
        return cannot_write(folder, OSError(errno.ENOSPC, "No space left on device"))
    number = secrets.token_hex(4)
    log.error("The id of this error is %s.", number)
    return f"Stopped by an internal error (id {number}); the log has the details. Please report it with its log."


def _asked(batch: object) -> str:
    return f"batch size {batch}" if batch else "this run"


def _less(batch: object) -> str:
    if isinstance(batch, int) and batch > 1:
        return f"Try batch size {batch // 2}."
    return "Close other programs, or choose a smaller dataset or model."


def _gpu_size() -> str:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return ""
    return f" ({torch.cuda.get_device_properties(0).total_memory / 1e9:.0f} GB)"
