"""The network with places first computes the same numbers and gradients as the network itself."""

import numpy as np
import pytest
import torch
from torch import nn

from lib.models.nets.mean_network import MeanNetwork
from lib.models.nets.places_first import PlacesFirst, places_first
from lib.models.nets.residual import ResidualNetwork, TargetNetwork

OPTIONS = {"channels": 6, "stem": 5, "pool": 2, "kernel": 3, "dilations": (1, 2, 4), "dropout": 0.2}


def network(seed=0, **changes):
    torch.manual_seed(seed)
    body = ResidualNetwork(3, **{**OPTIONS, **changes})
    for module in body.modules():
        if isinstance(module, nn.BatchNorm1d):  # as after a training
            for numbers in (module.weight, module.bias, module.running_mean):
                nn.init.normal_(numbers, 0.3, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    made = TargetNetwork(body, torch.tensor([1.0, -2.0]), torch.tensor([0.5, 3.0])).eval()
    return made.requires_grad_(requires_grad=False).double()


def slopes(module, points):
    begin = points.clone().requires_grad_()
    values = module(begin)
    return values.detach(), torch.autograd.grad((values * torch.tensor([1.0, -0.7])).sum(), begin)[0]


@pytest.mark.parametrize("length", [1, 2, 7, 24])
@pytest.mark.parametrize(
    "changes",
    [{}, {"stem": 7, "pool": 3}, {"kernel": 5, "dilations": (8,)}, {"kernel": 1, "dilations": ()}, {"regions": 4}],
)
def test_values_and_gradients_are_the_same(length, changes):
    plain = network(**changes)
    quick = places_first(plain)
    assert isinstance(quick.body, PlacesFirst)
    points = torch.tensor(np.random.default_rng(3).normal(size=(5, 4, length)))
    for one, other in zip(slopes(plain, points), slopes(quick, points), strict=True):
        torch.testing.assert_close(other, one, rtol=1e-10, atol=1e-12)


def test_the_mean_of_networks_is_quick_too_and_others_stay():
    mean = MeanNetwork([network(1), network(2)], np.array([0.7, 0.2]), np.array([0.5]))
    quick = places_first(mean)
    assert all(isinstance(one.body, PlacesFirst) for one in quick.networks)
    points = torch.rand(2, 4, 9, dtype=torch.float64)
    torch.testing.assert_close(slopes(quick, points)[1], slopes(mean, points)[1], rtol=1e-10, atol=1e-12)
    for other in (nn.Linear(3, 2), network(kernel=4)):
        assert places_first(other) is other
