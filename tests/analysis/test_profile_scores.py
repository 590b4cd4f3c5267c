"""Metrics of profiles: worked by hand, and against scipy and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import multinomial, pearsonr
from sklearn.metrics import average_precision_score, roc_auc_score

from lib.tasks import peaks, profile_metrics
from lib.tasks.profile_metrics import METRICS, Judged

N, T, L = 11, 2, 23


def made(seed=0, n=N, tracks=T, length=L):
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(length, 0.4), (n, tracks))
    counts = rng.poisson(rng.dirichlet(np.full(length, 0.3), (n, tracks)) * rng.integers(4, 300, (n, tracks, 1)))
    counts[0, 0] = 0  # a track without reads in one window
    return counts.astype(np.float64), shares


def judged(counts, shares, error=0.5):
    observed = np.log1p(counts.sum(axis=2))
    return Judged(counts, shares, observed, observed + error)


def test_a_small_case_by_hand():
    """Counts 3, 0, 1 and shares 0.5, 0.25, 0.25: see the numbers."""
    counts, shares = np.array([[[3.0, 0.0, 1.0]]]), np.array([[[0.5, 0.25, 0.25]]])
    found = profile_metrics.scores(judged(counts, shares, error=2.0))
    # deviations 5/3, -4/3, -1/3 and 1/6, -1/12, -1/12: products 5/18 + 4/36 + 1/36; squares 42/9 and 1/24
    pearson = (5 / 18 + 4 / 36 + 1 / 36) / np.sqrt(42 / 9 / 24)
    assert found["profile_pearson"] == pytest.approx(pearson)
    # 4! / (3! 0! 1!) = 4 ways, each of chance 1/8 * 1/4
    nll = -np.log(4 / 32)
    assert found["profile_nll"] == pytest.approx(nll / 4)
    assert found["loss"] == pytest.approx(0.8 * nll + 0.2 * 4)
    # shares 3/4, 0, 1/4 against 1/2, 1/4, 1/4; middle 5/8, 1/8, 1/4
    apart = 0.75 * np.log2(6 / 5) + 0.5 * np.log2(4 / 5) + 0.25 * np.log2(2)
    assert found["profile_jsd"] == pytest.approx(np.sqrt(apart / 2))
    # position 1 is a peak (75%, 3 reads), 2 is none, 3 has too few reads and is left out: ranked 1 above 2
    assert found["profile_auroc_1"] == found["profile_auprc_1"] == 1.0


def test_median_mean_and_variance_over_windows_and_tracks():
    counts, shares = made()
    each = np.array(
        [
            [pearsonr(c, s)[0] if c.any() else np.nan for c, s in zip(*pair, strict=True)]
            for pair in zip(counts, shares, strict=True)
        ]
    )
    np.testing.assert_allclose(profile_metrics.correlations(counts, shares), each)
    known = each[~np.isnan(each)]
    found = profile_metrics.scores(judged(counts, shares))
    assert len(known) == N * T - 1
    assert found["profile_pearson"] == pytest.approx(np.median(known))
    assert found["profile_pearson_mean"] == pytest.approx(known.mean())
    assert found["profile_pearson_variance"] == pytest.approx(known.var(ddof=1))


def test_a_flat_prediction_knows_nothing_and_flat_counts_say_nothing():
    counts, shares = np.array([[1.0, 4.0, 2.0], [2.0, 2.0, 2.0]]), np.array([[1 / 3] * 3, [0.2, 0.3, 0.5]])
    assert profile_metrics.correlations(counts, shares)[0] == 0.0
    assert np.isnan(profile_metrics.correlations(counts, shares)[1])


def test_surprise_is_that_of_scipy():
    counts, shares = made(seed=3)
    for window in range(N):
        for track in range(T):
            k = counts[window, track].astype(int)
            share = shares[window, track] / shares[window, track].sum()
            share[-1] = 1.0 - share[:-1].sum()
            expected = -multinomial.logpmf(k, k.sum(), share)
            assert profile_metrics.surprises(counts[window, track], share) == pytest.approx(expected, abs=1e-8)


def test_distance_is_that_of_scipy():
    counts, shares = made(seed=4)
    found = profile_metrics.distances(counts, shares)
    assert np.isnan(found[0, 0])
    for window in range(1, N):
        for track in range(T):
            k = counts[window, track]
            assert found[window, track] == pytest.approx(jensenshannon(k / k.sum(), shares[window, track], base=2))


def test_positions_are_called_by_the_rule():
    # 1,000 reads: 15 are 1.5%, 5 are 0.5%
    counts = np.array([15, 14, 5, 4, 0, 962.0])
    assert peaks.labels(counts).tolist() == [1, -1, -1, 0, 0, 1]
    # 100 reads: 2 reads are 2% and too few
    assert peaks.labels(np.array([2, 3, 0, 95.0])).tolist() == [-1, 1, 0, 1]


@pytest.mark.parametrize("size", peaks.BIN_SIZES)
def test_bins_are_those_of_a_loop(size):
    counts, shares = made(seed=5)
    called = peaks.labels(counts)
    labels, top = peaks.bin_positions(called, shares, size)
    assert labels.shape == top.shape == (N, T, -(-L // size))
    for place in range(labels.shape[2]):
        inside = slice(place * size, (place + 1) * size)
        for window in range(N):
            for track in range(T):
                seen = set(called[window, track, inside].tolist())
                expected = 1 if 1 in seen else -1 if -1 in seen else 0
                assert labels[window, track, place] == expected
                assert top[window, track, place] == shares[window, track, inside].max()


@pytest.mark.parametrize("size", peaks.BIN_SIZES)
@pytest.mark.parametrize("ties", [False, True])
def test_areas_are_those_of_scikit_learn(size, ties):
    counts, shares = made(seed=6, n=40)
    shares = np.round(shares, 1) if ties else shares
    called, top = peaks.bin_positions(peaks.labels(counts), shares, size)
    clear = called >= 0
    found = profile_metrics.scores(judged(counts, shares))
    auroc, auprc = (profile_metrics.area_key(what, size) for what in ("auroc", "auprc"))
    assert found[auroc] == pytest.approx(roc_auc_score(called[clear] == 1, top[clear]))
    assert found[auprc] == pytest.approx(average_precision_score(called[clear] == 1, top[clear]))


def test_every_metric_of_a_resample_is_that_of_the_rows_it_holds():
    counts, shares = made(seed=7)
    whole = judged(counts, shares + 1e-9)
    rows = np.array([0, 0, 3, 3, 3, 4, 6, 7, 9, 10, 10])
    drawn = np.bincount(rows, minlength=N)[:, None].astype(float)
    found = whole.resample(drawn)
    there = Judged(counts[rows], shares[rows] + 1e-9, whole.observed[rows], whole.predicted[rows])
    for name, value in profile_metrics.scores(there).items():
        np.testing.assert_allclose(found[name][0], value, rtol=1e-9, err_msg=name)


def test_intervals_hold_the_value_and_are_the_same_twice():
    counts, shares = made(seed=8, n=40)
    one = judged(counts, shares, error=0.0)
    drawn, again = (profile_metrics.resample(one, replicates=60, seed=1) for _ in range(2))
    value = profile_metrics.scores(one)
    for name in METRICS:
        np.testing.assert_array_equal(drawn[name], again[name])
        assert drawn[name].shape == (60,)
    assert drawn["profile_pearson_mean"].min() < value["profile_pearson_mean"] < drawn["profile_pearson_mean"].max()


def test_a_prediction_that_is_no_number_has_no_metrics():
    counts, shares = made()
    shares[4, 1, 2] = np.nan
    found = profile_metrics.scores(judged(counts, shares))
    assert all(np.isnan(found[name]) for name in profile_metrics.PROFILE_METRICS)
    assert np.isfinite(found["mse"])


@given(arrays(np.int64, (3, 2, 9), elements=st.integers(0, 60)), st.integers(0, 2**31))
def test_what_is_observed_is_its_own_best_prediction(counts, seed):
    other = np.random.default_rng(seed).dirichlet(np.ones(9), (3, 2))
    total = counts.sum(axis=2, keepdims=True)
    own = np.where(total > 0, counts / np.maximum(total, 1), 1 / 9)
    assert (profile_metrics.surprises(counts, own) <= profile_metrics.surprises(counts, other) + 1e-9).all()
    assert np.nan_to_num(profile_metrics.distances(counts, own)).max() < 1e-6
    assert np.nan_to_num(profile_metrics.correlations(counts, own), nan=1.0).min() > 1 - 1e-9
