"""A worker for tests: real processes and a real database, work that can be steered through files in the run folder."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report
from lib.jobs import worker
from lib.store import runs

STEPS = 400


def count(run_id: str, folder: Path, progress: Progress) -> Mapping[str, Any]:
    """Count steps, remembering in ``checkpoints/`` how far it came; goes on from there."""
    checkpoint = folder / "checkpoints" / "step"
    checkpoint.parent.mkdir(exist_ok=True)
    first = int(checkpoint.read_text()) if checkpoint.exists() else 0
    steps = runs.get(run_id).payload.get("steps", STEPS)
    for step in range(first, steps):
        progress.report(Report(step, steps, "Training", step / 100, 1 / (step + 1), {"r2": step / steps}))
        with replacing(checkpoint) as temporary:  # it may be killed at any time
            temporary.write_text(str(step))
        time.sleep(pace(run_id))
    progress.report(Report(steps, steps, "Training"))
    return {"first": first, "steps": steps}


_PACE: dict[str, float] = {}


def pace(run_id: str) -> float:
    if run_id not in _PACE:
        _PACE[run_id] = float(runs.get(run_id).payload.get("pace", 0.05))
    return _PACE[run_id]


def stubborn(run_id: str, folder: Path, progress: Progress) -> Mapping[str, Any]:
    """Never report, ignore SIGTERM, and have children and grandchildren that do so too."""
    code = "import signal, subprocess, sys, time; signal.signal(15, signal.SIG_IGN); {}time.sleep(600)"
    deeper = f"subprocess.Popen([sys.executable, '-c', {code.format('')!r}]); "
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen([sys.executable, "-c", code.format(deeper)])
    (folder / "ready").touch()
    time.sleep(600)
    return {}


def wrong(run_id: str, folder: Path, progress: Progress) -> Mapping[str, Any]:
    """Fail in the way that the payload asks for."""
    how = runs.get(run_id).payload["how"]
    if how == "user":
        raise UserError("The target is constant; choose another one.")
    if how == "memory":
        raise MemoryError
    if how == "gpu":
        raise type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory. Tried to allocate 2.00 GiB")
    if how == "disk":
        fill = folder / "checkpoints"
        fill.mkdir()
        with (fill / "weights").open("wb", buffering=0) as file:
            while True:
                file.write(b"\1" * 65536)
    if how == "file in the way":
        (folder / "checkpoints").write_text("a file where a folder should be")
        (folder / "checkpoints" / "weights").mkdir(parents=True)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise ZeroDivisionError("a bug of ours")


HANDLERS = {"count": count, "stubborn": stubborn, "wrong": wrong}

if __name__ == "__main__":
    sys.exit(worker.command(handlers=HANDLERS))
