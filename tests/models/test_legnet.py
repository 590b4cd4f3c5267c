"""LegNet: padding changes nothing, its attributions add up, sizes are as told."""

import numpy as np
import pytest
import torch

from lib.attribution import METHODS
from lib.models import MODELS
from lib.models.nets.batches import one_hot_batch
from lib.models.nets.legnet import LegNet
from lib.models.nets.shifted import ShiftedExamples
from lib.tasks.data import TrainingData
from lib.training import TrainingContext
from tests.models.test_every_model import FRESH, made

SMALL = {"channels": 8, "epochs": 3, "batch_size": 16}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    data = TrainingData.of(made())
    return MODELS.create("legnet", SMALL).fit(data, TrainingContext(tmp_path_factory.mktemp("legnet"), device="cpu"))


def network(seed=0):
    torch.manual_seed(seed)
    made = LegNet(3, channels=6, stem=5, blocks=3, dropout=0.0)
    for module in made.modules():  # statistics and weights of a norm that has learned something
        if isinstance(module, torch.nn.BatchNorm1d):
            torch.nn.init.uniform_(module.running_mean, -0.5, 0.5)
            torch.nn.init.uniform_(module.running_var, 0.5, 2.0)
            torch.nn.init.normal_(module.bias)
    return made.eval()


def test_padding_changes_no_prediction():
    letters = [np.random.default_rng(length).integers(0, 4, length) for length in (7, 12, 30, 31)]
    together, mask = one_hot_batch([row.astype(np.uint8) for row in letters])
    with torch.no_grad():
        padded = network()(together, mask)
        alone = torch.cat([network()(*one_hot_batch([row.astype(np.uint8)])) for row in letters])
    torch.testing.assert_close(padded, alone, rtol=1e-4, atol=1e-5)


def test_channels_are_weighted_by_the_whole_sequence():
    """A change at one end reaches what is predicted by more than its surroundings: the gate sees all places."""
    net = network()
    block = net.blocks[0]
    x = torch.randn(1, 12, 40)
    y = x.clone()
    y[:, :, 0] += 5.0
    assert (block.gate(x, None)[:, :, -1] - block.gate(y, None)[:, :, -1]).abs().max() > 1e-4


@pytest.mark.parametrize("method", ["deep-lift", "integrated-gradients"])
def test_attributions_add_up(fitted, method):
    found = METHODS.create(method).attribute(fitted, FRESH[:2] + FRESH[3:], target=1)
    for item in found:
        difference = item.prediction - item.reference_prediction
        assert item.scores.sum() == pytest.approx(difference, abs=0.01 * abs(difference) + 1e-4)


def test_sequences_are_moved_only_while_learned_and_never_by_more_than_told():
    sequences = ["ACGTACGTTGCATGCCATGA", "GATTACAGATTACA"]
    examples = ShiftedExamples(sequences, np.zeros((2, 1)), most=3, seed=5)
    plain, _ = examples.batch([0, 1])
    seen = set()
    for step in range(1, 60):
        examples.step = step
        moved, _ = examples.batch([0])
        by = [s for s in range(-3, 4) if torch.equal(shifted(plain[:1, :, :20], s), moved)]
        assert len(by) == 1
        seen |= set(by)
        again, _ = examples.batch([0])
        assert torch.equal(again, moved), "a step that is made again after a kill sees the same"
    assert seen == set(range(-3, 4))
    examples.step = 0
    assert torch.equal(examples.batch([0, 1])[0], plain)


def shifted(values, by):
    found = torch.zeros_like(values)
    length = values.shape[2]
    found[:, :, max(by, 0) : length + min(by, 0)] = values[:, :, max(-by, 0) : length - max(by, 0)]
    return found
