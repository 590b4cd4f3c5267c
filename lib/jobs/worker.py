"""The worker: does one run, whatever runner started it. ``python -m lib.jobs.worker RUN_ID``.

It alone writes how far the run is. This is a composition root, and the one place that turns an exception into the
state ``failed``.
"""

import argparse
import importlib
import importlib.metadata
import logging
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import lib
from lib.core.errors import Cancelled, Pruned, UserError
from lib.core.progress import Progress, Report
from lib.jobs import devices, failures, runner, runner_name
from lib.jobs.devices import DeviceRequest
from lib.jobs.reporter import Reporter
from lib.store import runs

Handler = Callable[[str, Path, Progress], Mapping[str, Any] | None]
"""Does the work of a run in its folder and gives the summary that tables of runs show."""

FINISHED, FAILED, CANCELLED = 0, 1, 2
_PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "torch",
    "transformers",
    "safetensors",
    "modisco-lite",
    "viennarna",
)
_RESERVE_BYTES = 512 * 1024
_SETTLE_TIMES = 20
_NICE = 5

log = logging.getLogger("worker")


def _load_when_called(module: str, name: str) -> Handler:
    """Give a handler whose module is imported when it is called; the libraries that it needs take seconds."""

    def handle(run_id: str, folder: Path, progress: Progress) -> Mapping[str, Any] | None:
        handler: Handler = getattr(importlib.import_module(f"lib.jobs.{module}"), name)
        return handler(run_id, folder, progress)

    return handle


HANDLERS: Mapping[str, Handler] = {
    "train": _load_when_called("train", "train"),
    "predict": _load_when_called("predict", "predict"),
    "tokens": _load_when_called("tokens", "tokens"),
    "attribute": _load_when_called("attribute", "attribute"),
    "language": _load_when_called("attribute", "answer"),
    "discover": _load_when_called("discover", "discover"),
    "experiment": _load_when_called("experiment", "experiment"),
    "variants": _load_when_called("variants", "variants"),
    "check": _load_when_called("check", "check"),
    "pretrain": _load_when_called("pretrain", "pretrain"),
}
"""What the worker does for each kind of run."""


def main(run_id: str, handlers: Mapping[str, Handler] = HANDLERS) -> int:
    """Do one run from its start to its final state.

    Parameters
    ----------
    run_id
        A queued run.
    handlers
        What to do for each kind of run.

    Returns
    -------
    int
        0 when it finished or was not queued any more, 1 when it failed, 2 when it was cancelled.
    """
    try:
        runs.transition(run_id, runs.RUNNING)
    except runs.WrongState as error:
        log.info("nothing to do: %s", error)
        return FINISHED
    run, folder = runs.get(run_id), runs.folder(run_id)
    log.info("run %s (%s of %s) begins as process %d", run.id, run.kind, run.model, os.getpid())
    _wake_runner()
    reserve = folder / ".reserve"
    try:
        with Reporter(run_id, folder) as reporter:
            reporter.report(Report(0, 0, "Loading"))
            reserve.write_bytes(b"\0" * _RESERVE_BYTES)
            runs.write_json(folder / "environment.json", environment(DeviceRequest.of(run.payload)))
            results = handlers[run.kind](run_id, folder, reporter)
            note = {"note": reporter.note} if reporter.note else {}
            runs.set_results(run_id, {**(results or {}), **note})
    except (Cancelled, KeyboardInterrupt) as stop:
        message = str(stop) if isinstance(stop, Pruned) else "Cancelled."
        return _settle(run_id, runs.CANCELLED, message, reserve)
    except Exception as error:  # noqa: BLE001 (the one place where whatever stops a run becomes a state)
        failure = failures.explain(error, run, folder)
        return _settle(run_id, runs.FAILED, failure.sentence, reserve, failure.results())
    return _settle(run_id, runs.FINISHED, "", reserve)


def environment(request: DeviceRequest) -> dict[str, Any]:
    """Give what decides numbers and speed: versions, machine and devices, without importing torch."""
    packages, gpus = {}, devices.gpus()
    device = ", ".join(f"GPU {gpu.id} {gpu.name}" for gpu in gpus) or (
        "Apple GPU" if request.kind == devices.MPS else "CPU"
    )
    for name in _PACKAGES:
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            packages[name] = ""
    return {
        "motiflens": lib.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "device": device,
        "asked": request.to_json(),
        "gpus": [{"id": gpu.id, "uuid": gpu.uuid, "name": gpu.name, "memory": gpu.total} for gpu in gpus],
        "packages": packages,
    }


def _settle(run_id: str, state: str, message: str, reserve: Path, results: Mapping[str, Any] | None = None) -> int:
    """Write the final state. The reserve makes room for it on a full disk; a busy database is asked again."""
    if not reserve.parent.is_dir():
        log.warning("the folder of run %s is gone", run_id)
        return CANCELLED
    reserve.unlink(missing_ok=True)
    for attempt in range(_SETTLE_TIMES):
        try:
            if results is not None:
                runs.set_results(run_id, results)
            runs.transition(run_id, state, message)
            break
        except runs.WrongState as error:
            log.info("the end was written by somebody else: %s", error)
            break
        except UserError as error:
            log.warning("the end could not be written: %s", error)
            time.sleep(min(attempt, 5))
    log.info("run %s is %s. %s", run_id, state, message)
    return {runs.FINISHED: FINISHED, runs.FAILED: FAILED, runs.CANCELLED: CANCELLED}[state]


def _wake_runner() -> None:
    """Let the next runs of a cluster start, even if nobody watches; on one machine its scheduler sees to that."""
    if runner_name() == "local":
        return
    try:
        runner().wake()
    except UserError as error:
        log.warning("the next runs could not be handed over: %s", error)


def command(arguments: Sequence[str] | None = None, handlers: Mapping[str, Handler] = HANDLERS) -> int:
    """Do the run whose id is the one argument, leaving the processor to the pages when both want it."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    parser = argparse.ArgumentParser(prog="lib.jobs.worker", description=command.__doc__)
    parser.add_argument("run", help="id of a queued run")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        run_id = parser.parse_args(arguments).run
        code = main(run_id, handlers)
        if (run := runs.find(run_id)) is not None and run.group_id:
            from lib.jobs import bayesian  # loads all models, which most work has no need of

            bayesian.advance(run.group_id)
    except UserError as error:
        log.error("%s", error)
        return FAILED
    _wake_runner()
    return code


if __name__ == "__main__":
    sys.exit(command())
