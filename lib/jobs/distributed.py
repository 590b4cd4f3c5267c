"""Several processes that train one network together: one per GPU, or on the CPU. A composition root.

On one machine the worker starts them by ``accelerate launch`` (``python -m lib.jobs.distributed launch ...``), and each
is ``python -m lib.jobs.distributed RUN_ID``; on a cluster Ray Train starts them, on one node or on many. Nothing but
the id of the run crosses over. All of them read the run, its dataset and its tokenizer; the first reports and saves the
trained model into the run folder, from which the worker loads it. Each says what stopped it in a file of the folder.
"""

import argparse
import contextlib
import functools
import json
import logging
import os
import shutil
import socket
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
from lib.jobs import cluster, devices, processes, ray_map
from lib.jobs.devices import GPU, DeviceRequest
from lib.jobs.local import CODE
from lib.jobs.reporter import Reporter
from lib.jobs.tokens import load_data
from lib.models.base import MODELS, Fitted, Model
from lib.models.context import Context
from lib.store import runs
from lib.tasks.data import TrainingData
from lib.training import TrainingContext

FOLDER = ".ranks"
SCRATCH = "ray"
"""Folder in it for what Ray Train writes about itself; both go when the training has ended."""
LOOK_SECONDS = 0.5
GRACE_SECONDS = 2.0
_MEMORY = "MemoryError"

log = logging.getLogger("worker")


class DistributedFit:
    """Fits the model of a run in several processes; given to ``train_run`` in place of ``Model.fit``.

    Parameters
    ----------
    run_id
        The run.
    request
        How many processes, and on what.
    """

    def __init__(self, run_id: str, request: DeviceRequest) -> None:
        self.run_id, self.request = run_id, request

    def __call__(self, model: Model, data: TrainingData, context: Context) -> Fitted:
        """Train in processes of their own and load what they made.

        Raises
        ------
        Cancelled
            If somebody asked for it; no process is left.
        UserError
            What one of them raised.
        """
        notes = context.folder / FOLDER
        shutil.rmtree(notes, ignore_errors=True)
        notes.mkdir(parents=True)
        log.info("%s train together", self.request)
        code = self.train()
        if runs.should_stop(self.run_id):
            raise Cancelled("The run was cancelled.")
        _raise_failure(notes, code, context.progress)
        shutil.rmtree(notes, ignore_errors=True)
        return MODELS.get(model.name).load(context.folder)

    def train(self) -> int:
        """Start the processes on this machine and wait for their end; gives an exit code, 0 where all is well."""
        with subprocess.Popen(_command(self.request, self.run_id), cwd=CODE, env=_environment(self.request)) as process:
            try:
                self._wait(process)
            finally:
                processes.terminate(process.pid, grace_seconds=GRACE_SECONDS)
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


class RayFit(DistributedFit):
    """Fits the model of a run in several processes of a Ray cluster."""

    def train(self) -> int:
        """Train until all processes have ended; gives 1 where one of them failed, else 0.

        Raises
        ------
        UserError
            If this process cannot join the cluster.
        """
        if not ray_map.join():
            where = f"This process cannot join the Ray cluster at {cluster.address()}"
            raise UserError(f"{where}, so {self.request} cannot train together. Start the run from one of its nodes.")
        from ray.train import RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer
        from ray.train.v2.api.exceptions import TrainingFailedError

        scratch = runs.folder(self.run_id) / FOLDER / SCRATCH
        trainer = TorchTrainer(
            train_ray_rank,
            train_loop_config={"run": self.run_id},
            scaling_config=ScalingConfig(num_workers=self.request.ranks, use_gpu=self.request.kind == GPU),
            run_config=RunConfig(name=self.run_id, storage_path=str(scratch.resolve())),
        )
        try:
            trainer.fit()
        except TrainingFailedError as error:
            log.error("the processes of the cluster stopped: %s", error)
            return 1
        return 0


def train_ray_rank(config: dict[str, Any]) -> None:
    """Be one of the processes; Ray has made torch's process group already, and ends the process itself."""
    from ray.train import get_context

    main(config["run"], get_context().get_world_rank())


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
            _write_note(folder, rank, {"note": progress.note})
    except Exception as error:
        _write_note(folder, rank, {"error": _name_error(error), "sentence": str(error), "when": time.time()})
        if not isinstance(error, Cancelled):  # all of them stop then, which is no failure to be told in the log
            raise


