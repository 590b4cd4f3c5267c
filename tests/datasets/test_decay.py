"""The onset model of decay: constant, then exponential."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit
from scipy.stats import linregress, t

from lib.core.errors import UserError
from lib.datasets import decay

HOURS = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12])
LN2 = np.log(2)


def hinge(hours, level, decline, onset):
    return level - decline * np.maximum(0, hours - onset)


def test_a_perfect_decay_is_found_to_the_digit() -> None:
    values = np.vstack([hinge(HOURS, 8.0, 0.5, 3.0), hinge(HOURS, 5.0, 1.0, 4.6), hinge(HOURS, 7.0, 0.25, 0.0)])
    fits = decay.fit(HOURS, values)
    np.testing.assert_allclose(fits["rate"], np.array([0.5, 1.0, 0.25]) * LN2, rtol=1e-9)
    np.testing.assert_allclose(fits["half_life"], [2.0, 1.0, 4.0], rtol=1e-9)
    np.testing.assert_allclose(fits["onset"], [3.0, 4.6, 0.0], atol=1e-9)
    np.testing.assert_allclose(fits["level"], [8.0, 5.0, 7.0], rtol=1e-9)
    np.testing.assert_allclose(fits["fit_r2"], 1.0)
    np.testing.assert_allclose(fits["rate_low"], fits["rate_high"], rtol=1e-5)
    np.testing.assert_allclose(decay.curve(fits.iloc[1], HOURS), values[1])


def test_three_times_are_a_regression_line_with_its_t_interval() -> None:
    hours, values = np.array([0.0, 2.0, 5.0]), np.array([[4.0, 3.5, 1.0]])
    line = linregress(hours, values[0])
    fits = decay.fit(hours, values).iloc[0]
    reach = t.ppf(0.975, 1) * line.stderr * LN2
    assert fits["rate"] == pytest.approx(-line.slope * LN2)
    assert fits["rate_low"] == pytest.approx(-line.slope * LN2 - reach)
    assert fits["rate_high"] == pytest.approx(-line.slope * LN2 + reach)
    assert fits["fit_r2"] == pytest.approx(line.rvalue**2)
    assert fits["onset"] == 0.0


def test_it_fits_at_least_as_well_as_scipy_from_many_starts() -> None:
    rng = np.random.default_rng(0)
    values = hinge(HOURS, 8.0, 0.6, 3.4) + rng.normal(0, 0.3, (12, len(HOURS)))
    fits = decay.fit(HOURS, values)
    for row, observed in enumerate(values):
        ours = ((decay.curve(fits.iloc[row], HOURS) - observed) ** 2).sum()
        best = np.inf
        for start in (0.5, 2.5, 4.5, 6.5):
            bounds = ([-np.inf, -np.inf, 0], [np.inf, np.inf, HOURS[-3]])
            found, _ = curve_fit(hinge, HOURS, observed, p0=[8, 0.5, start], bounds=bounds)
            best = min(best, ((hinge(HOURS, *found) - observed) ** 2).sum())
        assert ours <= best * (1 + 1e-6), f"row {row}: {ours} against {best}"


def test_the_profile_interval_agrees_with_a_brute_force_profile() -> None:
    observed = hinge(HOURS, 8.0, 0.5, 2.3) + np.random.default_rng(1).normal(0, 0.2, len(HOURS))
    fits = decay.fit(HOURS, observed[None, :]).iloc[0]
    smallest = ((decay.curve(fits, HOURS) - observed) ** 2).sum()
    limit = smallest * (1 + t.ppf(0.975, len(HOURS) - 3) ** 2 / (len(HOURS) - 3))
    allowed = []
    for decline in np.linspace(0.0, 2.0, 2001):
        for onset in np.linspace(0.0, HOURS[-3], 401):
            rest = observed + decline * np.maximum(0, HOURS - onset)
            if ((rest - rest.mean()) ** 2).sum() <= limit:
                allowed.append(decline)
                break
    assert fits["rate_low"] / LN2 == pytest.approx(min(allowed), abs=0.005)
    assert fits["rate_high"] / LN2 == pytest.approx(max(allowed), abs=0.005)


def test_the_interval_covers_the_true_rate_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    values = hinge(HOURS, 8.0, 0.5, 3.0) + rng.normal(0, 0.25, (2000, len(HOURS)))
    fits = decay.fit(HOURS, values)
    covered = ((fits["rate_low"] <= 0.5 * LN2) & (fits["rate_high"] >= 0.5 * LN2)).mean()
    assert 0.92 <= covered <= 0.98, covered


def test_a_half_life_without_decay_is_not_defined_and_says_so() -> None:
    wiggle = np.array([5.0, 5.2, 4.9, 5.1, 4.8, 5.2, 5.0, 4.9, 5.1, 5.0, 4.95])
    flat = np.full(len(HOURS), 4.0)
    rising = 2.0 + 0.5 * HOURS
    missing = np.where(HOURS < 2, 1.0, np.nan)
    fits = decay.fit(HOURS, np.vstack([wiggle, flat, rising, missing]))
    assert fits["half_life"].isna().all()
    assert fits["half_life_high"].tolist()[:2] == [np.inf, np.inf]
    assert fits.loc[0, "half_life_low"] > 0
    assert np.isnan(fits.loc[1, "fit_r2"])
    assert fits.loc[1, "rate"] == 0
    assert fits.loc[2, "rate"] < 0
    sentences = [decay.sentence(fits.iloc[row]) for row in range(4)]
    assert "includes 0" in sentences[0]
    assert "includes 0" in sentences[1]
    assert "rises" in sentences[2]
    assert "fewer than three" in sentences[3]
    assert decay.sentence(decay.fit(HOURS, hinge(HOURS, 8, 0.5, 3)[None, :] + 0.01 * np.sin(HOURS)).iloc[0]).startswith(
        "Half-life 2.0 h (95% interval"
    )


def test_missing_values_are_left_out() -> None:
    values = np.vstack([hinge(HOURS, 8.0, 0.5, 3.0)] * 3)
    values[1, [0, 4]] = np.nan
    values[2, 7] = np.nan
    np.testing.assert_allclose(decay.fit(HOURS, values)["rate"], 0.5 * LN2, rtol=1e-9)


def test_two_times_are_too_few() -> None:
    with pytest.raises(UserError, match="3 or more times; the table has 2h, 8h"):
        decay.fit(np.array([2.0, 8.0]), np.zeros((4, 2)))


def test_a_rate_too_small_for_a_half_life_is_none() -> None:
    """Values that differ by less than the smallest normal number: 1 / rate is larger than any."""
    hours, least = np.array([0.0, 4.0, 10.0, 16.0, 32.0]), 1e-309
    fitted = decay.fit(hours, np.array([[1.0, 1.0, least, least, 5e-324], [0, 0, 0, -least, -2 * least], [0.0] * 5]))
    assert fitted["half_life"].isna().tolist()[1:] == [True, True]
    assert np.isinf(fitted["half_life_low"][1:]).all() and np.isinf(fitted["half_life_high"][1:]).all()
    assert "not defined: the 95% interval of the decay rate includes 0" in decay.sentence(fitted.iloc[1])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-10, 10), min_size=5, max_size=5), st.floats(-5, 5), st.floats(0.5, 4.0))
@example([1.0, 1.0, 1e-309, 1e-309, 5e-324], 0.0, 4.0)
def test_units_and_levels_only_scale_the_fit(values: list[float], shift: float, stretch: float) -> None:
    hours = np.array([0.0, 1.0, 2.5, 4.0, 8.0])
    plain = decay.fit(hours, np.array([values]))
    moved = decay.fit(hours * stretch, np.array([values]) + shift)
    np.testing.assert_allclose(moved["rate"] * stretch, plain["rate"], atol=1e-5, rtol=1e-5)
    assert (plain["rate_low"] <= plain["rate"]).all()
    assert (plain["rate"] <= plain["rate_high"]).all()
