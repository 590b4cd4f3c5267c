"""One run trained by two processes on the CPU over gloo, by the real worker; none is left when it is cancelled."""

import contextlib
import json

import numpy as np
import psutil
import pytest

from lib.core.errors import Cancelled, Diverged, UserError
from lib.core.progress import Callback, Silent
from lib.jobs import distributed, runner
from lib.jobs.devices import DeviceRequest
from lib.jobs.start import specify
from lib.jobs.train import train
from lib.models import MODELS
from lib.store import runs
from lib.tokenizers import TOKENIZERS
from tests import finished
from tests.jobs.workshop import ends, processes_of, until

BERT = {"size": "tiny", "epochs": 3, "patience": 3, "batch_size": 16, "longest": 64}


def ask(dataset: str, settings: dict, **payload: object) -> str:
    spec = specify(
        dataset, MODELS.create("bert", BERT | settings), tokenizer=TOKENIZERS.create("k-mer", {"k": 3}), seed=2
    )
    return runs.create(spec=spec, payload=payload).id


def worker_processes(home, run: runs.Run) -> list[psutil.Process]:
    found = []
    for process in processes_of(home):
        with contextlib.suppress(psutil.NoSuchProcess):  # it may end while it is looked at
            if run.id in process.cmdline():
                found.append(process)
    return found


@pytest.mark.slow
def test_two_processes_learn_what_one_does_and_leave_nobody_behind(home, tmp_path):
    dataset = finished.freeze(tmp_path / "files")
    # Dropout is drawn anew for each piece of a batch, so one process computes them in the two pieces that two share.
    alone, both = (
        ask(dataset, {"accumulation": 2}),
        ask(dataset, {}, device=DeviceRequest("cpu", processes=2).to_json()),
    )
    train(alone, runs.folder(alone), Silent())
    runner().submit(both)
    until(lambda: len(runs.history(both)) or runs.get(both).over, "an epoch is over", 240)
    run = runs.get(both)
    assert run.state == "running", f"{run.message}\n{runs.log_tail(both)}"
    assert run.stage == "Training" and run.step > 0, "the first of them says how far they are"
    found = worker_processes(home, run)
    assert len(found) == 4, "the worker, the one that launches, and two that train"
    listening = [at.laddr.ip for process in found for at in process.net_connections() if at.status == "LISTEN"]
    assert set(listening) == {"127.0.0.1"}, "nobody outside this machine can meddle with the training"
    assert run.memory_mb > 1.5 * max(process.memory_info().rss for process in found) / 1e6, "of all of them together"
    runner().cancel(both)
    ends(both, "cancelled")
    until(lambda: not worker_processes(home, run), "no process of the run is left")
    until(lambda: not any(process.is_running() for process in found), "not even as a zombie")

    runner().resume(both)
    until(lambda: runs.get(both).over, "it goes on and finishes", 240)
    run = ends(both, "finished")
    assert not (runs.folder(both) / distributed.FOLDER).exists()
    expected, metrics = runs.metrics(alone), runs.metrics(both)
    for part in ("test", "validation"):
        for name, value in expected[part].items():
            assert metrics[part][name] == pytest.approx(value, abs=1e-5), f"{name} of the {part} part"
    losses = [runs.history(run_id)["loss"].to_numpy() for run_id in (alone, both)]
    np.testing.assert_allclose(losses[1], losses[0], atol=1e-5)
    assert runs.read_json(runs.folder(both) / "environment.json")["asked"]["processes"] == 2


@pytest.mark.parametrize(
    ("facts", "code", "error", "sentence"),
    [
        (
            [
                {"error": "Exception", "sentence": "connection lost", "when": 7.5},
                {"error": "Diverged", "sentence": "The loss became nan", "when": 7.25},
            ],
            1,
            Diverged,
            "became nan",
        ),
        ([{"error": "UserError", "sentence": "No tokens.", "when": 1.0}], 1, UserError, "No tokens."),
        ([{"error": "Cancelled", "sentence": "The run was cancelled.", "when": 1.0}], 1, Cancelled, "cancelled"),
        ([{"error": "MemoryError", "sentence": "CUDA out of memory.", "when": 1.0}], 1, MemoryError, "CUDA out of"),
        ([{"error": "Exception", "sentence": "shapes differ", "when": 1.0}], 1, RuntimeError, "shapes differ"),
        ([], -9, UserError, "exit code -9.*Resume goes on"),
    ],
)
def test_what_stopped_the_first_of_them_is_raised(tmp_path, facts, code, error, sentence):
    for number, fact in enumerate(facts):
        (tmp_path / f"{number}.json").write_text(json.dumps(fact))
    with pytest.raises(error, match=sentence):
        distributed._raise_failure(tmp_path, code, Callback(lambda report: None))


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (runs.WrongState("It is queued."), "UserError"),
        (Diverged("nan"), "Diverged"),
        (Cancelled("stop"), "Cancelled"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "MemoryError"),
        (ValueError("shapes"), "Exception"),
    ],
)
def test_errors_are_named_so_that_the_worker_can_raise_them(error, name):
    assert distributed._name_error(error) == name


def test_what_the_first_of_them_noted_is_passed_on(tmp_path):
    (tmp_path / "0.json").write_text(json.dumps({"note": "Memory ran out; batches are cut into 2 pieces."}))
    heard = []
    distributed._raise_failure(tmp_path, 0, Callback(heard.append))
    assert [report.note for report in heard] == ["Memory ran out; batches are cut into 2 pieces."]


def test_each_gpu_has_a_process_and_those_on_the_cpu_share_its_cores(monkeypatch):
    monkeypatch.setattr("lib.jobs.devices.cores", lambda: 9)
    command = distributed._command(DeviceRequest("gpu", 4), "abc")
    assert command[-3:] == ["--module", "lib.jobs.distributed", "abc"]
    assert command[command.index("--num_processes") + 1] == "4"
    found = distributed._environment(DeviceRequest("cpu", processes=2))
    assert (found["ACCELERATE_USE_CPU"], found["OMP_NUM_THREADS"], found["CUDA_VISIBLE_DEVICES"]) == ("true", "4", "")
    assert found["GLOO_SOCKET_IFNAME"] == found["NCCL_SOCKET_IFNAME"] in ("lo", "lo0")
