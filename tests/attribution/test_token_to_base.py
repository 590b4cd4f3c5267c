"""Whatever the tokens are, nothing is lost between tokens and nucleotides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.attribution.token_to_base import spread_tokens


@st.composite
def tokens(draw):
    length = draw(st.integers(0, 40))
    places = draw(st.lists(st.tuples(st.integers(0, length), st.integers(0, length)).map(sorted), max_size=30))
    values = draw(st.lists(st.floats(-1e3, 1e3), min_size=len(places), max_size=len(places)))
    return np.array(values, dtype=float), places, length


@given(tokens())
def test_nucleotides_plus_specials_sum_to_the_tokens(case):
    scores, places, length = case
    nucleotides, special = spread_tokens(scores, places, length)
    assert nucleotides.shape == (length,)
    assert nucleotides.sum() + special == pytest.approx(scores.sum(), abs=1e-8)


@given(tokens())
def test_each_token_gives_equal_shares(case):
    scores, places, length = case
    expected = np.zeros(length)
    for score, (start, end) in zip(scores, places, strict=True):
        if end > start:
            expected[start:end] += score / (end - start)
    np.testing.assert_allclose(spread_tokens(scores, places, length)[0], expected, atol=1e-9)


def test_overlapping_words_add_up_and_special_tokens_stand_apart():
    # [CLS] ACG CGT GTA [SEP] over ACGTA
    nucleotides, special = spread_tokens(
        np.array([0.7, 3.0, 6.0, -3.0, 0.2]), [(0, 0), (0, 3), (1, 4), (2, 5), (5, 5)], 5
    )
    assert nucleotides.tolist() == [1, 3, 2, 1, -1]
    assert special == pytest.approx(0.9)


def test_tokens_outside_are_a_bug_and_said():
    with pytest.raises(ValueError, match="outside the sequence of 4"):
        spread_tokens(np.ones(1), [(2, 5)], 4)
    with pytest.raises(ValueError, match="2 scores but 1 tokens"):
        spread_tokens(np.ones(2), [(0, 1)], 4)
