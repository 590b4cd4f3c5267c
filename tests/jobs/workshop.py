"""What tests of jobs need to look at: processes of a workspace, and how runs end."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from lib.store import runs


def processes_of(home: Path) -> list[psutil.Process]:
    """Every process that was started for this workspace: consumers, workers and what they started."""
    found = []
    for process in psutil.process_iter():
        try:
            here = process.environ().get("MOTIFLENS_HOME") == str(home.resolve())
            if here and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def until(condition: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait for something that other processes do."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def kill_all(home: Path) -> None:
    """Kill every process of a workspace, also those that are started meanwhile."""

    def none_left() -> bool:
        found = processes_of(home)
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        return not found

    until(none_left, "all processes of the workspace are gone")


def ends(run_id: str, state: str) -> runs.Run:
    """Wait until a run is over and assert how."""
    until(lambda: runs.get(run_id).over, f"run is over, not {runs.get(run_id)}")
    run = runs.get(run_id)
    assert run.state == state, f"{run.state}: {run.message}\n{runs.log_tail(run_id)}"
    return run
