"""Every attribution method, present and future, keeps the same promises."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from lib.attribution import METHODS
from lib.core.alphabet import one_hot
from lib.core.progress import Callback
from lib.core.registry import settings_of, values_of

SEQUENCES = ["ACGTTGCAACGTA", "TTGACNNATGCAAGGTACATTT", "GGCATGA", "ACGTTGCAACGTC"]


class Small(nn.Module):
    """A ReLU network for sequences of any length, two targets."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.conv, self.relu = nn.Conv1d(4, 6, 5, padding=2), nn.ReLU()
        self.pool, self.flat, self.head = nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(6, 2)

    def forward(self, x):
        return self.head(self.flat(self.pool(self.relu(self.conv(x)))))


class Trained:
    def __init__(self) -> None:
        self.module = Small().eval()

    def network(self) -> nn.Module:
        return self.module

    def predict(self, sequences, *, progress=None):
        with torch.no_grad():
            return np.stack([self.module(torch.tensor(one_hot(s)[None]))[0].numpy() for s in sequences]).astype(float)

    def save(self, folder): ...


@pytest.fixture(params=METHODS.all(), scope="module")
def method(request):
    return METHODS.create(request.param)


@pytest.fixture(scope="module")
def found(method):
    return method.attribute(Trained(), SEQUENCES, target=1, target_name="late", seed=2)


def test_one_attribution_for_each_sequence_in_their_order(found):
    assert [item.sequence for item in found] == SEQUENCES
    for item in found:
        length = len(item.sequence)
        assert item.scores.shape == (length,) and item.scores.dtype == np.float64
        assert np.isfinite(item.scores).all()
        assert item.hypothetical is None or item.hypothetical.shape == (4, length)
        assert item.effects is None or item.effects.shape == (4, length)
        assert item.effects is None or (item.effects[one_hot(item.sequence) == 1] == 0).all()


def test_it_says_what_it_did(found, method):
    predicted = Trained().predict(SEQUENCES)[:, 1]
    for item, prediction in zip(found, predicted, strict=True):
        assert item.prediction == pytest.approx(prediction, abs=1e-5)
        assert (item.method, item.target) == (method.label, "late")
        assert item.reference and item.rule
        if item.delta is not None:
            difference = item.prediction - item.reference_prediction
            assert item.scores.sum() - difference == pytest.approx(item.delta, abs=1e-9)


def test_the_same_seed_gives_the_same_numbers_alone_or_together(found, method):
    for item in found:
        [alone] = method.attribute(Trained(), [item.sequence], target=1, target_name="late", seed=2)
        np.testing.assert_allclose(alone.scores, item.scores, atol=1e-6)


def test_the_model_comes_back_as_it_was(method):
    trained = Trained()
    before = {name: value.clone() for name, value in trained.module.state_dict().items()}
    method.attribute(trained, SEQUENCES[:2])
    assert all(torch.equal(value, before[name]) for name, value in trained.module.state_dict().items())
    assert not trained.module.training and all(p.grad is None for p in trained.module.parameters())


def test_progress_ends_at_the_last_sequence(method):
    seen = []
    method.attribute(Trained(), SEQUENCES, progress=Callback(seen.append))
    assert (seen[-1].step, seen[-1].total) == (4, 4)
    assert [report.step for report in seen] == sorted(report.step for report in seen)
    assert method.attribute(Trained(), []) == []


def test_settings_can_be_shown_and_stored(method):
    assert dataclasses.is_dataclass(method) and method.summary.endswith(".")
    assert METHODS.create(method.name, json.loads(json.dumps(values_of(method)))) == method
    for item in settings_of(method):
        assert item.label and item.help
        assert item.type is bool or item.choices or not math.isnan(item.low)
