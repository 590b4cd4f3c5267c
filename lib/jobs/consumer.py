"""The consumer of a workspace: starts workers when it is their turn, ends those that should stop, and notices deaths.

``python -m lib.jobs.consumer --home FOLDER -- WORKER COMMAND``; started on demand by ``lib.jobs.local``. It looks after
every running run of this machine, also those that a consumer before it started, and ends when it has been idle for a
while or when its home is gone.
"""

import argparse
import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from filelock import Timeout

from lib.core.errors import UserError
from lib.jobs import devices, slots
from lib.jobs.devices import Wish
from lib.jobs.local import CODE, consumer_lock, jobs_folder, start_consumer, waiting
from lib.jobs.mailbox import Mailbox
from lib.jobs.processes import adopt_orphans, bury_orphans, end, is_over
from lib.store import runs
from lib.store.files import cannot_write
from lib.store.hosts import Worker, this_host

IDLE_SECONDS = 30.0
TICK_SECONDS = 0.25
TROUBLE_SECONDS = 2.0
CANCEL_SECONDS = 5.0
"""How long a worker may take to stop by itself before its processes get SIGTERM."""
TERM_SECONDS = 3.0
"""How long its processes may take after SIGTERM before they get SIGKILL."""

ON_CPU = frozenset({"tokens"})
"""Kinds of runs that use no GPU."""

KILLED = "somebody killed it, or memory ran out"
ENDED = f"its process ended without a word; {KILLED}"

log = logging.getLogger("consumer")


@dataclass(frozen=True)
class Job:
    """A worker that this consumer started."""

    run_id: str
    slots: tuple[str, ...]
    process: "subprocess.Popen[bytes]"
    begun: datetime


