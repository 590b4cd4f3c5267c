"""Checkpoints hold what is learned and know the frozen rest."""

import pytest
import torch
from torch import nn

from lib.core.errors import UserError
from lib.training import checkpoint
from tests.training import small_network as small


def frozen_words(scale=1.0):
    """Make a network whose embedding is given and stays."""
    network = small.Small()
    torch.manual_seed(0)
    network.words.weight.data = torch.randn(9, 6) * scale
    network.words.requires_grad_(requires_grad=False)
    return network


def test_frozen_weights_are_in_no_checkpoint_and_do_not_move(tmp_path):
    outcome = small.fit(tmp_path, frozen_words)
    torch.testing.assert_close(outcome.weights["words.weight"], frozen_words().words.weight, atol=0, rtol=0)
    tensors = checkpoint.read(checkpoint.newest(tmp_path / "checkpoints")).tensors
    for group in ("model", "best"):
        assert set(tensors[group]) == {"ln.weight", "ln.bias", "head.weight", "head.bias"}
    assert not torch.equal(tensors["model"]["head.weight"], tensors["best"]["head.weight"]) or outcome.epoch == 3


def test_a_training_does_not_go_on_beside_other_frozen_weights(tmp_path):
    small.fit(tmp_path, frozen_words)
    again = small.fit(tmp_path, frozen_words)
    assert again.weights["head.bias"].shape == (3,)
    with pytest.raises(UserError, match="pretrained weights are not those that this training began with"):
        small.fit(tmp_path, lambda: frozen_words(scale=1.001))


def test_the_network_has_the_weights_of_the_best_epoch(tmp_path):
    made = []
    outcome = small.fit(tmp_path, lambda: made.append(small.Small()) or made[0])
    best = checkpoint.read(checkpoint.newest(tmp_path / "checkpoints")).tensors["best"]
    for name, values in made[0].state_dict().items():
        assert torch.equal(values, best[name]), name
        assert torch.equal(values, outcome.weights[name]), name


def test_a_fingerprint_tells_names_shapes_and_numbers():
    network = frozen_words()
    told = checkpoint.fingerprint(network)
    assert len(told) == 32
    assert checkpoint.fingerprint(frozen_words()) == told
    network.words.weight.data[4, 2] += 1e-6
    assert checkpoint.fingerprint(network) != told
    assert checkpoint.fingerprint(frozen_words().bfloat16()) != told
    assert checkpoint.fingerprint(small.Small()) == "", "nothing is frozen"


def test_buffers_are_learned_and_tied_parameters_are_kept_once():
    network = nn.ModuleDict({"words": nn.Embedding(5, 3), "norm": nn.BatchNorm1d(3), "out": nn.Linear(3, 5)})
    network["out"].weight = network["words"].weight
    kept = checkpoint.copy_trainable(network)
    assert set(kept) == {
        *("words.weight", "norm.weight", "norm.bias", "out.bias"),
        *("norm.running_mean", "norm.running_var", "norm.num_batches_tracked"),
    }
    network["out"].weight.data.zero_()
    checkpoint.load_trainable(network, kept)
    assert torch.equal(network["out"].weight, kept["words.weight"])
    with pytest.raises(ValueError, match=r"not those of this network: norm\.bias"):
        checkpoint.load_trainable(network, {name: kept[name] for name in kept if name != "norm.bias"})
