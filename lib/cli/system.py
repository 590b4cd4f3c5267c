"""``doctor``: what works on this machine, and what to do about what does not."""

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Callable
from typing import Any

from lib.core.errors import UserError
from lib.jobs import devices, runner, runner_name
from lib.store import db, files

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ENOUGH_DISK = 2e9


def add_commands(commands: Any) -> None:
    """Add ``doctor``."""
    doctor = commands.add_parser("doctor", help="what works here: GPU, browser, database, runner, disk")
    doctor.set_defaults(run=lambda options: diagnose())


def diagnose() -> list[dict[str, Any]]:
    """Check each thing the app stands on; ``ok`` is False where something must be mended, None where it may be."""
    checks: dict[str, Callable[[], tuple[bool | None, str]]] = {
        "python": _python,
        "gpu": _gpu,
        "disk": _disk,
        "database": _database,
        "runner": _runner,
        "browser": _browser,
    }
    rows = []
    for name, check in checks.items():
        try:
            ok, says = check()
        except (UserError, OSError) as error:
            ok, says = False, str(error)
        rows.append({"name": name, "ok": ok, "says": says})
    return rows


def _python() -> tuple[bool, str]:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("torch", "streamlit", "pandas"))
    return sys.version_info >= (3, 11), f"Python {platform.python_version()}, {versions}"


def _gpu() -> tuple[bool | None, str]:
    import torch

    found = devices.gpus()
    listed = "; ".join(map(str, found))
    if found and torch.cuda.is_available():
        return True, listed
    if found:
        return False, f"{listed}; but torch {torch.__version__} finds none: install its build for CUDA"
    if torch.backends.mps.is_available():
        return True, "Apple GPU, used where it is chosen"
    return None, f"no GPU; training uses {devices.cores()} CPU cores"


def _disk() -> tuple[bool, str]:
    folder = files.home()
    with files.replacing(folder / "doctor.txt") as temporary:
        temporary.write_text("written", encoding="utf-8")
    (folder / "doctor.txt").unlink()
    free = shutil.disk_usage(folder).free
    remedy = "" if free > ENOUGH_DISK else "; free some space, or set MOTIFLENS_HOME to another disk"
    return free > ENOUGH_DISK, f"{folder} can be written, {free / 1e9:.0f} GB free{remedy}"


def _database() -> tuple[bool, str]:
    with db.session() as session:
        return True, f"{session.get_bind().dialect.name} answers"


def _runner() -> tuple[bool, str]:
    return True, f"{runner_name()}: {runner().describe()}"


def _browser() -> tuple[bool | None, str]:
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return (True, found) if found else (None, "no Chromium found; only the browser tests need one")
