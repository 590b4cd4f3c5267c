"""In-silico mutagenesis against a model that is a table of weights."""

import numpy as np
import pytest

from lib.attribution import METHODS
from lib.attribution.mutagenesis import Mutagenesis
from lib.core.alphabet import one_hot
from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.models import mutants


class Weights:
    """Targets are weights (T, 4, L) times the one-hot sequence, read from the left."""

    def __init__(self, weights):
        self.weights, self.largest = weights, 0

    def predict(self, sequences, *, progress=None):
        self.largest = max(self.largest, len(sequences))
        return np.stack([np.einsum("cl,tcl->t", one_hot(s), self.weights[:, :, : len(s)]) for s in sequences])

    def save(self, folder): ...


@pytest.fixture
def model():
    return Weights(np.random.default_rng(0).normal(size=(3, 4, 9)))


def test_effects_are_differences_of_weights(model):
    sequence = "ACGTTGC"
    [found] = Mutagenesis().attribute(model, [sequence], target=2)
    weights = model.weights[2, :, :7]
    standing = (one_hot(sequence) * weights).sum(axis=0)
    np.testing.assert_allclose(found.effects, weights - standing, atol=1e-12)
    assert (found.effects[one_hot(sequence) == 1] == 0).all(), "no change where the base stands already"
    np.testing.assert_allclose(found.scores, -(weights - standing).sum(axis=0) / 3, atol=1e-12)
    assert found.prediction == pytest.approx(standing.sum())
    others = weights - (weights.sum(axis=0) - weights) / 3
    np.testing.assert_allclose(found.hypothetical, others, atol=1e-12, err_msg="against the mean of the three others")
    np.testing.assert_allclose((found.hypothetical * one_hot(sequence)).sum(axis=0), found.scores, atol=1e-12)
    assert (found.delta, found.reference_prediction, found.relative_delta) == (None,) * 3


def test_an_unknown_letter_has_four_mutations(model):
    [found] = Mutagenesis().attribute(model, ["ANG"])
    np.testing.assert_allclose(found.effects[:, 1], model.weights[0, :, 1], atol=1e-12)
    assert found.scores[1] == pytest.approx(-model.weights[0, :, 1].mean())


def test_sequences_of_any_length_keep_their_order_and_batches_their_bound(model, monkeypatch):
    sequences = ["ACGTTGC", "GG", "TTGACCATG"]
    whole = Mutagenesis().attribute(model, sequences)
    monkeypatch.setattr(mutants, "LETTERS", 20)
    model.largest = 0
    cut = Mutagenesis().attribute(model, sequences)
    assert model.largest == 6, "10 mutants of 2 nt would fit, but there are 6"
    for sequence, one, other in zip(sequences, whole, cut, strict=True):
        assert one.sequence == sequence and one.effects.shape == (4, len(sequence))
        np.testing.assert_array_equal(one.effects, other.effects)


def test_what_cannot_be_done_is_said(model):
    with pytest.raises(UserError, match="empty"):
        Mutagenesis().attribute(model, [""])
    with pytest.raises(UserError, match="3 targets; there is no target number 6"):
        Mutagenesis().attribute(model, ["ACG"], target=5)


def test_progress_is_told_and_can_stop(model):
    seen = []
    Mutagenesis().attribute(model, ["ACG", "TT"], progress=Callback(seen.append))
    assert [report.step for report in seen] == [0, 1, 2]
    with pytest.raises(Cancelled):
        Mutagenesis().attribute(model, ["ACG"], progress=Callback(seen.append, cancelled=lambda: True))


def test_it_is_registered_under_its_slug():
    assert METHODS.create("in-silico-mutagenesis") == Mutagenesis()
