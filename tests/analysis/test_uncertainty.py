"""The bootstrap recomputes every metric in every resample, and its intervals hold what they promise."""

import numpy as np
import pytest

from lib.tasks.bootstrap import bootstrap
from lib.tasks.metrics import KEYS, resample, scores


def test_a_resample_scores_as_its_repeated_rows_do():
    rng = np.random.default_rng(0)
    observed = np.round(rng.normal(size=(23, 3)), 1) + 50  # ties, and far from zero
    predicted = np.round(observed + rng.normal(size=(23, 3)), 1)
    observed[[2, 9], 1] = np.nan
    counts = np.stack([np.bincount(rng.integers(0, 23, 23), minlength=23) for _ in range(6)], axis=1)
    found = resample(observed, predicted, counts.astype(float))
    for number in range(6):
        rows = np.repeat(np.arange(23), counts[:, number])
        expected = scores(observed[rows], predicted[rows])
        for metric in KEYS:
            assert found[metric][number] == pytest.approx(expected[metric], rel=1e-9), metric


def test_the_seed_decides_and_the_interval_holds_the_estimate():
    rng = np.random.default_rng(1)
    observed = rng.normal(size=(301, 2))
    predicted = observed + rng.normal(size=(301, 2))
    first, again, other = (bootstrap(observed, predicted, seed=seed) for seed in (5, 5, 6))
    assert first == again != other
    estimate = scores(observed, predicted)
    for metric in KEYS:
        low, high = first[metric]
        assert low < estimate[metric] < high, metric
    narrow = bootstrap(observed, predicted, seed=5, level=0.5)
    assert all(first[m][0] < narrow[m][0] < narrow[m][1] < first[m][1] for m in KEYS)


def test_a_block_of_resamples_changes_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    observed = rng.normal(size=(37, 1))
    predicted = observed + rng.normal(size=(37, 1))
    whole = bootstrap(observed, predicted, replicates=50)
    monkeypatch.setattr("lib.tasks.bootstrap._CELLS", 37 * 7)
    cut = bootstrap(observed, predicted, replicates=50)
    for metric in KEYS:
        assert cut[metric] == pytest.approx(whole[metric], rel=1e-12), metric


def test_coverage_of_the_95_percent_interval():
    rng = np.random.default_rng(2)
    truth, rounds, covered = 0.6, 200, dict.fromkeys(("pearson", "mse"), 0)
    for seed in range(rounds):
        observed = rng.normal(size=(150, 1))
        predicted = truth * observed + np.sqrt(1 - truth**2) * rng.normal(size=(150, 1))
        intervals = bootstrap(observed, predicted, replicates=300, seed=seed)
        covered["pearson"] += intervals["pearson"][0] <= truth <= intervals["pearson"][1]
        covered["mse"] += intervals["mse"][0] <= 2 - 2 * truth <= intervals["mse"][1]
    # 95% of 200 is 190; three binomial standard deviations are 9, and the percentile interval is slightly narrow
    assert all(177 <= count <= 200 for count in covered.values()), covered


def test_undefined_metrics_have_no_interval():
    varied = np.arange(9.0)[:, None]
    flat = bootstrap(varied, np.full((9, 1), 0.3), replicates=50)
    assert all(np.isnan(flat["pearson"])) and all(np.isnan(flat["spearman"])) and np.isfinite(flat["r2"]).all()
    constant = bootstrap(np.full((9, 1), 0.1), varied, replicates=50)
    assert all(np.isnan(constant["r2"])) and np.isfinite(constant["mse"]).all()
    assert all(np.isnan(bootstrap(np.empty((0, 1)), np.empty((0, 1)))["mse"]))


def test_two_sequences_do_not_crash():
    found = bootstrap(np.array([[0.0], [1.0]]), np.array([[0.1], [0.8]]), replicates=40)
    assert np.isfinite(found["mae"]).all()
