"""Two processes that train together over gloo have the numbers of one that computes as many pieces."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from lib.training.process_group import ProcessGroup
from tests.training import small_network as small

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    """Folders of what two processes trained."""
    folder = tmp_path_factory.mktemp("together")
    launch = [sys.executable, "-m", "accelerate.commands.accelerate_cli", "launch", "--multi_gpu"]
    options = ["--num_processes=2", "--num_machines=1", "--machine_rank=0", "--main_process_port=0"]
    options += ["--mixed_precision=no", "--dynamo_backend=no", "--module", "tests.training.small_network", str(folder)]
    alone = {"ACCELERATE_USE_CPU": "true", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    environment = os.environ | alone | {"GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo"}
    done = subprocess.run(
        [*launch, *options], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, done.stderr


def same(first, second):
    pd.testing.assert_frame_equal(small.history(first), small.history(second), check_exact=False, atol=1e-6, rtol=0)


def test_they_have_the_losses_of_one_process(together, tmp_path):
    small.fit(tmp_path, accumulation=2)
    same(together[0] / "shared", tmp_path)


def test_stopped_and_resumed_they_have_the_same_losses(together):
    """The first was told to stop in the second epoch, and both did."""
    same(together[0] / "resumed", together[0] / "shared")
    assert sorted(path.name for path in together[0].glob("stopped-*")) == ["stopped-0-at-6", "stopped-1-at-0"]


def test_when_one_runs_out_of_memory_all_take_smaller_pieces(together, tmp_path):
    """Pieces of 7 do not fit into the second process; pieces of 4 do."""
    small.fit(tmp_path, accumulation=4)
    same(together[0] / "full", tmp_path)
    assert "Memory ran out at step 1 with 7 sequences at a time" in together[1]


def test_one_process_is_asked_nothing():
    alone = ProcessGroup(0, 1, torch.device("cpu"))
    assert alone.max(3) == 3
    assert alone.sum(torch.tensor([2.0])).tolist() == [2.0]
    assert alone.is_chief
