"""The runner for clusters: every run is a job of Ray, on whatever node has room for it.

Runs wait in the queue of the workspace, in the order that the Runs page shows, and only the first few of them wait at
Ray, which knows no priorities. Whoever looks hands over the next: an open page, the command line, and every worker when
it begins and when it ends, so that a queue empties with nobody watching. Looking also takes note of jobs that ended
without a word, so an app that was restarted, or a cluster that was, is caught up with at the first look. Processes that
look at the same time compute the same names for jobs, and Ray takes a name once.

The nodes need the same code and Python under the same paths as the app (one image, or a shared disk), the same
``MOTIFLENS_HOME``, and ``MOTIFLENS_DATABASE_URL`` in the environment that Ray was started in: it holds a password, and
what is handed over with a job can be read by everybody who sees the cluster.
"""

import contextlib
import logging
import os
import re
import shlex
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lib.core.errors import UserError
from lib.jobs import cluster, ray_map
from lib.jobs.devices import AUTO, GPU, DeviceRequest
from lib.jobs.local import WORKER
from lib.store import runs
from lib.store.hosts import Worker

if TYPE_CHECKING:
    from ray.job_submission import JobDetails

NAME = "ray"
WAITING = 4
"""How many runs wait at Ray at most; those behind them can still be overtaken."""
LOOK_SECONDS = 2.0
AGAIN_SECONDS = 1.0
CANCEL_SECONDS = 5.0
"""How long a worker may take to stop by itself before Ray ends its processes."""
SILENT_SECONDS = 15.0
"""How long the worker of a job that Ray does not know may be silent before its run counts as lost."""

_TIMEOUT = "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"
_NODES = "Check that its nodes have the code, MOTIFLENS_HOME and MOTIFLENS_DATABASE_URL of this app"

log = logging.getLogger("runner")


class RayRunner:
    """Runs jobs on a Ray cluster, as many at a time as it has room for.

    Parameters
    ----------
    worker
        The command that does a run; the id is added to it.

    Raises
    ------
    UserError
        If Ray is not installed.
    """

    _guard = threading.Lock()
    _looked = -LOOK_SECONDS
    _trouble: UserError | None = None
    _told: dict[str, float] = {}  # noqa: RUF012 (shared on purpose: when each job was first seen to be cancelled)

    def __init__(self, worker: Sequence[str] = WORKER) -> None:
        cluster.require()
        self._worker = tuple(worker)

    def submit(self, run_id: str) -> None:
        """Let a queued run start as soon as it is its turn and the cluster has room.

        Raises
        ------
        UserError
            If there is no such run, or the cluster cannot be reached; the run waits then until it can.
        """
        runs.assign(run_id, runner=NAME)
        try:
            self._look()
        except UserError as error:  # a busy head may drop a connection; one that is gone says so again
            log.info("asking again after: %s", error)
            time.sleep(AGAIN_SECONDS)
            self._look()

    def resume(self, run_id: str) -> None:
        """Queue a failed, cancelled or lost run again; it goes on from its last checkpoint."""
        before = runs.get(run_id).slot
        runs.transition(run_id, runs.QUEUED)
        if before:
            # A run that was lost because its node was silent may still be at work there.
            with contextlib.suppress(UserError):
                cluster.stop(before)
        self.submit(run_id)

    def cancel(self, run_id: str) -> None:
        """Stop a run: a queued one at once, a running one within seconds and by force if need be."""
        runs.request_cancel(run_id)
        run = runs.get(run_id)
        if run.runner != NAME:
            return
        if run.state == runs.RUNNING:
            threading.Thread(target=self._insist, args=(run_id,), name="cancel", daemon=True).start()
        elif run.slot:
            with contextlib.suppress(UserError):  # the worker of a run that is over has nothing to do
                cluster.stop(run.slot)

    def status(self, run_id: str) -> str:
        """Give the state of a run, ``lost`` if its worker is gone."""
        runs.mark_lost()
        self.wake()
        return runs.get(run_id).state

    def wake(self) -> None:
        """Take note of what became of jobs, and hand over runs that can start; asks the cluster now and then only.

        Raises
        ------
        UserError
            If the cluster cannot be reached.
        """
        if time.monotonic() - RayRunner._looked >= LOOK_SECONDS and not RayRunner._guard.locked():
            self._look()
        elif RayRunner._trouble is not None:
            raise RayRunner._trouble

    def describe(self) -> str:
        """Say where runs are done.

        Raises
        ------
        UserError
            If the cluster cannot be reached.
        """
        return f"Ray cluster at {cluster.address()}: {cluster.size()}"

    def _look(self) -> None:
        with RayRunner._guard:
            RayRunner._looked, RayRunner._trouble = time.monotonic(), None
            try:
                if _keep_ours(runs.running()) or _keep_ours(runs.queue()):
                    self._settle(cluster.jobs())
            except UserError as error:
                RayRunner._trouble = error
                raise

    def _settle(self, jobs: "Mapping[str, JobDetails]") -> None:
        """Bring runs and jobs together; the runs are read after the jobs, so a job that is over has written its end."""
        for run in _keep_ours(runs.running()):
            self._watch(run, jobs.get(run.slot))
        room = WAITING
        for run in _keep_ours(runs.queue()):
            job = jobs.get(run.slot)
            if job is not None and not job.status.is_terminal():
                room -= 1
            elif job is not None and str(job.error_type) != _TIMEOUT:
                _end_unstarted(run, job)
            elif room > 0 and self._hand_over(run, jobs):
                room -= 1

    def _hand_over(self, run: runs.Run, jobs: "Mapping[str, JobDetails]") -> bool:
        """Submit the job of a run; False where it can never start."""
        try:
            cpus, gpus = needs(run)
        except UserError as error:
            runs.change(run.id, runs.FAILED, str(error), only=frozenset({runs.QUEUED}))
            return False
        number = sum(bool(re.fullmatch(rf"{run.id}-\d+", name)) for name in jobs) + 1
        name = f"{run.id}-{number}"
        runs.assign(run.id, runner=NAME, slot=name)
        hidden = "" if gpus else "env CUDA_VISIBLE_DEVICES= "
        command = f"exec {hidden}{shlex.join([*self._worker, run.id])} >> {shlex.quote(str(_log(run)))} 2>&1"
        cluster.submit(name, command, cpus=cpus, gpus=gpus)
        log.info("run %s was handed to Ray as %s", run.id, name)
        return True

    def _watch(self, run: runs.Run, job: "JobDetails | None") -> None:
        """End a run that should stop and does not, and one whose job is over or unknown."""
        if job is None:
            heard = run.heartbeat or run.started or run.queued
            if (datetime.now(UTC) - heard).total_seconds() > SILENT_SECONDS:
                _settle_lost(run, "the Ray cluster does not know its job any more; it may have been restarted")
        elif job.status.is_terminal():
            code = job.driver_exit_code
            killed = "somebody killed it, or memory ran out"
            why = (
                "its node failed" if code is None else f"its process on the cluster ended (exit code {code}); {killed}"
            )
            _settle_lost(run, why)
        elif run.cancel_requested:
            told = RayRunner._told.setdefault(run.slot, time.monotonic())
            if time.monotonic() - told > CANCEL_SECONDS:
                log.info("run %s did not stop by itself; Ray ends its processes", run.id)
                cluster.stop(run.slot)

    def _insist(self, run_id: str) -> None:
        """See to it that a run that was cancelled stops, whether or not anybody looks."""
        until = time.monotonic() + 12 * CANCEL_SECONDS
        while time.monotonic() < until and (run := runs.find(run_id)) is not None and not run.over:
            try:
                self._look()
            except UserError as error:
                log.warning("run %s cannot be stopped yet: %s", run_id, error)
            time.sleep(1)


