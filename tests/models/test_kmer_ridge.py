"""Counts of short words, and the ridge regression on them."""

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.models.context import Context
from lib.models.kmer_ridge import PENALTIES, KmerRidgeModel
from lib.models.nets import kmers
from lib.tasks.data import Part, TrainingData


def counted(sequences, k):
    """Count words the slow way; the columns are words by length, then in the order A C G T."""
    words = ["".join(letters) for size in range(1, k + 1) for letters in itertools.product("ACGT", repeat=size)]
    return np.array(
        [[sum(s[i : i + len(w)] == w for i in range(len(s))) for w in words] for s in sequences], dtype=float
    )


def data(n=60, seed=0, targets=1):
    rng = np.random.default_rng(seed)
    sequences = tuple("".join(rng.choice(list("ACGT"), size=rng.integers(15, 30))) for _ in range(n))
    y = np.array([[s.count("AC"), s.count("G")][:targets] for s in sequences], dtype=float)
    y += 0.2 * rng.normal(size=y.shape)
    held = n - 15
    empty = np.empty((n, 0))
    train = Part(sequences[:held], y[:held], empty[:held])
    names = tuple("ab"[:targets])
    return TrainingData(train, Part(sequences[held:], y[held:], empty[held:]), names, "regression")


@settings(deadline=None)
@given(st.lists(st.text("ACGTN", max_size=12), min_size=1, max_size=5), st.integers(1, 3))
def test_products_are_those_of_the_matrix_of_counts(sequences, k):
    rng = np.random.default_rng(0)
    counts, matrix = kmers.Counts.of(sequences, k), counted(sequences, k)
    assert matrix.shape == (len(sequences), kmers.width(k))
    right, left = rng.normal(size=(kmers.width(k), 2)), rng.normal(size=(len(sequences), 3))
    np.testing.assert_allclose(counts.times(right), matrix @ right, atol=1e-9)
    np.testing.assert_allclose(counts.transposed_times(left), matrix.T @ left, atol=1e-9)
    np.testing.assert_allclose(counts.mean(), matrix.mean(axis=0), atol=1e-12)


def test_words_with_an_unknown_letter_count_nothing_and_none_crosses_two_sequences():
    pairs = kmers.Counts.of(["AN", "CA"], 2).transposed_times(np.ones((2, 1)))[4:, 0]
    assert pairs.sum() == 1
    assert pairs[4] == 1, "only CA, the fifth pair"


@pytest.mark.parametrize("targets", [1, 2])
def test_the_weights_solve_the_ridge_equations(targets, tmp_path):
    """Worked in closed form: (Xc'Xc/n + penalty) w = Xc'yc/n, at the penalty that the model says it chose."""
    found = KmerRidgeModel(k=2).fit(data(targets=targets), Context(tmp_path))
    train, held = data(targets=targets).train, data(targets=targets).validation
    counts = counted(train.sequences, 2)
    centred, y = counts - counts.mean(axis=0), train.targets - train.targets.mean(axis=0)
    errors = {}
    for penalty in PENALTIES:
        weights = np.linalg.solve(
            centred.T @ centred / len(y) + penalty * np.eye(centred.shape[1]), centred.T @ y / len(y)
        )
        predicted = (counted(held.sequences, 2) - counts.mean(axis=0)) @ weights + train.targets.mean(axis=0)
        errors[penalty] = ((predicted - held.targets) ** 2).mean(axis=0)
        for target in range(targets):
            if found.penalties[target] == penalty:
                np.testing.assert_allclose(found.predict(held.sequences)[:, target], predicted[:, target], atol=1e-6)
    for target in range(targets):
        chosen = errors[found.penalties[target]][target]
        assert chosen <= min(error[target] for error in errors.values()) + 1e-3, "the best penalty on validation"


def test_nothing_is_learned_from_targets_that_are_pure_noise(tmp_path):
    rng, made = np.random.default_rng(3), data(n=200)
    noise = rng.normal(size=(185, 1))
    part = Part(made.train.sequences, noise, made.train.auxiliary)
    found = KmerRidgeModel(k=6).fit(TrainingData(part, made.validation, ("a",), "regression"), Context(tmp_path))
    assert found.predict(made.validation.sequences).std() < 0.5


def test_an_empty_sequence_is_refused_in_training_and_is_the_intercept_in_prediction(tmp_path):
    made = data()
    found = KmerRidgeModel(k=2).fit(made, Context(tmp_path))
    np.testing.assert_array_equal(found.predict([""])[0], found.intercept)
    part = Part(("", *made.train.sequences[1:]), made.train.targets, made.train.auxiliary)
    with pytest.raises(UserError, match="1 sequences are empty"):
        KmerRidgeModel().fit(TrainingData(part, made.validation, ("a",), "regression"), Context(tmp_path))


def test_the_saved_model_says_its_penalty(tmp_path):
    found = KmerRidgeModel(k=2).fit(data(), Context(tmp_path))
    found.save(tmp_path)
    facts = json.loads((tmp_path / "model.json").read_text())
    assert facts == {"model": "kmer-ridge", "k": 2, "penalties": list(found.penalties)}
    assert found.penalties[0] in PENALTIES
    assert KmerRidgeModel(k=2).parameters(1, 9) == found.weights.size + 1


def test_utr_seq_is_predicted(shared, tmp_path):
    from lib.tasks.metrics import scores
    from tests.bench.bench_models import RIDGE, dataset

    real = dataset(0)
    found = KmerRidgeModel().fit(TrainingData.of(real), Context(tmp_path))
    test = real.rows("test")
    assert scores(real.targets[test], found.predict(real.sequences[test].tolist()))["r2"] >= RIDGE
