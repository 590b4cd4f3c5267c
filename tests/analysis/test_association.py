"""Tokens and the target: identical with scipy token by token, by hand, and honest about what was not tested."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse, stats

from lib.analysis import association
from lib.analysis.association import associate, count_matrix, q_values
from lib.tokenizers import Encoded


def drawn(seed: int, n: int, v: int):
    """Counts with empty and full columns, and a target with ties."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.uniform(0, 1.5, v), (n, v))
    counts[:, 0], counts[:, -1] = 0, rng.integers(1, 3, n)
    return counts, rng.integers(-4, 5, n) / 2


@pytest.mark.parametrize(("seed", "n", "v"), [(0, 61, 17), (1, 200, 9), (2, 37, 40)])
def test_it_is_scipy_token_by_token(seed, n, v):
    counts, target = drawn(seed, n, v)
    table = associate(sparse.csr_array(counts), target, least=5)
    assert len(table) == v
    for token, row in table.iterrows():
        has = counts[:, token] > 0
        one, other = target[has], target[~has]
        assert (row.n_with, row.n_without) == (len(one), len(other))
        assert row.tested == (min(len(one), len(other)) >= 5), token
        if not row.tested:
            assert np.isnan([row.p_mann_whitney, row.q_mann_whitney, row.p_welch, row.q_welch]).all()
            continue
        rank = stats.mannwhitneyu(one, other, method="asymptotic", use_continuity=True)
        welch = stats.ttest_ind(one, other, equal_var=False)
        interval = welch.confidence_interval(0.95)
        pooled = np.sqrt(
            ((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / (len(one) + len(other) - 2)
        )
        assert row.p_mann_whitney == pytest.approx(rank.pvalue, rel=1e-9)
        assert row.superiority == pytest.approx(rank.statistic / len(one) / len(other), rel=1e-12)
        assert row.rank_biserial == pytest.approx(2 * row.superiority - 1)
        assert row.p_welch == pytest.approx(welch.pvalue, rel=1e-9)
        assert (row.low, row.high) == pytest.approx((interval.low, interval.high), rel=1e-9)
        assert row.difference == pytest.approx(one.mean() - other.mean(), abs=1e-12)
        assert (row.mean_with, row.mean_without) == pytest.approx((one.mean(), other.mean()))
        assert row.cohens_d == pytest.approx((one.mean() - other.mean()) / pooled)
        assert row.correlation == pytest.approx(stats.pearsonr(counts[:, token], target).statistic)
    for name in ("mann_whitney", "welch"):
        p = table.loc[table.tested, f"p_{name}"]
        assert table.loc[table.tested, f"q_{name}"].to_numpy() == pytest.approx(stats.false_discovery_control(p))


def test_a_large_offset_of_the_target_changes_nothing_but_the_means():
    counts, target = drawn(3, 80, 11)
    near, far = (associate(sparse.csr_array(counts), target + offset, least=5) for offset in (0.0, 1e6))
    for column in ("difference", "low", "high", "cohens_d", "rank_biserial", "correlation", "p_welch"):
        assert far[column].to_numpy() == pytest.approx(near[column].to_numpy(), rel=1e-6, nan_ok=True), column
    assert far["mean_with"].dropna().to_numpy() == pytest.approx(near["mean_with"].dropna().to_numpy() + 1e6)


def test_by_hand():
    """With: 3, 4. Without: 1, 2, 3.5. Of the six pairs five rank the one with the token higher."""
    table = associate(sparse.csr_array([[0], [1], [0], [2], [0]]), np.array([1, 3, 2, 4, 3.5]), least=2)
    row = table.iloc[0]
    assert (row.n_with, row.n_without) == (2, 3)
    assert (row.mean_with, row.mean_without, row.difference) == pytest.approx((3.5, 6.5 / 3, 4 / 3))
    assert row.superiority == pytest.approx(5 / 6) and row.rank_biserial == pytest.approx(2 / 3)
    # U = 5, its mean 3, its deviation sqrt(2 * 3 * 6 / 12) = sqrt(3): z = (2 - 0.5) / sqrt(3).
    assert row.p_mann_whitney == pytest.approx(2 * stats.norm.sf(1.5 / np.sqrt(3)))
    # Pooled variance: (0.5 + 19 / 6) / 3 = 11 / 9.
    assert row.cohens_d == pytest.approx((4 / 3) / np.sqrt(11 / 9))


def test_tokens_that_are_too_rare_or_too_common_are_no_tests():
    rng = np.random.default_rng(0)
    target = rng.normal(size=50)
    counts = np.zeros((50, 4), dtype=int)
    counts[:9, 0], counts[:10, 1], counts[:40, 2], counts[:41, 3] = 1, 1, 1, 1
    table = associate(sparse.csr_array(counts), target)
    assert association.LEAST == 10
    assert table["tested"].tolist() == [False, True, True, False]
    assert table["q_welch"].to_numpy()[1:3] == pytest.approx(
        stats.false_discovery_control(table["p_welch"].to_numpy()[1:3])
    ), "only what is tested counts among the tests"
    assert table["mean_with"].notna().all(), "they are described all the same"


def test_a_constant_target_is_not_tested():
    counts, _ = drawn(0, 60, 7)
    table = associate(sparse.csr_array(counts), np.full(60, 2.5), least=5)
    assert not table["tested"].any() and table["q_mann_whitney"].isna().all()


def test_no_sequences_and_no_tokens():
    assert len(associate(sparse.csr_array((0, 3)), np.empty(0))) == 3
    assert len(associate(sparse.csr_array((12, 0)), np.arange(12.0))) == 0


@given(p=st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), max_size=30))
def test_q_is_benjamini_and_hochberg_over_what_was_tested(p):
    q = q_values(np.array(p))
    known = [value for value in p if value == value]
    assert np.isnan(q).sum() == len(p) - len(known)
    # The definition: the smallest of p(j) m / j over all j from this rank on.
    ranked = sorted(known)
    for value, found in zip(p, q, strict=True):
        if value == value:
            wanted = min(other * len(ranked) / (place + 1) for place, other in enumerate(ranked) if other >= value)
            assert found == pytest.approx(min(wanted, 1.0))


def test_counts_are_those_of_the_tokens():
    encoded = Encoded(
        np.array([2, 0, 2, 1], dtype=np.int32), *(np.zeros(4, dtype=np.int32),) * 2, np.array([0, 3, 3, 4])
    )
    assert count_matrix(encoded, 5).toarray().tolist() == [[1, 0, 2, 0, 0], [0, 0, 0, 0, 0], [0, 1, 0, 0, 0]]
