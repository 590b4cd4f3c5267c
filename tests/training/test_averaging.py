"""The running mean of weights: by hand, and the same after a kill as in one go."""

import numpy as np
import pytest
import torch
from torch import nn

from lib.core.errors import Cancelled
from lib.core.progress import Callback
from lib.models import MODELS
from lib.tasks.data import TrainingData
from lib.training import TrainingContext
from lib.training.averaging import AveragedWeights
from tests.models.test_every_model import FRESH, made


class State:
    global_step = 0


def test_the_mean_by_hand():
    network = nn.Linear(1, 1, bias=False)
    mean, state, by_hand = AveragedWeights(network, 0.5), State(), None
    for step, value in enumerate([1.0, 3.0, 7.0], start=1):
        nn.init.constant_(network.weight, value)
        state.global_step = step
        mean.on_step_end(None, state, None)
        share = min(0.5, (1 + step) / (10 + step))
        by_hand = value if by_hand is None else share * by_hand + (1 - share) * value
        assert mean.weights["weight"].item() == pytest.approx(by_hand)
    with mean.replacing():
        assert network.weight.item() == pytest.approx(by_hand)
    assert network.weight.item() == 7.0


def test_statistics_that_processes_agree_on_are_those_of_the_mean():
    network = nn.BatchNorm1d(2)
    mean = AveragedWeights(network, 0.5)
    mean.on_step_end(None, State(), None)
    own = network.running_mean.clone()
    with mean.replacing():
        network.running_mean.fill_(3.0)  # what the average over processes does
        mean.take()
    torch.testing.assert_close(network.running_mean, own)
    torch.testing.assert_close(mean.weights["running_mean"], torch.full((2,), 3.0))


def test_no_mean_leaves_the_network_as_it_is():
    network = nn.Linear(1, 1)
    mean = AveragedWeights(network, 0.0)
    mean.on_step_end(None, State(), None)
    before = network.weight.clone()
    with mean.replacing():
        torch.testing.assert_close(network.weight, before)


def test_a_training_that_was_stopped_goes_on_to_the_same_mean(tmp_path):
    model = MODELS.create("legnet", {"channels": 6, "epochs": 4, "batch_size": 16, "averaging": 0.9})
    data = TrainingData.of(made())
    whole = model.fit(data, TrainingContext(tmp_path / "whole", device="cpu"))

    def stop(report):
        if report.epoch is not None and report.epoch > 2.4:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        model.fit(data, TrainingContext(tmp_path / "twice", device="cpu", progress=Callback(stop)))
    again = model.fit(data, TrainingContext(tmp_path / "twice", device="cpu"))
    np.testing.assert_array_equal(again.predict(FRESH), whole.predict(FRESH))
    plain = MODELS.create("legnet", {"channels": 6, "epochs": 4, "batch_size": 16, "averaging": 0.0})
    assert (
        plain.fit(data, TrainingContext(tmp_path / "plain", device="cpu")).predict(FRESH) != whole.predict(FRESH)
    ).any()
