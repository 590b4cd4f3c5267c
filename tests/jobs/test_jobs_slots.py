"""One job per GPU and one beside it on the CPU; a run on several GPUs takes as many, and is not kept waiting."""

import pytest

from lib.core.errors import UserError
from lib.jobs import devices, slots
from lib.jobs.devices import DeviceRequest
from lib.jobs.scheduler import is_light
from lib.store import runs

TWO = ["gpu-0", "gpu-1", "cpu-0"]
FOUR = ["gpu-0", "gpu-1", "gpu-2", "gpu-3", "cpu-0"]


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    for name in ("MOTIFLENS_SLOTS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("gpus", "visible", "asked", "expected"),
    [
        (0, None, None, ["cpu-0"]),
        (3, None, None, ["gpu-0", "gpu-1", "gpu-2", "cpu-0"]),
        (3, "2,0", None, ["gpu-2", "gpu-0", "cpu-0"]),
        (3, "", None, ["cpu-0"]),
        (3, "-1", None, ["cpu-0"]),
        (0, None, "2", ["cpu-0", "cpu-1"]),
        (2, None, "1", ["gpu-0", "cpu-0"]),
        (2, None, "3", ["gpu-0", "gpu-1", "gpu-0+1", "cpu-0"]),
    ],
)
def test_slots_follow_the_gpus_or_what_was_asked_for(gpus_here, monkeypatch, gpus, visible, asked, expected):
    gpus_here("139:120:3 " * gpus)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    if asked is not None:
        monkeypatch.setenv("MOTIFLENS_SLOTS", asked)
    assert slots.list_slots() == expected


@pytest.mark.parametrize("asked", ["0", "-1", "many", "1.5"])
def test_a_wrong_number_of_slots_is_a_clear_sentence(monkeypatch, asked):
    monkeypatch.setenv("MOTIFLENS_SLOTS", asked)
    with pytest.raises(UserError, match=f"MOTIFLENS_SLOTS is '{asked}'; it must be"):
        slots.list_slots()


def test_a_job_sees_the_gpus_of_its_slots_alone(monkeypatch):
    def visible(*chosen):
        return slots.job_environment(chosen, FOUR)["CUDA_VISIBLE_DEVICES"]

    assert (visible("gpu-2"), visible("gpu-0+1"), visible("gpu-1", "gpu-3")) == ("2", "0", "1,3")
    assert visible("cpu-0") == "", "a job on the CPU takes no memory of a GPU"
    assert slots.job_environment(["gpu-MIG-5a-7"], ["gpu-MIG-5a-7"])["CUDA_VISIBLE_DEVICES"] == "MIG-5a-7"


def test_jobs_side_by_side_share_the_processor(monkeypatch):
    monkeypatch.setattr(devices, "cores", lambda: 12)
    assert slots.job_environment(["cpu-0"], ["cpu-0"]) == {}
    assert slots.job_environment(["cpu-1"], ["cpu-0", "cpu-1", "cpu-2"]) == {"OMP_NUM_THREADS": "4"}
    assert slots.job_environment([slots.LIGHT], ["cpu-0"]) == {"OMP_NUM_THREADS": "6"}, "beside a training: half"
    assert slots.job_environment([slots.LIGHT], TWO)["CUDA_VISIBLE_DEVICES"] == ""


@pytest.mark.parametrize(
    ("waiting", "taken", "expected"),
    [
        ([DeviceRequest(), DeviceRequest(), DeviceRequest()], [], [("gpu-0",), ("gpu-1",), ("gpu-2",)]),
        ([DeviceRequest("gpu", 3), DeviceRequest()], [], [("gpu-0", "gpu-1", "gpu-2"), ("gpu-3",)]),
        ([DeviceRequest("cpu"), DeviceRequest("cpu")], [], [("cpu-0",), None]),
        # The first one waits for three, so nothing small behind it may take the two that are free; the CPU may be used.
        (
            [DeviceRequest("gpu", 3), DeviceRequest(), DeviceRequest("cpu")],
            ["gpu-0", "gpu-2"],
            [None, None, ("cpu-0",)],
        ),
        (
            [DeviceRequest("gpu", 1, ("2",)), DeviceRequest(), DeviceRequest("gpu", 1, ("2",))],
            ["gpu-2"],
            [None, ("gpu-0",), None],
        ),
        (
            [DeviceRequest("gpu", 2, ("2", "3")), DeviceRequest(), DeviceRequest()],
            ["gpu-2"],
            [None, ("gpu-0",), ("gpu-1",)],
        ),
        ([DeviceRequest(), DeviceRequest("gpu", 2, ("0", "1"))], [], [("gpu-0",), None]),
    ],
)
def test_what_starts_on_four_gpus(waiting, taken, expected):
    begin = slots.allot(dict(enumerate(waiting)), FOUR, set(taken))
    assert [begin.get(number) for number in range(len(waiting))] == expected


