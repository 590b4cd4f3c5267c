"""How files are written: to a temporary name beside the place, then renamed, so that no reader sees half a file."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lib.core.errors import UserError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Hand out a temporary path beside ``path``; after the block it takes its place in one step.

    Raises
    ------
    UserError
        If the disk is full or the folder cannot be written; what stood at ``path`` stays as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        temporary.chmod(0o666 & ~_umask())
        try:
            yield temporary
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(cannot_write(path, error)) from error


def cannot_write(path: Path, error: OSError) -> str:
    """Say in one sentence why a file could not be written and what to do."""
    try:
        free = f"{shutil.disk_usage(path.parent).free / 1e9:.1f} GB free"
    except OSError:
        free = "free space unknown"
    remedy = (
        "free some space" if error.errno == 28 else "make the folder writable, or set MOTIFLENS_HOME to another one"
    )
    why = f"{error.strerror or error}, {free}"
    return f"{path.name} could not be written to {path.parent} ({why}); {remedy}, then try again."


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