def fit_rank(run: runs.Run, folder: Path, progress: Progress, *, chief: bool) -> None:
    """Fit the model of a run in this process, one of several that torch can tell apart; the chief saves it."""
    dataset, tokenizer = load_data(run, Silent())
    spec: RunSpec = run.spec
    model = MODELS.create(spec.model.name, spec.model.settings)
    context = TrainingContext(folder, spec.seed, DeviceRequest.of(run.payload).torch_device, progress)
    fitted = model.fit(TrainingData.of(dataset, tokenizer), context)
    if chief:
        fitted.save(folder)


def _command(request: DeviceRequest, run_id: str) -> list[str]:
    program = [sys.executable, "-m", "lib.jobs.distributed", "launch", "--multi_gpu"]
    options = {
        "num_processes": request.ranks,
        "num_machines": 1,
        "machine_rank": 0,
        "mixed_precision": "no",  # the training says itself how precisely it computes
        "dynamo_backend": "no",
    }
    given = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    return [*program, *given, "--module", "lib.jobs.distributed", run_id]


def _environment(request: DeviceRequest) -> dict[str, str]:
    """Give what the processes find: the CPU where they are to use that, their share of it, and the loopback alone."""
    loopback = "lo0" if sys.platform == "darwin" else "lo"
    found = {**os.environ, "GLOO_SOCKET_IFNAME": loopback, "NCCL_SOCKET_IFNAME": loopback}
    found["OMP_NUM_THREADS"] = str(max(1, devices.cores() // request.ranks))
    if request.kind == devices.CPU:
        found |= {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": ""}
    return found


def _name_error(error: Exception) -> str:
    """Name an error so that the worker can raise one like it: as the errors of MotifLens name it, or by memory."""
    for cls in type(error).__mro__:
        if issubclass(cls, errors.MotifLensError) and getattr(errors, cls.__name__, None) is cls:
            return str(cls.__name__)
    return _MEMORY if "out of memory" in str(error).lower() or isinstance(error, MemoryError) else "Exception"


def _write_note(folder: Path, rank: int, facts: dict[str, Any]) -> None:
    if folder.is_dir():
        with replacing(folder / FOLDER / f"{rank}.json") as temporary:
            temporary.write_text(json.dumps(facts), encoding="utf-8")


def _raise_failure(notes: Path, code: int, progress: Progress) -> None:
    """Raise in the worker what stopped the first of the processes that failed; pass on what they noted.

    The others fail too, because the first is gone; what they say does not count.
    """
    facts = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(notes.glob("*.json"))]
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


def launch(arguments: list[str]) -> None:
    """Be ``accelerate launch`` with its arguments, on the loopback alone; nothing of the processes outlives the worker.

    The port at which the processes meet is chosen here and held from then on. Left to itself, torch would listen there
    on every network of the machine, and whoever can reach it could meddle with the training.
    """
    processes.die_with_parent()
    from accelerate.commands.launch import main as accelerate_launch
    from torch.distributed import TCPStore  # type: ignore[attr-defined]
    from torch.distributed.elastic.rendezvous import static_tcp_rendezvous

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        static_tcp_rendezvous.TCPStore = functools.partial(  # type: ignore[attr-defined, assignment]
            TCPStore, master_listen_fd=listener.detach()
        )
    sys.argv[1:] = ["--main_process_ip", "127.0.0.1", "--main_process_port", str(port), *arguments]
    accelerate_launch()


def command() -> int:
    """Be one of the processes that train the run whose id is the one argument."""
    parser = argparse.ArgumentParser(prog="lib.jobs.distributed", description=command.__doc__)
    parser.add_argument("run", help="id of a run that the worker works on")
    processes.die_with_parent()
    rank = int(os.environ["RANK"])
    level = logging.INFO if rank == 0 else logging.ERROR
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", stream=sys.stderr)
    main(parser.parse_args().run, rank)
    from lib.training.process_group import leave_group

    leave_group()
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["launch"]:
        launch(sys.argv[2:])
    else:
        sys.exit(command())
