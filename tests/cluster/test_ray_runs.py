"""Runs as jobs of a real Ray cluster with a real PostgreSQL: done, cancelled, lost, resumed, caught up with."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lib.core.errors import UserError
from lib.jobs import cluster, runner, start, tend
from lib.jobs.ray import WAITING, RayRunner
from lib.models import MODELS
from lib.store import runs
from tests.cluster.postgres import PASSWORD
from tests.finished import freeze
from tests.jobs.workshop import until

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).resolve().parents[2]


def begins(run_id: str, step: int = 1) -> runs.Run:
    until(lambda: runs.get(run_id).step >= step or runs.get(run_id).over, f"run reaches step {step}")
    run = runs.get(run_id)
    assert run.state == "running", f"{run.state}: {run.message}\n{runs.log_tail(run_id)}"
    return run


def ends(run_id: str, state: str, look: RayRunner | None = None) -> runs.Run:
    """Wait until a run is over, looking now and then as a page does, and assert how."""

    def over() -> bool:
        if look is not None:
            look.wake()
        return runs.get(run_id).over

    until(over, f"run is over, not {runs.get(run_id)}")
    run = runs.get(run_id)
    assert run.state == state, f"{run.state}: {run.message}\n{runs.log_tail(run_id)}"
    return run


def test_a_training_goes_from_submission_to_results(workspace, tmp_path):
    dataset = freeze(tmp_path / "files")
    run_id = start.start_training(dataset, MODELS.create("kmer-ridge", {"k": 3}))
    run = ends(run_id, "finished")
    assert run.results["n"] > 0 and runs.metrics(run_id)["test"]["r2"] == run.results["r2"]
    assert (run.runner, run.slot) == ("ray", f"{run_id}-1")
    assert f"run {run_id} is finished" in runs.log_tail(run_id), "the worker's log lies in the run's folder"
    until(lambda: cluster.jobs()[run.slot].status == "SUCCEEDED", "Ray takes note of the end")
    shown = cluster.jobs()[run.slot]
    assert PASSWORD not in str(shown) + cluster.output(run.slot), "what Ray shows to everybody holds no password"
    assert runner().describe().endswith("1 node, 2 CPU cores, 0 GPUs")


def test_two_runs_are_done_at_once_and_cancelling_leaves_no_process(work, ray_runner):
    stubborn, counting = work("stubborn"), work("count")
    until((runs.folder(stubborn) / "ready").exists, "the worker has its children")
    begins(counting)
    assert {run.id for run in runs.running()} == {stubborn, counting}
    pid = runs.get(stubborn).pid
    until(lambda: len(psutil.Process(pid).children(recursive=True)) == 2, "there is a grandchild")
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for run_id in (stubborn, counting):
        ray_runner.cancel(run_id)
        ray_runner.cancel(run_id)
    assert ends(counting, "cancelled").message == "Cancelled."
    assert ends(stubborn, "cancelled").message == "Cancelled.", "nobody looks; whoever cancelled insists"
    until(lambda: not any(_lives(process) for process in family), "no process is left", 10)


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_killed_worker_makes_the_run_lost_and_it_resumes_where_it_was(work, ray_runner):
    run_id = work("count", steps=60)
    os.kill(begins(run_id, step=20).pid, signal.SIGKILL)
    run = ends(run_id, "lost", ray_runner)
    assert "at step" in run.message and "Resume goes on from its last checkpoint" in run.message
    ray_runner.resume(run_id)
    run = ends(run_id, "finished", ray_runner)
    assert run.results["first"] >= 19, "it began again at the last checkpoint, not at the start"
    assert run.slot == f"{run_id}-2"


def test_an_app_that_starts_again_catches_up(spec, ray_runner, workspace):
    """Another process submits what was queued and never reached Ray, and settles a job that ended unseen."""
    broken = runs.create(spec=spec, kind="count")
    RayRunner((sys.executable, "-c", "import sys; sys.exit('no such library')")).submit(broken.id)
    name = runs.get(broken.id).slot
    until(lambda: cluster.jobs()[name].status.is_terminal(), "the worker could not start")
    assert runs.get(broken.id).state == "queued", "nobody has looked yet"
    unsent = runs.create(spec=spec, kind="count", payload={"steps": 2, "pace": 0})
    runs.assign(unsent.id, runner="ray")
    code = (
        f"from lib.jobs.ray import RayRunner; RayRunner({(sys.executable, str(ROOT / 'tests/jobs/works.py'))!r}).wake()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert runs.get(broken.id).state == "failed"
    assert "could not start on the Ray cluster" in runs.get(broken.id).message
    assert "no such library" in runs.log_tail(broken.id)
    assert ends(unsent.id, "finished").results == {"first": 0, "steps": 2}


def test_few_runs_wait_at_ray_and_the_rest_keeps_its_order(spec, ray_runner):
    """No node has a GPU, so what asks for one waits at Ray."""
    gpu = {"device": {"kind": "gpu", "gpus": 1}}
    waiting = [runs.create(spec=spec, kind="count", payload=gpu) for _ in range(WAITING + 2)]
    for run in waiting:
        ray_runner.submit(run.id)
    sent = [run.id for run in waiting if runs.get(run.id).slot]
    assert sent == [run.id for run in waiting[:WAITING]]
    runs.set_priority(waiting[-1].id, 5)
    ray_runner.cancel(sent[1])
    assert runs.get(sent[1]).state == "cancelled"
    ray_runner._look()
    assert [bool(runs.get(run.id).slot) for run in waiting[WAITING:]] == [False, True], "the urgent one overtook"
    for run in waiting:
        ray_runner.cancel(run.id)


def test_a_cluster_that_does_not_answer_is_a_sentence_and_the_run_waits(spec, ray_runner, monkeypatch, head):
    run = runs.create(spec=spec, kind="count", payload={"steps": 1})
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:1")
    with pytest.raises(UserError, match=r"The Ray cluster at http://127\.0\.0\.1:1 does not answer"):
        ray_runner.submit(run.id)
    with pytest.raises(UserError, match="does not answer"):
        tend()
    assert runs.get(run.id).state == "queued"
    monkeypatch.setenv("RAY_ADDRESS", head.jobs)
    ray_runner._look()
    ends(run.id, "finished")
