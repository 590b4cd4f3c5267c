"""How a worker says how far it is, that it lives, and hears that it should stop, without holding up the work."""

import logging
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Eta, Report
from lib.jobs.processes import memory_mb
from lib.store import runs

WRITE_SECONDS = 0.5
BEAT_SECONDS = 2.0

log = logging.getLogger("worker")


class Reporter:
    """A listener for long work; used as a context, a thread of its own writes to the database.

    The thread writes the latest report at most every ``WRITE_SECONDS`` and a heartbeat at least every
    ``BEAT_SECONDS``; ``report`` itself only takes note, so that work that reports every batch is not slowed.

    Parameters
    ----------
    run_id
        The run that this process works on.
    folder
        Its folder; when that is gone there is nothing left to work for.
    alone
        False for the first of several processes that train together: their worker says that the run lives, and how
        much memory all of them take.
    """

    def __init__(self, run_id: str, folder: Path, *, alone: bool = True) -> None:
        self._run_id, self._folder, self._alone = run_id, folder, alone
        self._eta = Eta()
        self._guard = threading.Lock()
        self._latest: tuple[Report, float | None] | None = None
        self._stop, self._end = threading.Event(), threading.Event()
        self._beaten = -BEAT_SECONDS
        self._memory_mb: float | None = None
        self.note = ""
        """The last note of a report; it stays."""
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def __enter__(self) -> "Reporter":
        """Begin to write."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write the last report and end."""
        self._end.set()
        self._thread.join()
        self._write()

    def report(self, report: Report) -> None:
        """Take note of a report.

        Raises
        ------
        Cancelled
            If somebody asked for the run to stop.
        """
        with self._guard:
            self.note = report.note or self.note
            report = replace(report, note=self.note)
            if self._latest is not None and not report.metrics:  # metrics that wait to be written are not lost
                report = replace(report, metrics=self._latest[0].metrics)
            self._latest = (report, self._eta.remaining(report))
        if self._stop.is_set():
            raise Cancelled("The run was cancelled.")

    def _run(self) -> None:
        while not self._end.wait(WRITE_SECONDS):
            self._write()

    def _write(self) -> None:
        if not self._folder.is_dir():
            self._stop.set()
            return
        with self._guard:
            latest, self._latest = self._latest, None
        due = self._alone and time.monotonic() - self._beaten >= BEAT_SECONDS
        try:
            if latest is not None or due:
                report, eta = latest or (None, None)
                if due:
                    self._memory_mb, self._beaten = memory_mb(), time.monotonic()
                runs.beat(
                    self._run_id, report, eta_seconds=eta, memory_mb=self._memory_mb, gpu_memory_mb=gpu_memory_mb()
                )
            if runs.should_stop(self._run_id):
                self._stop.set()
        except UserError as error:
            # The database may be out of reach for a while; that alone must not end the work.
            log.warning("progress could not be written: %s", error)


def gpu_memory_mb() -> float | None:
    """Give the GPU memory that torch holds for this process in megabytes; None where it uses no GPU."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "cuda") or not torch.cuda.is_initialized():
        return None
    return float(torch.cuda.memory_reserved()) / 1e6
