"""One job per GPU, one on a machine without."""

import os
import stat

import pytest

from lib.core.errors import UserError
from lib.jobs import slots


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine whose nvidia-smi lists as many GPUs as the test says; None for a machine without."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("MOTIFLENS_SLOTS", raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(slots, "_DRIVER", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))

    def have(count: int | None) -> None:
        if count is not None:
            lines = "".join(f"echo 'GPU {i}: NVIDIA H200 (UUID: GPU-{i})'\n" for i in range(count))
            tool = tmp_path / "nvidia-smi"
            tool.write_text(f"#!/bin/sh\n{lines}")
            tool.chmod(tool.stat().st_mode | stat.S_IXUSR)

    return have


@pytest.mark.parametrize(
    ("gpus", "visible", "asked", "expected"),
    [
        (None, None, None, ["cpu-0"]),
        (0, None, None, ["cpu-0"]),
        (3, None, None, ["gpu-0", "gpu-1", "gpu-2"]),
        (3, "2,0", None, ["gpu-2", "gpu-0"]),
        (3, "", None, ["cpu-0"]),
        (3, "-1", None, ["cpu-0"]),
        (None, None, "2", ["cpu-0", "cpu-1"]),
        (2, None, "1", ["gpu-0"]),
        (2, None, "3", ["gpu-0", "gpu-1", "gpu-0+1"]),
    ],
)
def test_slots_follow_the_gpus_or_what_was_asked_for(machine, monkeypatch, gpus, visible, asked, expected):
    machine(gpus)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    if asked is not None:
        monkeypatch.setenv("MOTIFLENS_SLOTS", asked)
    assert slots.slots() == expected


@pytest.mark.parametrize("asked", ["0", "-1", "many", "1.5"])
def test_a_wrong_number_of_slots_is_a_clear_sentence(machine, monkeypatch, asked):
    monkeypatch.setenv("MOTIFLENS_SLOTS", asked)
    with pytest.raises(UserError, match=f"MOTIFLENS_SLOTS is '{asked}'; it must be"):
        slots.slots()


def test_a_job_sees_the_gpu_of_its_slot_alone(machine):
    assert slots.environment("gpu-2", 3)["CUDA_VISIBLE_DEVICES"] == "2"
    assert slots.environment("gpu-0+1", 3)["CUDA_VISIBLE_DEVICES"] == "0"
    assert slots.environment("gpu-GPU-5a-7", 1)["CUDA_VISIBLE_DEVICES"] == "GPU-5a-7", "names may hold hyphens"


def test_jobs_side_by_side_share_the_processor(machine):
    assert slots.environment("cpu-0", 1) == {}
    assert slots.environment("cpu-1", 2) == {"OMP_NUM_THREADS": str(max(1, os.cpu_count() // 2))}
