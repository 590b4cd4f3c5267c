"""How well attributions agree: values by hand, against scipy, and what must hold for all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from lib.attribution import agreement

SCORES = arrays(np.float64, st.shared(st.integers(2, 40), key="length"), elements=st.integers(-5, 5).map(float))


def test_overlap_by_hand():
    one = np.array([5.0, -4.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    other = np.array([0.0, 9.0, -8.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    assert agreement.top_overlap(one, other) == 0.0, "the largest one: position 0 against position 1"
    assert agreement.top_overlap(one, other, share=0.2) == 0.5, "0 and 1 against 1 and 2"
    assert agreement.top_overlap(one, other, share=0.3) == pytest.approx(2 / 3)


def test_positions_that_tie_share_the_last_places():
    one = np.array([3.0, 1.0, 1.0, 0.0])
    other = np.array([3.0, 0.0, 1.0, 0.0])
    assert agreement.top_overlap(one, other, share=0.5) == 0.75, "one sure place, and half of the other"


def test_a_matrix_holds_every_two_of_them_and_what_chance_gives():
    rows = [np.array([1.0, 2.0, -3.0, 4.0, 0.5]), np.array([4.0, 3.0, 2.0, 1.0, -1.0]), np.zeros(5)]
    found = agreement.compare(rows, share=0.4)
    assert found.spearman.shape == found.overlap.shape == (3, 3)
    assert found.spearman[0, 1] == found.spearman[1, 0] == pytest.approx(stats.spearmanr(*rows[:2]).statistic)
    assert found.overlap[0, 1] == 0.0, "3 and 2 against 0 and 1"
    assert np.isnan(found.spearman[2]).all() and np.isnan(found.overlap[2]).all(), "nothing agrees with nothing"
    assert found.chance == 0.4


def test_sizes_are_compared_where_a_method_gives_sizes_only():
    signed = np.array([-3.0, 2.0, -1.0, 0.5])
    assert agreement.spearman(signed, np.abs(signed)) == 1.0


def test_attributions_of_different_lengths_are_a_bug():
    with pytest.raises(ValueError, match=r"\[3, 4\]"):
        agreement.compare([np.ones(3), np.ones(4)])


@given(SCORES, SCORES)
def test_agreement_is_symmetric_and_bounded(one, other):
    overlap = agreement.top_overlap(one, other)
    assert np.isnan(overlap) or 0 <= overlap <= 1 + 1e-12
    np.testing.assert_equal(overlap, agreement.top_overlap(other, one))
    correlation = agreement.spearman(one, other)
    np.testing.assert_equal(correlation, agreement.spearman(other, one))
    if one.any():
        assert agreement.top_overlap(one, 3 * one) == pytest.approx(1.0)
    if not np.isnan(correlation) and (one < 0).any() == (other < 0).any():
        assert correlation == pytest.approx(stats.spearmanr(one, other).statistic, abs=1e-12)
