"""Folds: every sequence is held out once, similar ones together, classes spread evenly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.datasets import homology
from lib.datasets.folds import draw_folds


def families(sizes, seed=0, length=60):
    """Sequences of which so many each differ from one another by one letter."""
    rng = np.random.default_rng(seed)
    found = []
    for size in sizes:
        stem = "".join(rng.choice(list("ACGT"), length))
        found += [stem[:place] + "ACGT"["TACG".index(stem[place])] + stem[place + 1 :] for place in range(size)]
    return found


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=8, max_size=20), st.integers(2, 5), st.integers(0, 10))
def test_families_stay_together_and_folds_are_about_equal(sizes, count, seed):
    sequences = families(sizes, seed)
    fold = draw_folds(sequences, count, seed=seed)
    groups = homology.components(sequences)
    assert all(len(np.unique(fold[groups == group])) == 1 for group in np.unique(groups))
    filled = np.bincount(fold, minlength=count)
    assert filled.min() > 0
    assert filled.max() - filled.min() <= max(np.bincount(groups))


def test_classes_are_spread_over_the_folds():
    sequences = families([1] * 40)
    labels = np.array([0] * 30 + [1] * 10)
    fold = draw_folds(sequences, 5, labels=labels)
    for number in range(5):
        assert np.bincount(labels[fold == number]).tolist() == [6, 2]


def test_mutants_of_one_sequence_are_dealt_one_by_one():
    fold = draw_folds(families([50]), 5)
    assert np.bincount(fold).tolist() == [10] * 5


def test_copies_stay_together_among_mutants_of_one_sequence():
    fold = draw_folds(families([45]) * 2, 5)
    np.testing.assert_array_equal(fold[:45], fold[45:])
    assert np.bincount(fold).tolist() == [18] * 5


def test_a_seed_draws_the_same_folds_and_another_others():
    sequences = families([1, 2, 3] * 8)
    np.testing.assert_array_equal(draw_folds(sequences, 4, seed=1), draw_folds(sequences, 4, seed=1))
    assert (draw_folds(sequences, 4, seed=1) != draw_folds(sequences, 4, seed=2)).any()


def test_fewer_groups_than_folds_are_refused_with_what_was_found():
    with pytest.raises(UserError, match="Found 3 groups of similar sequences; 5 folds need at least 5"):
        draw_folds(families([2, 2, 2]), 5)
    with pytest.raises(UserError, match="Found 2 sequences"):
        draw_folds(families([1, 1]), 5)
