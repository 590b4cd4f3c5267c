"""Where the workspace is, and the folders of what lies in it."""

import os
import re
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
