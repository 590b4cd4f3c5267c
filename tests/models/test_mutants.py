"""The quick ways to all single mutants give what one prediction for each mutant gives."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lib.core.alphabet import BASES
from lib.core.errors import Cancelled
from lib.models import mutants
from lib.models.base import Mutagenic
from lib.models.cnn import CnnModel, FittedCnn
from lib.models.ensemble import FittedEnsemble
from lib.models.kmer_ridge import FittedKmerRidge
from lib.models.nets.mutants import Mutants
from lib.models.nets.residual import ResidualNetwork, TargetNetwork

LENGTHS = (1, 2, 7, 20, 20, 53, 110, 111)


def network(*, targets=3, channels=7, stem=9, pool=2, blocks=3, kernel=5, regions=1, dtype=torch.float32):
    """A network with weights and running statistics that are nothing special."""
    torch.manual_seed(blocks)
    dilations = [2**block for block in range(blocks)]
    sizes = {"channels": channels, "stem": stem, "pool": pool, "kernel": kernel, "regions": regions}
    body = ResidualNetwork(targets + 2, dilations=dilations, dropout=0.1, **sizes)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    made = TargetNetwork(body, torch.randn(targets), torch.rand(targets) + 2.0)
    return made.to(dtype).eval().requires_grad_(requires_grad=False)


def sequences():
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("ACGT"), length)) for length in LENGTHS] + ["ACGNNTTNA" * 9, "NN"]


def one_by_one(fitted, sequence, target):
    """Predict every mutant on its own."""
    effects = np.zeros((4, len(sequence)))
    prediction = fitted.predict([sequence])[0, target]
    for position, standing in enumerate(sequence):
        for channel, base in enumerate(BASES):
            if base != standing:
                mutant = sequence[:position] + base + sequence[position + 1 :]
                effects[channel, position] = fitted.predict([mutant])[0, target] - prediction
    return prediction, effects


def ridge(seed, k=4, targets=3):
    rng = np.random.default_rng(seed)
    return FittedKmerRidge(k, rng.normal(size=((4 ** (k + 1) - 4) // 3, targets)), rng.normal(size=targets), (1.0,))


@pytest.mark.parametrize(
    "sizes",
    [
        {},
        {"pool": 3},
        {"pool": 1, "blocks": 1},
        {"stem": 25, "blocks": 2},
        {"stem": 5, "blocks": 5},
        {"kernel": 3},
        {"regions": 4},
    ],
    ids=str,
)
def test_a_network_computes_what_every_mutant_alone_gives(sizes):
    fitted = FittedCnn(CnnModel(), network(**sizes), 1)
    asked = sequences()
    seen = set()
    for number, prediction, effects in mutants.effects(fitted, asked, target=1, alive=lambda: None):
        expected, each = one_by_one(fitted, asked[number], 1)
        assert prediction == pytest.approx(expected, abs=1e-5)
        np.testing.assert_allclose(effects, each, atol=1e-5, err_msg=f"{len(asked[number])} nt")
        seen.add(number)
    assert seen == set(range(len(asked))), "each sequence once"


def test_differences_are_nearer_to_the_truth_than_subtracted_predictions():
    sequence = sequences()[6]
    exact = Mutants(network(dtype=torch.float32), 0)
    [(_, _, quick)] = exact.effects([sequence], lambda: None)
    _, subtracted = one_by_one(FittedCnn(CnnModel(), network(), 1), sequence, 0)
    [(_, _, double)] = Mutants(network(dtype=torch.float64), 0).effects([sequence], lambda: None)
    assert np.abs(quick - double).max() < np.abs(subtracted - double).max() < 1e-5


def test_even_filters_are_refused():
    with pytest.raises(ValueError, match=r"\[9, 4, 4, 4\]"):
        Mutants(network(kernel=4), 0)


@settings(max_examples=60, deadline=None)
@given(st.text("ACGTN", min_size=1, max_size=30), st.integers(1, 5), st.integers(0, 2))
def test_counted_words_change_as_the_prediction_does(sequence, k, target):
    fitted = ridge(k, k=k)
    [(number, prediction, effects)] = mutants.effects(fitted, [sequence], target=target, alive=lambda: None)
    expected, each = one_by_one(fitted, sequence, target)
    assert number == 0
    assert prediction == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(effects, each, atol=1e-9)


def test_an_ensemble_is_the_mean_of_its_members(tmp_path, monkeypatch):
    monkeypatch.setattr("lib.models.ensemble._MUTATED", 2)
    members = {"1-a": ridge(1), "2-b": FittedCnn(CnnModel(), network(), 1), "3-c": Plain(ridge(3, k=2))}
    fitted = FittedEnsemble(members, tmp_path)
    asked = sequences()[2:7]
    for number, prediction, effects in mutants.effects(fitted, asked, target=2, alive=lambda: None):
        expected, each = one_by_one(fitted, asked[number], 2)
        assert prediction == pytest.approx(expected, abs=1e-5)
        np.testing.assert_allclose(effects, each, atol=1e-5)


class Plain:
    """A model that can only predict."""

    def __init__(self, fitted):
        self.fitted = fitted

    def predict(self, sequences, *, progress=None):
        return self.fitted.predict(sequences)

    def save(self, folder): ...


def test_who_knows_a_quicker_way_is_asked_for_it():
    assert isinstance(ridge(0), Mutagenic)
    assert isinstance(FittedCnn(CnnModel(), network(), 1), Mutagenic)
    assert not isinstance(Plain(ridge(0)), Mutagenic)


@pytest.mark.parametrize("kind", ["cnn", "ridge", "plain"])
def test_it_can_be_stopped(kind):
    fitted = {"cnn": FittedCnn(CnnModel(), network(), 1), "ridge": ridge(0), "plain": Plain(ridge(0))}[kind]
    told = []

    def alive():
        told.append(None)
        if len(told) == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(mutants.effects(fitted, sequences(), target=0, alive=alive))