class Consumer:
    """Takes run ids from the mailbox and looks after the workers.

    Parameters
    ----------
    place
        The home of the workspace.
    worker
        The command that does a run; the id is added to it.
    idle_seconds
        How long to stay when there is nothing to do.
    """

    def __init__(self, place: Path, worker: Sequence[str], *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._place, self._worker, self._idle_seconds = place, tuple(worker), idle_seconds
        self._folder = place.stat()
        self._slots = slots.slots()
        self._several = len({slots.gpu_of(slot) for slot in self._slots} - {""}) > 1
        self._jobs: dict[str, Job] = {}
        self._told: dict[str, float] = {}
        self._busy = time.monotonic()
        self._mailbox = Mailbox(jobs_folder() / "queue.db", self._accept)

    def serve(self) -> None:
        """Work until nothing has been to do for a while, or the home is gone."""
        adopt_orphans()
        said = ""
        log.info("takes the runs of %s on %s", self._place, ", ".join(self._slots))
        while time.monotonic() - self._busy < self._idle_seconds:
            if not self.is_there():
                log.warning("%s is gone; so are its jobs", self._place)
                for job in self._jobs.values():
                    end(job.process.pid, grace_seconds=TERM_SECONDS)
                return
            try:
                self._tick()
            except (UserError, OSError, sqlite3.OperationalError) as error:
                # The disk may be full or the database unreachable for a while; the jobs must not be left alone.
                if str(error) != said:
                    log.warning("goes on after: %s", error)
                said = str(error)
                if self._jobs:
                    self._busy = time.monotonic()
                time.sleep(TROUBLE_SECONDS)
            time.sleep(TICK_SECONDS)

    def is_there(self) -> bool:
        """Say whether the home is still the same folder; a new one of its name belongs to nobody here."""
        try:
            return os.path.samestat(self._place.stat(), self._folder)
        except OSError:
            return False

    def is_needed(self) -> bool:
        """Say whether work came in while this consumer was about to end."""
        return len(self._mailbox) > 0 or bool(waiting())

    def _accept(self, run_id: str) -> None:
        log.info("run %s was submitted", run_id)

    def _tick(self) -> None:
        self._mailbox.receive()
        self._bury()
        bury_orphans({job.process.pid for job in self._jobs.values()})
        running = [run for run in runs.running() if run.host == this_host()]
        for run in running:
            self._watch(run)
        taken = {slot for run in running for slot in slots.read(run.slot)}
        taken |= {slot for job in self._jobs.values() for slot in job.slots}
        startable = {run.id: run for run in waiting() if run.id not in self._jobs}
        wishes = {run_id: wish for run_id, run in startable.items() if (wish := self._wish(run)) is not None}
        begin = slots.allot(wishes, self._slots, taken)
        if begin and self._several:  # the driver is asked only when something starts; the emptiest GPU is taken then
            begin = slots.allot(wishes, self._slots, taken, room={gpu.id: gpu.free for gpu in devices.gpus()})
        for run_id, chosen in begin.items():
            self._start(startable[run_id], chosen)
        if running or self._jobs or startable:
            self._busy = time.monotonic()

    def _wish(self, run: runs.Run) -> Wish | None:
        """Give where a run is to compute; one that never can here fails, so that nobody waits for it."""
        try:
            wish = Wish.of(run.payload)
            why = slots.impossible(wish, self._slots)
        except UserError as error:
            why = str(error)
        if why:
            runs.change(run.id, runs.FAILED, why, only=frozenset({runs.QUEUED}))
            return None
        return Wish(devices.CPU) if run.kind in ON_CPU else wish

    def _start(self, run: runs.Run, chosen: tuple[str, ...]) -> None:
        runs.assign(run.id, runner="local", slot=slots.written(chosen))
        try:
            with runs.log_path(run.id).open("ab") as output:
                process = subprocess.Popen(
                    [*self._worker, run.id],
                    cwd=CODE,
                    env={**os.environ, "PYTHONUNBUFFERED": "1", **slots.environment(chosen, self._slots)},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
        except OSError as error:
            runs.change(run.id, runs.FAILED, cannot_write(runs.log_path(run.id), error), only=frozenset({runs.QUEUED}))
            return
        log.info("run %s starts on %s as process %d", run.id, ", ".join(chosen), process.pid)
        self._jobs[run.id] = Job(run.id, chosen, process, datetime.now(UTC))

    def _watch(self, run: runs.Run) -> None:
        """End a run that should stop and does not, and one whose worker is gone."""
        worker = Worker(run.host, run.pid or 0, run.pid_started or 0.0)
        if not worker.is_alive():
            if run.id not in self._jobs:
                if not psutil.pid_exists(worker.pid):
                    end(worker.pid, grace_seconds=TERM_SECONDS)
                runs.settle(run, worker, ENDED)
            return
        if not run.cancel_requested:
            return
        told = self._told.setdefault(run.id, time.monotonic())
        if time.monotonic() - told > CANCEL_SECONDS:
            log.info("run %s did not stop by itself; its processes are ended", run.id)
            end(worker.pid, grace_seconds=TERM_SECONDS)

    def _bury(self) -> None:
        """Take note of workers that have ended: end what they left behind, and settle runs that have no end."""
        for job in list(self._jobs.values()):
            if not is_over(psutil.Process(job.process.pid)):
                continue
            end(job.process.pid, grace_seconds=TERM_SECONDS)
            code = job.process.wait()
            del self._jobs[job.run_id]
            self._told.pop(job.run_id, None)
            log.info("run %s ended with exit code %d", job.run_id, code)
            run = runs.find(job.run_id)
            if run is None:
                continue
            if run.state == runs.RUNNING and run.pid == job.process.pid:
                why = f"its process was ended by signal {-code}; {KILLED}" if code < 0 else ENDED
                runs.settle(run, Worker(run.host, job.process.pid, 0.0), why)
            elif run.state == runs.QUEUED and code != 0 and run.queued < job.begun:
                why = "The worker could not start; the log has the details."
                runs.change(run.id, runs.FAILED, why, only=frozenset({runs.QUEUED}))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a workspace unless another consumer does."""
    parser = argparse.ArgumentParser(prog="lib.jobs.consumer", description=main.__doc__)
    parser.add_argument("--home", type=Path, required=True, help="home of the workspace")
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS, help="seconds to stay with nothing to do")
    parser.add_argument("worker", nargs="+", help="command that does a run")
    given = parser.parse_args(arguments)
    os.environ["MOTIFLENS_HOME"] = str(given.home)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)
    if not given.home.is_dir():
        return 0
    try:
        with consumer_lock().acquire(timeout=3):
            consumer = Consumer(given.home, given.worker, idle_seconds=given.idle)
            consumer.serve()
    except Timeout:
        return 0
    # Whoever submitted since saw the lock as held; look once more now that it is free.
    if consumer.is_there() and consumer.is_needed():
        start_consumer(given.worker)
    return 0


if __name__ == "__main__":
    sys.exit(main())
