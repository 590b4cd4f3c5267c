"""Which runner a workspace has, and what is said where it cannot be had; tests/cluster has the cluster itself."""

import sys

import pytest

from lib.core.errors import UserError
from lib.jobs import RUNNERS, Runner, runner, runner_name, tend
from lib.jobs.devices import DeviceRequest
from lib.jobs.local import LocalRunner
from lib.jobs.ray import cores, needs
from lib.jobs.ray_map import PREDICTED, is_spread
from lib.store import runs


def promised() -> set[str]:
    return {name for name in vars(Runner) if not name.startswith("_")}


def test_this_machine_is_the_runner_unless_said_otherwise(monkeypatch):
    monkeypatch.delenv("MOTIFLENS_RUNNER", raising=False)
    assert isinstance(runner(), LocalRunner) and runner_name() == "local"
    monkeypatch.setenv("MOTIFLENS_RUNNER", " ")
    assert runner_name() == "local"
    assert runner().describe().startswith("this machine, on ")


@pytest.mark.parametrize("name", RUNNERS)
def test_every_runner_keeps_what_runners_promise(name):
    module, cls = RUNNERS[name]
    made = getattr(__import__(module, fromlist=[cls]), cls)
    assert promised() <= set(dir(made))


def test_a_runner_that_is_not_known_is_a_sentence(monkeypatch):
    monkeypatch.setenv("MOTIFLENS_RUNNER", "slurm")
    with pytest.raises(UserError, match="'slurm'; the runners are: local, ray"):
        runner()


def test_without_ray_a_sentence_says_what_to_install(home, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_RUNNER", "ray")
    monkeypatch.setitem(sys.modules, "ray", None)
    for call in (runner, tend):
        with pytest.raises(
            UserError, match="Ray is not installed; install it with pip install -r requirements-cluster"
        ):
            call()


def asked(spec, kind: str = "train", **payload: object) -> runs.Run:
    return runs.create(spec=spec, kind=kind, payload=payload)


def test_a_run_takes_what_it_asks_for_and_nothing_where_others_do_its_work(spec, monkeypatch):
    monkeypatch.delenv("MOTIFLENS_RAY_CPUS", raising=False)
    assert needs(asked(spec, device=DeviceRequest("cpu").to_json())) == (1, 0)
    assert needs(asked(spec, device=DeviceRequest("gpu").to_json())) == (1, 1)
    assert needs(asked(spec, device=DeviceRequest("gpu", gpus=3).to_json())) == (0, 0), "its processes take the GPUs"
    assert needs(asked(spec, device=DeviceRequest("cpu", processes=2).to_json())) == (0, 0)
    assert needs(asked(spec, "tokens")) == (1, 0)
    assert needs(asked(spec, "predict", n=PREDICTED)) == (0, 0)
    monkeypatch.setenv("MOTIFLENS_RAY_CPUS", "6")
    assert needs(asked(spec, "tokens")) == (6, 0)
    with pytest.raises(UserError, match="'mps', which a Ray cluster does not have"):
        needs(asked(spec, device={"kind": "mps"}))


@pytest.mark.parametrize("given", ["0", "two", "-1", "1.5"])
def test_a_wrong_number_of_cores_is_a_sentence(monkeypatch, given):
    monkeypatch.setenv("MOTIFLENS_RAY_CPUS", given)
    with pytest.raises(UserError, match="must be the CPU cores of one run"):
        cores()


def test_few_sequences_are_not_worth_spreading(spec):
    assert not is_spread(asked(spec, "predict", n=PREDICTED - 1))
    assert not is_spread(asked(spec, "train", n=PREDICTED))
