"""``train --device`` and ``--gpus``, and what ``doctor`` says of GPUs."""

import pytest

from lib.cli import arguments, parser
from lib.cli.system import _gpu
from lib.core.errors import UserError
from lib.jobs.devices import DeviceRequest


def asked(*options: str) -> DeviceRequest:
    return arguments.device(parser().parse_args(["train", "--dataset", "d", "--model", "m", *options]))


def test_devices_are_named_by_kind_or_number(gpus_here):
    gpus_here("139:120:3 " * 3)
    assert asked() == DeviceRequest()
    assert asked("--device", "cpu") == DeviceRequest("cpu")
    assert asked("--gpus", "2") == asked("--device", "gpu", "--gpus", "2") == DeviceRequest("gpu", 2)
    assert asked("--device", "2, 0") == DeviceRequest("gpu", 2, ("2", "0"))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--gpus", "4"), "asks for 4 GPUs, and this machine has 3"),
        (("--device", "7"), "asks for GPU 7, and this machine has 3 (0, 1, 2). Choose another."),
        (("--device", "0,1", "--gpus", "3"), "3 GPUs were asked for and 2 named"),
        (("--device", "cpu", "--gpus", "2"), "leave them out, or choose the device gpu"),
        (("--gpus", "0"), "0 GPUs"),
    ],
)
def test_what_is_not_here_is_said_at_once(gpus_here, options, sentence):
    gpus_here("139:120:3 " * 3)
    with pytest.raises(UserError) as raised:
        asked(*options)
    assert sentence in str(raised.value)


def test_doctor_lists_gpus_with_memory_and_use(gpus_here):
    import torch

    gpus_here("139:120:3 139:20:97")
    ok, says = _gpu()
    assert says.startswith(
        "GPU 0 NVIDIA H200 (120 of 139 GiB free, 3% busy); GPU 1 NVIDIA H200 (20 of 139 GiB free, 97% busy)"
    )
    if not torch.cuda.is_available():
        assert ok is False and "but torch cannot use it, see torch" in says
