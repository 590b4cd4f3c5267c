"""Correlations with intervals and means by group are those of scipy and of plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from lib.analysis.correlation import by_column, group_means, p_of, pearson, spearman


def made(n=57, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.poisson(2.0, n).astype(float)
    return x, 0.4 * x + rng.normal(size=n)


def test_pearson_is_that_of_scipy():
    x, y = made()
    ours, theirs = pearson(x, y), stats.pearsonr(x, y)
    interval = theirs.confidence_interval()
    assert ours.n == 57
    np.testing.assert_allclose(ours[:4], (theirs.statistic, interval.low, interval.high, theirs.pvalue), rtol=1e-6)


def test_spearman_is_that_of_scipy_and_its_interval_is_wider():
    x, y = made(seed=3)
    ours, theirs = spearman(x, y), stats.spearmanr(x, y)
    np.testing.assert_allclose((ours.r, ours.p), (theirs.statistic, theirs.pvalue), rtol=1e-9)
    assert ours.low < ours.r < ours.high


@pytest.mark.parametrize(
    ("x", "y"), [([], []), ([1.0, 2, 3], [1.0, 2, 4]), ([1.0] * 9, range(9)), (range(9), [2.0] * 9)]
)
def test_what_is_not_defined_is_nan(x, y):
    for of in (pearson, spearman):
        found = of(np.array(x, dtype=float), np.array(y, dtype=float))
        assert not found.known and np.isnan(found.p) and found.n == len(x)


def test_a_perfect_correlation_is_no_fault():
    x = np.arange(9.0)
    assert pearson(x, 2 * x).r == pytest.approx(1.0) and pearson(x, -x).p == pytest.approx(0.0)


def test_each_motif_is_correlated_and_corrected():
    rng = np.random.default_rng(5)
    counts = rng.poisson(0.4, (91, 7))
    counts[:, 5] = 0
    counts[:, 6] = 0
    counts[:4, 6] = 1  # too few sequences have it
    y = counts[:, 2] + rng.normal(size=91)
    table = by_column(sparse.csc_array(counts), y)
    assert table["hits"].tolist() == counts.sum(axis=0).tolist()
    assert table["sequences"].tolist() == (counts > 0).sum(axis=0).tolist()
    theirs = [stats.pearsonr(counts[:, i], y) for i in range(5)]
    np.testing.assert_allclose(table["r"][:5], [one.statistic for one in theirs], rtol=1e-9)
    np.testing.assert_allclose(table["p"][:5], [one.pvalue for one in theirs], rtol=1e-6)
    np.testing.assert_allclose(table["q"][:5], stats.false_discovery_control(table["p"][:5]), rtol=1e-9)
    assert table.loc[5:, ["r", "p", "q"]].isna().all(axis=None)
    np.testing.assert_allclose(table["difference"][2], y[counts[:, 2] > 0].mean() - y[counts[:, 2] == 0].mean())


def test_p_of_many_correlations():
    np.testing.assert_allclose(p_of(np.array([0.0, 1.0, -1.0]), 12), [1.0, 0.0, 0.0], atol=1e-12)


def test_groups_by_hand():
    x = np.repeat([0.0, 1.0, 2.0, 7.0], [12, 11, 3, 2])
    y = np.arange(28.0)
    table = group_means(x, y, fewest=5)
    assert table[["low", "high", "n"]].to_numpy().tolist() == [[0, 0, 12], [1, 1, 11], [2, 7, 5]]
    assert table["mean"].tolist() == [5.5, 17.0, 25.0]
    np.testing.assert_allclose(table["x"], [0, 1, 4])
    interval = stats.ttest_1samp(y[:12], 0).confidence_interval()
    np.testing.assert_allclose(table.loc[0, ["mean_low", "mean_high"]].to_numpy(dtype=float), interval)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=200), st.integers(2, 12), st.integers(1, 15))
def test_groups_cover_everything_once(values, groups, fewest):
    x = np.array(values, dtype=float)
    y = x * 2 + 1
    table = group_means(x, y, groups=groups, fewest=fewest)
    assert table["n"].sum() == len(x) and len(table) <= groups
    assert (table["n"] >= min(fewest, len(x))).all()
    assert (table["low"] <= table["high"]).all() and (table["high"][:-1].to_numpy() < table["low"][1:].to_numpy()).all()
    np.testing.assert_allclose((table["n"] * table["mean"]).sum(), y.sum())


def test_nothing_gives_no_groups():
    assert len(group_means(np.empty(0), np.empty(0))) == 0