def test_the_emptiest_gpu_is_taken_first():
    room = {"0": 3 << 30, "1": 90 << 30}
    assert slots.allot({"a": DeviceRequest()}, TWO, set(), room=room) == {"a": ("gpu-1",)}
    room = {"0": (80 << 30) + 5, "1": (80 << 30) + 9}
    assert slots.allot({"a": DeviceRequest()}, TWO, set(), room=room) == {"a": ("gpu-0",)}, "a few bytes do not count"


def test_several_gpus_are_different_ones():
    known = ["gpu-0", "gpu-1", "gpu-0+1", "gpu-1+1", "cpu-0"]
    assert slots.allot({"a": DeviceRequest("gpu", 2)}, known, {"gpu-1"}) == {"a": ("gpu-0", "gpu-1+1")}
    kept = slots.format_slots(("gpu-0", "gpu-1+1"))
    assert slots.parse_slots(kept) == ["gpu-0", "gpu-1+1"]


def test_a_machine_without_gpus_takes_runs_that_ask_for_none():
    assert slots.allot({"a": DeviceRequest(), "b": DeviceRequest("cpu", processes=2)}, ["cpu-0", "cpu-1"], set()) == {
        "a": ("cpu-0",),
        "b": ("cpu-1",),
    }


@pytest.mark.parametrize(
    ("wish", "known", "sentence"),
    [
        (DeviceRequest("gpu", 2), ["cpu-0"], "asks for 2 GPUs, and this machine has none"),
        (DeviceRequest("gpu", 3), TWO, "asks for 3 GPUs, and this machine has 2 that"),
        (DeviceRequest("gpu", 2), ["gpu-0", "gpu-0+1", "cpu-0"], "this machine has 1 that"),
        (DeviceRequest("gpu", 1, ("7",)), TWO, "asks for GPU 7, and this machine has 2 (0, 1)."),
        (DeviceRequest("gpu", 2), ["gpu-MIG-0-0", "gpu-MIG-0-4", "cpu-0"], "parts of a divided one"),
        (DeviceRequest("mps"), TWO, "asks for an Apple GPU, and this machine has none"),
    ],
)
def test_what_can_never_start_is_said(wish, known, sentence):
    assert sentence in slots.explain_refusal(wish, known)


@pytest.mark.parametrize(
    "wish", [DeviceRequest(), DeviceRequest("cpu"), DeviceRequest("gpu"), DeviceRequest("gpu", 2, ("1", "0"))]
)
def test_what_can_start_has_no_such_sentence(wish):
    assert slots.explain_refusal(wish, TWO) == ""


@pytest.mark.parametrize(
    ("kind", "payload", "expected"),
    [
        ("tokens", {}, True),
        ("language", {}, True),
        ("train", {"light": True, "device": {"kind": "cpu"}}, True),
        ("train", {}, False),
        ("train", {"device": {"kind": "cpu"}}, False),
        ("predict", {"n": 1000, "runs": ["a", "b"]}, True),
        ("predict", {"n": 1001, "runs": ["a", "b"]}, False),
        ("predict", {"n": 10, "runs": ["a"], "device": {"kind": "gpu"}}, False),
        ("discover", {}, False),
    ],
)
def test_what_is_light(home, spec, kind, payload, expected):
    assert is_light(runs.create(spec=spec, kind=kind, payload=payload)) == expected
