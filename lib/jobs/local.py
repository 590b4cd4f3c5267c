"""The default runner: jobs on this machine, started by a scheduler that outlives the web server.

The runs table is the queue. ``submit`` notes that a run is for this machine and sees to it that a scheduler runs: one
process per workspace, in a session of its own, so that neither a closed tab nor a restarted server ends a job.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

import lib
from lib.core.errors import UserError
from lib.jobs import slots
from lib.store import runs
from lib.store.files import cannot_write, home

NAME = "local"
WORKER = (sys.executable, "-m", "lib.jobs.worker")
CODE = Path(lib.__file__).resolve().parents[1]
"""The folder that holds ``lib``; schedulers and workers start there."""
START_SECONDS = 20.0
"""How long a scheduler may take to get its lock before another one is started; less than one stays with no work."""
_starting = threading.Lock()
_started: "dict[str, tuple[subprocess.Popen[bytes], float]]" = {}
"""The last scheduler of each workspace that this process started, and when."""


class LocalRunner:
    """Runs jobs on this machine, as many at a time as it has GPUs (one without), and light ones beside them.

    Parameters
    ----------
    worker
        The command that does a run; the id is added to it.
    """

    def __init__(self, worker: Sequence[str] = WORKER) -> None:
        self._worker = tuple(worker)

    def submit(self, run_id: str) -> None:
        """Let a queued run start as soon as it is its turn.

        Raises
        ------
        UserError
            If there is no such run, the workspace cannot be written, or ``MOTIFLENS_SLOTS`` is no number.
        """
        slots.read_limit()
        runs.assign(run_id, runner=NAME)
        self.wake()

    def resume(self, run_id: str) -> None:
        """Queue a failed, cancelled or lost run again; it goes on from its last checkpoint."""
        runs.transition(run_id, runs.QUEUED)
        self.submit(run_id)

    def cancel(self, run_id: str) -> None:
        """Stop a run: a queued one at once, a running one within seconds and by force if need be."""
        runs.request_cancel(run_id)
        if runs.get(run_id).state == runs.RUNNING:
            self.wake()

    def status(self, run_id: str) -> str:
        """Give the state of a run, ``lost`` if its worker is gone."""
        runs.mark_lost()
        return runs.get(run_id).state

    def wake(self) -> None:
        """Start the scheduler of this workspace unless there is one, or nothing for it to do.

        Raises
        ------
        UserError
            If its log cannot be written.
        """
        is_needed = list_waiting() or any(run.cancel_requested for run in runs.running())
        if is_needed and not is_scheduler_running():
            start_scheduler(self._worker)

    def describe(self) -> str:
        """Say where runs are done, and how many at the same time."""
        return f"this machine, on {', '.join(slots.list_slots())}"


def list_waiting() -> list[runs.Run]:
    """Give the submitted runs of this workspace in the order in which they start, which is that of the queue."""
    return [run for run in runs.queue() if run.runner == NAME and runs.folder(run.id).is_dir()]


def jobs_folder() -> Path:
    """Give the folder of the scheduler's lock and log."""
    folder = home() / "jobs"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UserError(cannot_write(folder, error)) from error
    return folder


def scheduler_lock() -> FileLock:
    """Give the lock that the scheduler of this workspace holds as long as it takes work.

    Its name is that of earlier versions, so that a scheduler of theirs and one of ours never serve together.
    """
    return FileLock(jobs_folder() / "consumer.lock")


def is_scheduler_running() -> bool:
    """Say whether a scheduler takes the work of this workspace."""
    try:
        with scheduler_lock().acquire(timeout=0):
            return False
    except Timeout:
        return True


def start_scheduler(worker: Sequence[str] = WORKER) -> None:
    """Start a scheduler in a session of its own, unless this process has just started one; of several one stays.

    Pages ask for a scheduler every second, and on a busy machine one takes longer than that to get its lock: if each
    time one more were started, they would keep each other from it until memory is gone.
    """
    path = jobs_folder() / "scheduler.log"
    workspace = str(home().resolve())
    with _starting:
        process, since = _started.get(workspace, (None, 0.0))
        if process is None or process.poll() is not None or time.monotonic() - since > START_SECONDS:
            _started[workspace] = _spawn(path, workspace, worker), time.monotonic()


def _spawn(path: Path, workspace: str, worker: Sequence[str]) -> "subprocess.Popen[bytes]":
    try:
        log = path.open("ab")
    except OSError as error:
        raise UserError(cannot_write(path, error)) from error
    with log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lib.jobs.scheduler", "--home", workspace, "--", *worker],
            cwd=CODE,
            env={**os.environ, "MOTIFLENS_HOME": workspace},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # Somebody must take note of its end, or it stays in the process table as long as this process lives.
    threading.Thread(target=process.wait, name="scheduler-end", daemon=True).start()
    return process
