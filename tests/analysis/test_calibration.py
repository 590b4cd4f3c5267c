"""Whether a spread is as large as the errors, with spreads whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from lib.analysis.calibration import bins, coverage, factor


def test_bins_by_hand():
    spread = np.array([0.3, 0.1, 0.3, 0.1, 0.1, 0.3])
    error = np.array([3.0, 1.0, -5.0, -1.0, 4.0, 4.0])
    found = bins(spread, error, fewest=3)
    assert found["n"].tolist() == [3, 3]
    assert found["spread"].tolist() == pytest.approx([0.1, 0.3])
    assert found["mae"].tolist() == pytest.approx([2.0, 4.0])
    assert found["rmse"].tolist() == pytest.approx([np.sqrt(6.0), np.sqrt(50 / 3)])
    theirs = stats.t.interval(0.95, 2, loc=4.0, scale=stats.sem([3.0, 5.0, 4.0]))
    assert (found["mae_low"][1], found["mae_high"][1]) == pytest.approx(theirs)
    assert found["mae_low"][0] == 0.0, "no error is smaller than none"
    assert bins(np.empty(0), np.empty(0)).empty


def test_a_spread_that_is_right_covers_what_it_says_and_half_of_it_too_little():
    rng = np.random.default_rng(0)
    spread = rng.uniform(0.5, 2.0, 4001)
    error = spread * rng.normal(size=4001)
    right, half = coverage(spread, error), coverage(spread / 2, error)
    for row in right.itertuples():
        assert row.low - 0.01 < row.expected < row.high + 0.01, row
    assert (half["observed"] < half["expected"] - 0.05).all()
    assert factor(spread, error) == pytest.approx(1.0, abs=0.05)
    assert factor(spread / 2, error) == pytest.approx(2.0, abs=0.1)


def test_the_interval_of_a_share_is_that_of_wilson():
    found = coverage(np.ones(10), np.array([0.1] * 7 + [9.0] * 3), levels=[0.9])
    ends = stats.binomtest(7, 10).proportion_ci(method="wilson")
    assert found["observed"][0] == 0.7
    assert (found["low"][0], found["high"][0]) == pytest.approx((ends.low, ends.high))


def test_nothing_and_no_spread_are_no_faults():
    assert np.isnan(coverage(np.empty(0), np.empty(0))["observed"]).all()
    assert np.isnan(factor(np.zeros(3), np.ones(3)))
    assert coverage(np.zeros(3), np.ones(3))["observed"].tolist() == [0.0] * 6
