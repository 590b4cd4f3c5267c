"""Several processes that train one network together: one per GPU, or on the CPU. A composition root.

The worker starts them by ``accelerate launch`` (``lib.jobs.launch``), and each is ``python -m lib.jobs.ranks RUN_ID``;
nothing but the id of the run crosses over. All of them read the run, its dataset and its tokenizer; the first reports
and saves the trained model into the run folder, from which the worker loads it. Each says what stopped it in a file of
the folder.
"""

import argparse
import contextlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from lib.core import errors
from lib.core.errors import Cancelled, UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Report, Silent
from lib.core.spec import RunSpec
from lib.jobs import devices, processes
from lib.jobs.devices import Wish
from lib.jobs.local import CODE
from lib.jobs.reporter import Reporter
from lib.models.base import MODELS, Context, Fitted, Model
from lib.store import runs
from lib.tasks.data import TrainingData

FOLDER = ".ranks"
LOOK_SECONDS = 0.5
GRACE_SECONDS = 2.0
_MEMORY = "MemoryError"

log = logging.getLogger("worker")


class Together:
    """Fits the model of a run in several processes; given to ``train_run`` in place of ``Model.fit``.

    Parameters
    ----------
    run_id
        The run.
    wish
        How many processes, and on what.
    """

    def __init__(self, run_id: str, wish: Wish) -> None:
        self.run_id, self.wish = run_id, wish

    def __call__(self, model: Model, data: TrainingData, context: Context) -> Fitted:
        """Train in processes of their own and load what they made.

        Raises
        ------
        Cancelled
            If somebody asked for it; no process is left.
        UserError
            What one of them raised.
        """
        said = context.folder / FOLDER
        shutil.rmtree(said, ignore_errors=True)
        said.mkdir(parents=True)
        log.info("%s train together", self.wish)
        code = self.train()
        if runs.should_stop(self.run_id):
            raise Cancelled("The run was cancelled.")
        _raise_what_stopped(said, code, context.progress)
        shutil.rmtree(said, ignore_errors=True)
        return MODELS.get(model.name).load(context.folder)

    def train(self) -> int:
        """Start the processes on this machine and wait for their end; gives an exit code, 0 where all is well."""
        with subprocess.Popen(_command(self.wish, self.run_id), cwd=CODE, env=_environment(self.wish)) as process:
            try:
                self._wait(process)
            finally:
                processes.end(process.pid, grace_seconds=GRACE_SECONDS)
        return process.returncode

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait until they have ended, or should and do not."""
        patience = GRACE_SECONDS
        while patience > 0:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
                return
            if runs.should_stop(self.run_id):
                patience -= LOOK_SECONDS


def main(run_id: str, rank: int) -> None:
    """Train as one of the processes: rank 0 reports and saves.

    Raises
    ------
    Exception
        Whatever stopped it; said in the run folder too. When the run is cancelled it just ends.
    """
    run, folder = runs.get(run_id), runs.folder(run_id)
    chief = rank == 0
    listener: contextlib.AbstractContextManager[Progress] = contextlib.nullcontext(Silent())
    if chief:
        listener = Reporter(run_id, folder, alone=False)
    try:
        with listener as progress:
            fit_rank(run, folder, progress, chief=chief)
        if isinstance(progress, Reporter) and progress.note:
            _say(folder, rank, {"note": progress.note})
    except Exception as error:
        _say(folder, rank, {"error": _kind(error), "sentence": str(error), "when": time.time()})
        if not isinstance(error, Cancelled):  # all of them stop then, which is no failure to be told in the log
            raise


def fit_rank(run: runs.Run, folder: Path, progress: Progress, *, chief: bool) -> None:
    """Fit the model of a run in this process, one of several that torch can tell apart; the chief saves it."""
    from lib.jobs.train import prepared

    dataset, tokenizer = prepared(run, Silent())
    spec: RunSpec = run.spec
    model = MODELS.create(spec.model.name, spec.model.settings)
    context = Context(folder, spec.seed, Wish.of(run.payload).torch_device, progress)
    fitted = model.fit(TrainingData.of(dataset, tokenizer), context)
    if chief:
        fitted.save(folder)


def _command(wish: Wish, run_id: str) -> list[str]:
    launch = [sys.executable, "-m", "lib.jobs.launch", "--multi_gpu"]
    options = {
        "num_processes": wish.ranks,
        "num_machines": 1,
        "machine_rank": 0,
        "mixed_precision": "no",  # the training says itself how precisely it computes
        "dynamo_backend": "no",
    }
    given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    return [*launch, *given, "--module", "lib.jobs.ranks", run_id]


def _environment(wish: Wish) -> dict[str, str]:
    """Give what the processes find: the CPU where they are to use that, their share of it, and the loopback alone."""
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    found = {**os.environ, "GLOO_SOCKET_IFNAME": loopback, "NCCL_SOCKET_IFNAME": loopback}
    found["OMP_NUM_THREADS"] = str(max(1, devices.cores() // wish.ranks))
    if wish.kind == devices.CPU:
        found |= {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
    return found


def _kind(error: Exception) -> str:
    """Name an error so that the worker can raise one like it: as the errors of MotifLens name it, or by memory."""
    for cls in type(error).__mro__:
        if issubclass(cls, errors.MotifLensError) and getattr(errors, cls.__name__, None) is cls:
            return str(cls.__name__)
    return _MEMORY if "out of memory" in str(error).lower() or isinstance(error, MemoryError) else "Exception"


def _say(folder: Path, rank: int, facts: dict[str, Any]) -> None:
    if folder.is_dir():
        with replacing(folder / FOLDER / f"{rank}.json") as temporary:
            temporary.write_text(json.dumps(facts), encoding="utf-8")


def _raise_what_stopped(said: Path, code: int, progress: Progress) -> None:
    """Raise in the worker what stopped the first of the processes that failed; pass on what they noted.

    The others fail too, because the first is gone; what they say does not count.
    """
    facts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(said.glob("*.json"))]
    failed = sorted((fact for fact in facts if "error" in fact), key=lambda fact: fact["when"])
    if failed:
        kind, sentence = failed[0]["error"], failed[0]["sentence"]
        known = getattr(errors, kind, None)
        if isinstance(known, type) and issubclass(known, errors.MotifLensError):
            raise known(sentence)
        raise MemoryError(sentence) if kind == _MEMORY else RuntimeError(sentence)
    if code:
        raise UserError(
            f"One of the processes that train together ended without a word (exit code {code}); somebody killed it, or "
            "memory ran out. The log has the details; Resume goes on from the last checkpoint."
        )
    for fact in facts:
        progress.report(Report(0, 0, "Training", note=fact["note"]))


def command() -> int:
    """Be one of the processes that train the run whose id is the one argument."""
    parser = argparse.ArgumentParser(prog="lib.jobs.ranks", description=command.__doc__)
    parser.add_argument("run", help="id of a run that the worker works on")
    processes.die_with_parent()
    rank = int(os.environ["RANK"])
    level = logging.INFO if rank == 0 else logging.ERROR
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", stream=sys.stderr)
    main(parser.parse_args().run, rank)
    from lib.training.processes import leave

    leave()
    return 0


if __name__ == "__main__":
    sys.exit(command())
