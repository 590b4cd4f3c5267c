"""Predicted against measured effects: correlations by hand, their intervals, and sentences where none exist."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.analysis.measured import compare, compare_all


def test_correlations_are_those_of_the_pairs_that_have_both():
    predicted = np.array([0.1, 0.4, np.nan, 0.9, -0.3, 0.2, 0.05])
    measured = np.array([1.0, 3.0, 9.0, 2.0, -4.0, np.nan, 0.5])
    found = compare(predicted, measured)
    known = [0, 1, 3, 4, 6]
    assert (found.n, found.why) == (5, "")
    assert found.pearson == pytest.approx(stats.pearsonr(predicted[known], measured[known]).statistic)
    assert found.spearman == pytest.approx(stats.spearmanr(predicted[known], measured[known]).statistic)
    assert found.spearman == pytest.approx(0.9), "the two largest exchange ranks: 1 - 6 * 2 / (5 * 24)"
    assert found.pearson_low <= found.pearson <= found.pearson_high
    assert found == compare(predicted, measured), "the resamples are drawn the same each time"


@pytest.mark.parametrize(
    ("predicted", "measured", "n", "why"),
    [
        ([1.0, 2.0], [1.0, 2.0], 2, "2 variants have both a measured and a predicted effect; a correlation needs at"),
        ([np.nan] * 4, [1.0] * 4, 0, "0 variants have both"),
        ([1.0, 2.0, 3.0], [0.5] * 3, 3, "All 3 measured effects are 0.5, so that there is no correlation."),
        ([0.0] * 4, [1.0, 2.0, 3.0, 4.0], 4, "All 4 predicted effects are 0, so that there is no correlation."),
    ],
)
def test_where_there_is_no_correlation_a_sentence_says_why(predicted, measured, n, why):
    found = compare(np.array(predicted), np.array(measured))
    assert found.n == n and found.why.startswith(why)
    assert np.isnan(found[1:7]).all()


def test_each_run_is_compared_with_each_column():
    tables = {"r1": pd.DataFrame({"effect": [1.0, 2.0, 3.0]}), "r2": pd.DataFrame({"effect": [3.0, 2.0, 1.0]})}
    found = compare_all(tables, {"K562": np.array([1.0, 2.0, 4.0]), "HepG2": np.array([1.0, np.nan, 4.0])})
    assert found[["measured", "run", "n"]].values.tolist() == [
        ["K562", "r1", 3],
        ["K562", "r2", 3],
        ["HepG2", "r1", 2],
        ["HepG2", "r2", 2],
    ]
    np.testing.assert_allclose(found["spearman"], [1.0, -1.0, np.nan, np.nan])
