"""Two GPUs that a stand-in for NVIDIA's library pretends, a real scheduler and real workers: who gets which."""

from lib.jobs import runner
from lib.store import runs
from tests.jobs.workshop import ends, until

TWO = {"kind": "gpu", "gpus": 2}


def begins(run_id: str) -> runs.Run:
    until(lambda: runs.get(run_id).step >= 1 or runs.get(run_id).over, f"run {run_id} works")
    run = runs.get(run_id)
    assert run.state == "running", f"{run.state}: {run.message}\n{runs.log_tail(run_id)}"
    return run


def stop(run_id: str) -> None:
    runner().cancel(run_id)
    ends(run_id, "cancelled")


def devices_of(run: runs.Run) -> tuple[str, list[str]]:
    environment = runs.read_json(runs.folder(run.id) / "environment.json")
    return environment["device"], [gpu["id"] for gpu in environment["gpus"]]


def test_runs_on_one_gpu_on_both_and_on_none(home, work, gpus_here):
    gpus_here("139:20:97 139:120:3")
    one = work("count")
    assert begins(one).slot == "gpu-1", "the emptiest"
    both, small, none = work("count", device=TWO), work("count"), work("count", device={"kind": "cpu"})
    on_cpu = begins(none)
    assert (on_cpu.slot, devices_of(on_cpu)) == ("cpu-0", ("CPU", []))
    too_many = ends(work("count", device={"kind": "gpu", "gpus": 3}), "failed")
    assert "asks for 3 GPUs, and this machine has 2" in too_many.message
    assert "choose one of auto" in ends(work("count", device={"kind": "tpu"}), "failed").message
    waiting = [runs.get(run_id).state for run_id in (both, small)]
    assert waiting == ["queued", "queued"], "the free GPU is kept for the run that asked for both before"
    stop(one)
    run = begins(both)
    assert (run.slot, devices_of(run)) == ("gpu-0,1", ("GPU 0 NVIDIA H200, GPU 1 NVIDIA H200", ["0", "1"]))
    assert runs.get(small).state == "queued"
    stop(both)
    assert devices_of(begins(small))[1] == ["1"]
    stop(small)
    stop(none)