def needs(run: runs.Run) -> tuple[float, float]:
    """Give the CPU cores and GPUs that the worker of a run takes; processes that it spreads over take their own.

    Raises
    ------
    UserError
        If the run asks for what no cluster has.
    """
    request = DeviceRequest.of(run.payload)
    if request.kind not in (AUTO, GPU, "cpu"):
        raise UserError(
            f"The run asks for the device {request.kind!r}, which a Ray cluster does not have. Clone the run."
        )
    if request.ranks > 1 or ray_map.is_spread(run):
        return 0, 0  # anything else would be missing where its processes need all that the cluster has
    wants_gpu = request.kind == GPU or (request.kind == AUTO and run.kind != "tokens" and cluster.size().gpus > 0)
    return cores(), 1 if wants_gpu else 0


def cores() -> float:
    """Give the CPU cores of one run on the cluster: ``MOTIFLENS_RAY_CPUS``, else 1.

    Raises
    ------
    UserError
        If it is no number above 0.
    """
    given = os.environ.get("MOTIFLENS_RAY_CPUS", "").strip() or "1"
    if not given.isdecimal() or int(given) < 1:
        raise UserError(f"MOTIFLENS_RAY_CPUS is {given!r}; it must be the CPU cores of one run, 1 or more.")
    return float(given)


def _keep_ours(found: Sequence[runs.Run]) -> list[runs.Run]:
    """Keep the runs of this workspace that Ray is to do."""
    return [run for run in found if run.runner == NAME and runs.folder(run.id).is_dir()]


def _log(run: runs.Run) -> str:
    return str(runs.log_path(run.id).resolve())


def _settle_lost(run: runs.Run, why: str) -> None:
    RayRunner._told.pop(run.slot, None)
    runs.settle(run, Worker(run.host, run.pid or 0, run.pid_started or 0.0), why)


def _end_unstarted(run: runs.Run, job: "JobDetails") -> None:
    """End a queued run whose job is over, with what Ray says about it in its log."""
    queued = frozenset({runs.QUEUED})
    if job.status.value == "STOPPED":
        runs.change(run.id, runs.CANCELLED, "Somebody stopped its job in Ray.", only=queued)
        return
    said = "\n".join(filter(None, (str(job.message or ""), cluster.output(run.slot))))
    with contextlib.suppress(OSError), runs.log_path(run.id).open("a", encoding="utf-8") as file:
        file.write(f"Ray job {run.slot}:\n{said}\n")
    message = f"The worker could not start on the Ray cluster. {_NODES}; the log has the details."
    runs.change(run.id, runs.FAILED, message, only=queued)
