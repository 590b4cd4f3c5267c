"""What tests of jobs need to look at: processes of a workspace, and how runs end."""

import contextlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psutil

from lib.core.spec import Choice, RunSpec
from lib.store import db, runs


def spec_of_a_row() -> RunSpec:
    """Give the specification of a run on a dataset that has a row in the database and no files."""
    with db.session() as session:
        session.add(
            db.DatasetRecord(
                id="d1",
                name="Zebrafish",
                rows=120,
                rejected=3,
                task="regression",
                target_names=["log2 8h - 2h"],
                target_units=["log2 fold change"],
                split_kind="random",
                created=datetime.now(UTC),
                facts={},
            )
        )
    return RunSpec("d1", "s1", "regression", Choice("cnn", {"batch_size": 64}))


def processes_of(home: Path) -> list[psutil.Process]:
    """Every process that was started for this workspace: schedulers, workers and what they started."""
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
