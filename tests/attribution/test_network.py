"""Passes through a network hold a bounded amount of memory, measured on the network itself."""

import numpy as np
import pytest
import torch
from torch import nn

from lib.attribution import METHODS
from lib.attribution import _network as networks
from lib.attribution._network import Network
from lib.core.errors import UserError
from lib.core.registry import settings_of
from tests.attribution.explained import OneHot, Small, bert


class Wide(nn.Module):
    """Keeps what goes into ReLU, 7 channels of L numbers of 4 bytes, and what comes out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu = nn.Conv1d(4, 7, 1), nn.ReLU()

    def forward(self, x):
        return self.relu(self.conv(x)).mean(dim=2)


def test_a_pass_holds_as_many_points_as_memory_allows(monkeypatch):
    network = Network(Wide().eval(), 0, over=1)
    points = torch.rand(30, 4, 50)
    [whole] = network.passes(points, None, 30)
    assert (whole.start, whole.stop) == (0, 30)
    each = network._bytes[4, 50]
    assert 7 * 50 * 4 <= each <= 3 * 7 * 50 * 4 + 4 * 50 * 4, "weights are not counted, states are"
    monkeypatch.setattr(networks, "_BYTES", {"cpu": 8 * each})
    assert [part.stop - part.start for part in network.passes(points, None, 30)] == [8, 8, 8, 6]
    assert [part.stop - part.start for part in network.passes(points, None, 30, each=4)][:2] == [2, 2]
    assert list(network.passes(points, None, 0)) == []


def test_what_no_memory_is_left_for_is_refused(monkeypatch):
    monkeypatch.setattr("lib.core.memory.free", lambda: 10)
    with pytest.raises(UserError, match="The gradients of this sequence needs about .* Attribute a shorter part"):
        METHODS.create("deep-lift", {"reference": "zeros"}).attribute(OneHot(Small()), ["ACGTACGT"])


def test_small_passes_give_the_same_numbers(monkeypatch):
    sequences = ["ACGTTGCAACG", "TTGACCATGCA"]
    for name in ("deep-lift", "gradient-shap", "feature-ablation", "input-x-gradient"):
        for model in (OneHot(Small()), bert()):
            known = {item.name for item in settings_of(METHODS.get(name))}
            method = METHODS.create(name, {key: 2 for key in ("shuffles", "points") if key in known})
            monkeypatch.setattr(networks, "_BYTES", {"cpu": 2**26})
            together = method.attribute(model, sequences)
            monkeypatch.setattr(networks, "_BYTES", {"cpu": 1})
            for one, other in zip(together, method.attribute(model, sequences), strict=True):
                np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)
