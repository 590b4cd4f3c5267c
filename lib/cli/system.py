"""``serve`` starts the app; ``doctor`` says what works on this machine, and what to do about what does not."""

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import lib
from lib.core.errors import UserError
from lib.jobs import devices, runner, runner_name
from lib.store import db, files

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ENOUGH_DISK = 2e9
MAX_PORT = 65535


TORCH_NOTE = Path(sys.prefix) / "torch-build.txt"
"""Why this build of torch was installed, as ``deploy/install.py`` wrote it."""


def add_commands(commands: Any) -> None:
    """Add ``serve`` and ``doctor``."""
    serve = commands.add_parser("serve", help="start the app and say its address; Ctrl-C stops it, and no run with it")
    serve.add_argument("--port", type=int, default=8501, help="port of this machine (8501)")
    serve.add_argument("--address", help="address to listen at (all of this machine's)")
    serve.set_defaults(run=lambda options: start_app(options.port, options.address))
    doctor = commands.add_parser("doctor", help="what works here: GPU, build of torch, browser, database, runner, disk")
    doctor.set_defaults(run=lambda options: diagnose())


def start_app(port: int, address: str | None = None) -> NoReturn:
    """Become the server of the app.

    Raises
    ------
    UserError
        If the port is none, or the app's pages are not beside this package.
    """
    app = Path(lib.__file__).parents[1] / "app.py"
    if not app.is_file():
        raise UserError(f"There is no {app}. The app is served from a checkout: run make setup there.")
    if not 1 <= port <= MAX_PORT:
        raise UserError(f"{port} is no port; choose a number from 1 to {MAX_PORT}, such as 8501.")
    flags = [f"--server.port={port}", *([f"--server.address={address}"] if address else [])]
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(app), *flags])


def diagnose() -> list[dict[str, Any]]:
    """Check each thing the app stands on; ``ok`` is False where something must be mended, None where it may be."""
    checks: dict[str, Callable[[], tuple[bool | None, str]]] = {
        "python": _python,
        "gpu": _gpu,
        "torch": _torch,
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
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("streamlit", "pandas"))
    return sys.version_info >= (3, 11), f"MotifLens {lib.__version__}, Python {platform.python_version()}, {versions}"


def _gpu() -> tuple[bool | None, str]:
    import torch

    found = devices.gpus()
    listed = "; ".join(map(str, found))
    if found:
        usable = torch.cuda.is_available()
        return usable, listed if usable else f"{listed}; but torch cannot use it, see torch"
    if torch.backends.mps.is_available():
        return True, "Apple GPU, used where it is chosen"
    return None, f"no GPU; training uses {devices.cores()} CPU cores"


def _torch() -> tuple[bool | None, str]:
    import torch

    cuda, note = torch.version.cuda, "not installed by make"
    if TORCH_NOTE.is_file():
        note = TORCH_NOTE.read_text(encoding="utf-8").strip()
    says = f"torch {torch.__version__}, built for {f'CUDA {cuda}' if cuda else 'the CPU'}: {note}"
    gpu = bool(devices.gpus())
    if gpu and not cuda:
        return False, f"{says}; install the build with CUDA: make clean setup"
    if gpu and not torch.cuda.is_available():
        return False, f"{says}; the driver may be too old for CUDA {cuda}: install a newer driver"
    if cuda and not gpu:
        return None, f"{says}; it works, and its CUDA libraries are not used. For the smaller build: make clean setup"
    return True, says


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
