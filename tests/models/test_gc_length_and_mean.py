"""The two simplest models, against what can be worked out by hand."""

import numpy as np
import pytest

from lib.models.context import Context
from lib.models.gc_length import GcLengthModel, features
from lib.models.mean import MeanModel
from lib.tasks.data import Part, TrainingData


def data(sequences, targets):
    part = Part(tuple(sequences), np.asarray(targets, dtype=float), np.empty((len(sequences), 0)))
    return TrainingData(part, part, ("a",), "regression")


def test_the_mean_is_the_mean_of_each_target(tmp_path):
    found = MeanModel().fit(data(["A", "C", "G"], [[1, 10], [2, 20], [6, 60]]), Context(tmp_path))
    np.testing.assert_array_equal(found.predict(["T", "TT"]), [[3, 30], [3, 30]])


def test_features_are_gc_its_square_and_log2_length():
    np.testing.assert_array_equal(features(["GGGA", "NN", "CT"]), [[0.75, 0.5625, 2], [0.5, 0.25, 1], [0.5, 0.25, 1]])
    assert features([]).shape == (0, 3)


def test_a_target_made_of_gc_and_length_is_predicted_exactly(tmp_path):
    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list("ACGT"), size=size)) for size in rng.integers(5, 60, size=40)]
    made = features(sequences) @ [[2.0], [-3.0], [0.5]] + 4.0
    found = GcLengthModel().fit(data(sequences, made), Context(tmp_path))
    np.testing.assert_allclose(found.predict(sequences), made, atol=1e-9)


@pytest.mark.parametrize("length", [7, 110])
def test_sequences_of_one_length_say_nothing_about_length(length, tmp_path):
    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list("ACGT"), size=length)) for _ in range(30)]
    found = GcLengthModel().fit(data(sequences, rng.normal(size=(30, 1))), Context(tmp_path))
    assert found.weights[2, 0] == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(found.predict([sequences[0] * 3]), found.predict([sequences[0]]), atol=1e-9)
