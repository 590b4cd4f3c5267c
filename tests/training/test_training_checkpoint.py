"""Checkpoints are whole or not there, and hold no pickle."""

import pytest
import torch

from lib.core.errors import UserError
from lib.training import checkpoint
from lib.training.checkpoint import Checkpoint


def made(value):
    return Checkpoint({"model": {"a/b": torch.full((2, 3), value)}, "random": {"cpu": torch.arange(5)}}, {"n": value})


def test_what_is_written_is_read(tmp_path):
    path = checkpoint.write(tmp_path / "c", "epoch-1", made(4.0), extra={"more.json": "{}"})
    found = checkpoint.read(path)
    assert found.facts == {"n": 4.0}
    torch.testing.assert_close(found.tensors["model"]["a/b"], torch.full((2, 3), 4.0))
    assert found.tensors["random"]["cpu"].tolist() == [0, 1, 2, 3, 4]
    assert {file.suffix for file in path.iterdir()} == {".json", ".safetensors"}


def test_only_the_newest_stays(tmp_path):
    for epoch in (9, 10):
        checkpoint.write(tmp_path, f"epoch-{epoch:05d}", made(float(epoch)), extra={})
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-00010"]
    assert checkpoint.newest(tmp_path).name == "epoch-00010"


def test_half_a_checkpoint_is_not_seen(tmp_path):
    assert checkpoint.newest(tmp_path / "nowhere") is None
    checkpoint.write(tmp_path, "epoch-00001", made(1.0), extra={})
    (tmp_path / ".epoch-00002").mkdir()
    (tmp_path / ".epoch-00002" / "state.json").write_text("{}")
    (tmp_path / "epoch-00003").mkdir()
    assert checkpoint.newest(tmp_path).name == "epoch-00001"


def test_a_folder_that_cannot_be_written_gives_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="could not be written"):
        checkpoint.write(tmp_path / "file", "epoch-00001", made(1.0), extra={})


def test_an_optimizer_goes_on_as_if_nothing_had_been():
    def stepped(weights, optimizer):
        (weights**2).sum().backward()
        optimizer.step()
        optimizer.zero_grad()
        return weights.detach().clone()

    def built(start):
        weights = torch.nn.Parameter(start.clone())
        return weights, torch.optim.AdamW([weights], lr=0.1)

    weights, optimizer = built(torch.tensor([1.0, -2.0]))
    between = stepped(weights, optimizer)
    tensors, groups = checkpoint.split_optimizer(optimizer)
    other, resumed = built(between)
    resumed.load_state_dict(checkpoint.join_optimizer({key: value.clone() for key, value in tensors.items()}, groups))
    torch.testing.assert_close(stepped(other, resumed), stepped(weights, optimizer), rtol=0, atol=0)
