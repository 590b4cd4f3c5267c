"""The GPUs of a machine as its driver tells of them, and where a run is to compute."""

import subprocess
import sys

import pytest

from lib.core.errors import UserError
from lib.jobs import devices
from lib.jobs.devices import DeviceRequest


def test_gpus_are_listed_with_memory_and_use(gpus_here):
    gpus_here("139:120:3 80:7:98")
    first, second = devices.gpus()
    assert str(first) == "GPU 0 NVIDIA H200 (120 of 139 GiB free, 3% busy)"
    assert (second.id, second.uuid, second.total, second.free, second.busy) == (
        "1",
        "GPU-1a1b-77",
        80 << 30,
        7 << 30,
        98,
    )


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("1", ["1"]),
        ("2, 0", ["2", "0"]),
        ("GPU-1a1b-77", ["1"]),
        ("GPU-2", ["2"]),
        ("0,9,1", ["0"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
    ],
)
def test_what_cuda_would_not_see_is_not_listed(gpus_here, monkeypatch, visible, expected):
    gpus_here("139:120:3 " * 3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert [gpu.id for gpu in devices.gpus()] == expected


def test_of_a_divided_gpu_its_parts_are_listed(gpus_here):
    gpus_here("139:139:0 139:60:0:mig")
    assert [gpu.id for gpu in devices.gpus()] == ["0", "MIG-1-0", "MIG-1-4"]
    assert str(devices.gpus()[1]) == "GPU MIG-1-0 NVIDIA H200 MIG 3g.71gb (60 of 139 GiB free)"


def test_without_a_driver_there_are_none(gpus_here):
    gpus_here("")
    assert devices.gpus() == []


def test_the_real_library_is_asked_without_torch():
    """Whatever GPUs this machine has, NVIDIA's own library answers or says that there is no driver."""
    code = (
        "import sys; from lib.jobs import devices; found = devices.gpus(); import pynvml; "
        "assert 'torch' not in sys.modules and all(gpu.total >= gpu.free > 0 for gpu in found); "
        "print(hasattr(pynvml, 'nvmlDeviceGetUtilizationRates'), 'standin' in pynvml.__file__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"


def test_a_wish_is_kept_as_plain_values():
    for wish in (
        DeviceRequest(),
        DeviceRequest("cpu", processes=2),
        DeviceRequest("gpu", 2, ("0", "3")),
        DeviceRequest("mps"),
    ):
        assert DeviceRequest.of({"device": wish.to_json()}) == wish
    assert (
        DeviceRequest.of({})
        == DeviceRequest.of({"device": {"kind": "auto", "gpus": 0, "which": []}})
        == DeviceRequest()
    )
    assert (DeviceRequest("gpu", 3).ranks, DeviceRequest("cpu", processes=2).ranks, DeviceRequest().ranks) == (3, 2, 1)
    assert [
        str(wish)
        for wish in (
            DeviceRequest(),
            DeviceRequest("gpu"),
            DeviceRequest("gpu", 2),
            DeviceRequest("gpu", 2, ("0", "3")),
        )
    ] == [
        "automatic",
        "1 GPU",
        "2 GPUs",
        "GPU 0, 3",
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kind": "tpu"}, "'tpu'; choose one of auto, cpu, gpu, mps"),
        ({"kind": "cpu", "gpus": 2}, "leave them out, or choose the device gpu"),
        ({"kind": "gpu", "gpus": 2, "which": ("1",)}, "2 GPUs were asked for and 1 named"),
        ({"kind": "gpu", "processes": 2}, "2 processes were asked for"),
        ({"kind": "gpu", "gpus": -1}, "needs 1 or more"),
    ],
)
def test_wishes_that_make_no_sense_are_sentences(options, sentence):
    with pytest.raises(UserError, match=sentence):
        DeviceRequest(**options)
