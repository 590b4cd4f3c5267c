"""One token in its sequences, by hand and beside scipy."""

import numpy as np
import pytest
from scipy import stats

from lib.analysis.occurrences import BINS, course, positions


def test_equal_chances_of_every_place():
    """Two starts at 0 in sequences of 4 letters (places 0, 1, 2), one at 1 in a sequence of 3 (places 0, 1)."""
    table = positions(np.array([0, 0, 1]), np.array([4, 4, 3]), 2)
    assert table["low"].tolist() == [0, 1, 2]
    assert table["observed"].tolist() == [2, 1, 0]
    assert table["expected"].tolist() == pytest.approx([2 / 3 + 1 / 2, 2 / 3 + 1 / 2, 2 / 3])


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("longest", [9, 110, 4000])
def test_nothing_is_lost_and_even_places_are_as_expected(relative, longest):
    rng = np.random.default_rng(longest)
    lengths = rng.integers(6, longest + 1, 20_000)
    starts = (rng.random(20_000) * (lengths - 5)).astype(int)
    table = positions(starts, lengths, 6, relative=relative)
    assert len(table) <= BINS
    assert table["observed"].sum() == 20_000 and table["expected"].sum() == pytest.approx(20_000)
    filled = table[table["expected"] > 50]
    z = (filled["observed"] - filled["expected"]) / np.sqrt(filled["expected"])
    assert z.abs().max() < 4.5


def test_relative_places_run_from_the_first_to_the_last_possible_start():
    table = positions(np.array([0, 4, 14]), np.array([10, 10, 20]), 6, relative=True)
    assert table["observed"].iloc[0] == 1 and table["observed"].iloc[-1] == 2


def test_no_occurrence():
    assert positions(np.empty(0, dtype=int), np.empty(0, dtype=int), 3)["observed"].sum() == 0


def test_the_mean_course_is_scipy():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(23, 4))
    values[3, 1] = values[7, 1] = np.nan
    values[1:, 3] = np.nan
    table = course(np.array([0.0, 1, 2, 5]), values)
    assert table["n"].tolist() == [23, 21, 23, 1]
    known = values[np.isfinite(values[:, 1]), 1]
    interval = stats.ttest_1samp(known, 0).confidence_interval(0.95)
    assert table.loc[1, ["mean", "low", "high"]].tolist() == pytest.approx([known.mean(), *interval])
    assert table.loc[3, "mean"] == pytest.approx(values[0, 3]) and np.isnan(table.loc[3, "low"])
