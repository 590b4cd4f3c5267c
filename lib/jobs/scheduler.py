"""The scheduler of a workspace: starts workers when it is their turn, ends those that should stop, notices deaths.

``python -m lib.jobs.scheduler --home FOLDER -- WORKER COMMAND``; started on demand by ``lib.jobs.local``. Its queue is
the runs table. It looks after every running run of this machine, also those that a scheduler before it started, and
ends when it has been idle for a while or when its home is gone.

Trainings get the slots of ``lib.jobs.slots``. Beside them there is one light lane, so that work of seconds (baseline
models, tokenizers, small predictions) does not wait for the end of a long training.
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
from lib.jobs.devices import AUTO, CPU, DeviceRequest
from lib.jobs.local import CODE, NAME, list_waiting, scheduler_lock, start_scheduler
from lib.jobs.processes import adopt_orphans, is_over, reap_orphans, terminate
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
LIGHT_KINDS = frozenset({"tokens", "language"})
LIGHT_SEQUENCES = 2000
"""Sequences times models of a prediction that takes seconds on a CPU, also of large models."""

KILLED = "somebody killed it, or memory ran out"
ENDED = f"its process ended without a word; {KILLED}"

log = logging.getLogger("scheduler")


@dataclass(frozen=True)
class Job:
    """A worker that this scheduler started."""

    run_id: str
    slots: tuple[str, ...]
    process: "subprocess.Popen[bytes]"
    started: datetime


class Scheduler:
    """Starts the queued runs of a workspace and looks after their workers.

    Parameters
    ----------
    folder
        The home of the workspace.
    worker
        The command that does a run; the id is added to it.
    idle_seconds
        How long to stay when there is nothing to do.
    """

    def __init__(self, folder: Path, worker: Sequence[str], *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._folder, self._worker, self._idle_seconds = folder, tuple(worker), idle_seconds
        self._identity = folder.stat()
        self._slots = slots.list_slots()
        self._has_several_gpus = len({slots.gpu_of_slot(slot) for slot in self._slots} - {""}) > 1
        self._jobs: dict[str, Job] = {}
        self._cancelled_at: dict[str, float] = {}
        self._busy_at = time.monotonic()
        self._left_groups: set[str] = set()

    def serve(self) -> None:
        """Work until nothing has been to do for a while, or the home is gone."""
        adopt_orphans()
        last = ""
        log.info("takes the runs of %s on %s", self._folder, ", ".join(self._slots))
        while time.monotonic() - self._busy_at < self._idle_seconds:
            if not self.is_home_there():
                log.warning("%s is gone; so are its jobs", self._folder)
                for job in self._jobs.values():
                    terminate(job.process.pid, grace_seconds=TERM_SECONDS)
                return
            try:
                self._tick()
            except (UserError, OSError, sqlite3.OperationalError) as error:
                # The disk may be full or the database unreachable for a while; the jobs must not be left alone.
                if str(error) != last:
                    log.warning("goes on after: %s", error)
                last = str(error)
                if self._jobs:
                    self._busy_at = time.monotonic()
                time.sleep(TROUBLE_SECONDS)
            time.sleep(TICK_SECONDS)

    def is_home_there(self) -> bool:
        """Say whether the home is still the same folder; a new one of its name belongs to nobody here."""
        try:
            return os.path.samestat(self._folder.stat(), self._identity)
        except OSError:
            return False

    def _tick(self) -> None:
        self._reap()
        reap_orphans({job.process.pid for job in self._jobs.values()})
        while self._left_groups:
            _advance(self._left_groups.pop())
        running = [run for run in runs.running() if run.host == this_host()]
        for run in running:
            self._watch(run)
        waiting = [run for run in list_waiting() if run.id not in self._jobs]
        taken = {slot for run in running for slot in slots.parse_slots(run.slot)}
        taken |= {slot for job in self._jobs.values() for slot in job.slots}
        for run, chosen in self._choose(waiting, taken):
            self._start(run, chosen)
        if running or self._jobs or waiting:
            self._busy_at = time.monotonic()

    def _choose(self, waiting: Sequence[runs.Run], taken: set[str]) -> list[tuple[runs.Run, tuple[str, ...]]]:
        """Choose the runs that start now, and their slots; the first light one that would wait takes the light lane."""
        requests = {run.id: request for run in waiting if (request := self._read_request(run)) is not None}
        chosen = slots.allot(requests, self._slots, taken)
        if chosen and self._has_several_gpus:  # the driver is asked only when something starts: the emptiest GPU first
            chosen = slots.allot(requests, self._slots, taken, room={gpu.id: gpu.free for gpu in devices.gpus()})
        light = (run.id for run in waiting if run.id in requests and run.id not in chosen and is_light(run))
        if slots.LIGHT not in taken and (run_id := next(light, None)) is not None:
            chosen[run_id] = (slots.LIGHT,)
        return [(run, chosen[run.id]) for run in waiting if run.id in chosen]

    def _read_request(self, run: runs.Run) -> DeviceRequest | None:
        """Give where a run is to compute; one that never can here fails, so that nobody waits for it."""
        try:
            request = DeviceRequest.of(run.payload)
            why = slots.explain_refusal(request, self._slots)
        except UserError as error:
            why = str(error)
        if why:
            runs.change(run.id, runs.FAILED, why, only=frozenset({runs.QUEUED}))
            return None
        return DeviceRequest(CPU) if run.kind in ON_CPU else request

    def _start(self, run: runs.Run, chosen: tuple[str, ...]) -> None:
        runs.assign(run.id, runner=NAME, slot=slots.format_slots(chosen))
        try:
            with runs.log_path(run.id).open("ab") as output:
                process = subprocess.Popen(
                    [*self._worker, run.id],
                    cwd=CODE,
                    env={**os.environ, "PYTHONUNBUFFERED": "1", **slots.job_environment(chosen, self._slots)},
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
                    terminate(worker.pid, grace_seconds=TERM_SECONDS)
                self._settle(run, worker, ENDED)
            return
        if not run.cancel_requested:
            return
        cancelled_at = self._cancelled_at.setdefault(run.id, time.monotonic())
        if time.monotonic() - cancelled_at > CANCEL_SECONDS:
            log.info("run %s did not stop by itself; its processes are ended", run.id)
            terminate(worker.pid, grace_seconds=TERM_SECONDS)

    def _settle(self, run: runs.Run, worker: Worker, why: str) -> None:
        """Write the end of a run whose worker could not, and note its group, which the worker advances otherwise."""
        runs.settle(run, worker, why)
        if run.group_id:
            self._left_groups.add(run.group_id)

    def _reap(self) -> None:
        """Take note of workers that have ended: end what they left behind, and settle runs that have no end."""
        for job in list(self._jobs.values()):
            if not is_over(psutil.Process(job.process.pid)):
                continue
            terminate(job.process.pid, grace_seconds=TERM_SECONDS)
            code = job.process.wait()
            del self._jobs[job.run_id]
            self._cancelled_at.pop(job.run_id, None)
            log.info("run %s ended with exit code %d", job.run_id, code)
            run = runs.find(job.run_id)
            if run is None:
                continue
            if run.state == runs.RUNNING and run.pid == job.process.pid:
                why = f"its process was ended by signal {-code}; {KILLED}" if code < 0 else ENDED
                self._settle(run, Worker(run.host, job.process.pid, 0.0), why)
            elif run.state == runs.QUEUED and code != 0 and run.queued < job.started:
                why = "The worker could not start; the log has the details."
                runs.change(run.id, runs.FAILED, why, only=frozenset({runs.QUEUED}))


def _advance(group_id: str) -> None:
    """Queue the next runs of a search whose worker was killed before it could."""
    from lib.jobs import bayesian  # with all models: 1.5 s and 180 MB that a scheduler has no other need of

    bayesian.advance(group_id)


def is_light(run: runs.Run) -> bool:
    """Say whether a run takes seconds on a CPU, so that it may be done beside a training.

    Trainings say so in their payload (``lib.jobs.start``); a prediction is light while it is small.
    """
    if DeviceRequest.of(run.payload).kind not in (AUTO, CPU):
        return False
    if run.kind == "predict":
        return int(run.payload.get("n", 0)) * len(run.payload.get("runs", ())) <= LIGHT_SEQUENCES
    return run.kind in LIGHT_KINDS or bool(run.payload.get("light"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a workspace unless another scheduler does."""
    parser = argparse.ArgumentParser(prog="lib.jobs.scheduler", description=main.__doc__)
    parser.add_argument("--home", type=Path, required=True, help="home of the workspace")
    parser.add_argument("--idle", type=float, default=IDLE_SECONDS, help="seconds to stay with nothing to do")
    parser.add_argument("worker", nargs="+", help="command that does a run")
    given = parser.parse_args(arguments)
    os.environ["MOTIFLENS_HOME"] = str(given.home)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(name)s %(message)s")
    if not given.home.is_dir():
        return 0
    try:
        with scheduler_lock().acquire(timeout=3):
            scheduler = Scheduler(given.home, given.worker, idle_seconds=given.idle)
            scheduler.serve()
    except Timeout:
        return 0
    # Whoever submitted since saw the lock as held; look once more now that it is free.
    if scheduler.is_home_there() and list_waiting():
        start_scheduler(given.worker)
    return 0


if __name__ == "__main__":
    sys.exit(main())
