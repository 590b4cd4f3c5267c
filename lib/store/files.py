"""Where files live, and how they are written: to a temporary name, then renamed."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from lib.core.errors import UserError

_ID = re.compile(r"[0-9a-zA-Z][0-9a-zA-Z_-]{0,63}")


def home() -> Path:
    """Give the workspace folder: ``MOTIFLENS_HOME``, else the user data folder; made if missing.

    Raises
    ------
    UserError
        If the folder cannot be made or written.
    """
    folder = Path(os.environ.get("MOTIFLENS_HOME") or platformdirs.user_data_dir("motiflens")).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{_place(folder)} cannot be made ({error.strerror}). {_REMEDY}") from error
    if not os.access(folder, os.W_OK):
        raise UserError(f"{_place(folder)} cannot be written. {_REMEDY}")
    return folder


_REMEDY = "Set MOTIFLENS_HOME to a folder that you may write to."


def _place(folder: Path) -> str:
    return f"The folder for datasets and runs, {folder},"


def folder_of(kind: str, identifier: str) -> Path:
    """Give the folder of a dataset or a run, without making it.

    Raises
    ------
    UserError
        If the id holds anything but letters, digits, ``-`` and ``_``, so that no id leads out of the workspace.
    """
    if not _ID.fullmatch(identifier):
        raise UserError(f"{identifier!r} is not an id; ids are letters, digits, - and _.")
    return home() / kind / identifier


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
