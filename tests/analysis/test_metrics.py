"""Metrics agree with scikit-learn and scipy, and say NaN where nothing is defined."""

import json

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from lib.tasks.metrics import KEYS, per_target, plain, scores


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    observed = np.round(rng.normal(size=(57, 3)), 1) * [1.0, 5.0, 0.1] + [0, 100, -7]  # rounded: ties
    return observed, observed + rng.normal(size=(57, 3)) * [1.0, 2.0, 0.3]


def test_every_target_agrees_with_scikit_learn_and_scipy(pair):
    observed, predicted = pair
    found = per_target(observed, predicted, ["a", "b", "c"])
    for target, name in enumerate("abc"):
        y, f = observed[:, target], predicted[:, target]
        expected = {
            "n": 57,
            "mse": mean_squared_error(y, f),
            "mae": mean_absolute_error(y, f),
            "rmse": np.sqrt(mean_squared_error(y, f)),
            "r2": r2_score(y, f),
            "pearson": pearsonr(y, f).statistic,
            "spearman": spearmanr(y, f).statistic,
        }
        assert found[name] == pytest.approx(expected, rel=1e-12), name


def test_the_macro_average_is_the_plain_mean_over_targets(pair):
    observed, predicted = pair
    one_by_one = per_target(observed, predicted, ["a", "b", "c"])
    together = scores(observed, predicted)
    for metric in KEYS:
        assert together[metric] == pytest.approx(np.mean([one_by_one[name][metric] for name in "abc"])), metric
    assert together["n"] == 57


def test_hand_worked_values():
    found = scores(np.array([[1.0], [2.0], [4.0]]), np.array([[1.0], [2.0], [3.0]]))
    # errors 0 0 -1; mean 7/3, sum of squares about it 14/3
    assert found == pytest.approx(
        {
            "n": 3,
            "mse": 1 / 3,
            "mae": 1 / 3,
            "rmse": 3**-0.5,
            "r2": 1 - 3 / 14,
            "pearson": found["pearson"],
            "spearman": 1,
        }
    )


def test_a_missing_observation_is_left_out_for_its_target_only(pair):
    observed, predicted = pair
    holed = observed.copy()
    holed[4, 1] = np.nan
    found = per_target(holed, predicted, ["a", "b", "c"])
    assert [found[name]["n"] for name in "abc"] == [57, 56, 57]
    assert found["b"]["mse"] == pytest.approx(np.mean(np.delete((predicted - observed)[:, 1], 4) ** 2))
    assert scores(holed, predicted)["n"] == 57, "the sequence still has two observed targets"


def test_a_prediction_that_is_not_finite_is_not_forgiven(pair):
    observed, predicted = pair
    broken = predicted[:, :1].copy()
    broken[0] = np.nan
    assert all(np.isnan(scores(observed[:, :1], broken)[name]) for name in KEYS)


def test_a_constant_leaves_undefined_metrics_out():
    varied, constant = np.arange(5.0)[:, None], np.full((5, 1), 0.1)
    flat_prediction = scores(varied, constant)
    assert flat_prediction["r2"] == pytest.approx(1 - (np.mean((varied - 0.1) ** 2)) / 2)
    assert np.isnan(flat_prediction["pearson"]) and np.isnan(flat_prediction["spearman"])
    flat_target = scores(constant, varied)
    assert np.isnan(flat_target["r2"]) and flat_target["mae"] == pytest.approx(np.mean(abs(varied - 0.1)))
    both = scores(np.hstack([varied, constant]), np.hstack([varied, varied]))
    assert both["r2"] == 1 and both["spearman"] == 1, "a constant target is left out of the average"


def test_nothing_observed_is_nan_not_a_crash():
    assert scores(np.empty((0, 2)), np.empty((0, 2)))["n"] == 0
    assert np.isnan(scores(np.full((4, 1), np.nan), np.zeros((4, 1)))["mse"])


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"\(3, 2\) and predicted \(3, 1\)"):
        scores(np.zeros((3, 2)), np.zeros((3, 1)))


def test_plain_metrics_are_json():
    value = {"test": scores(np.zeros((3, 1)), np.zeros((3, 1))), "intervals": {"r2": (float("nan"), np.float64(1.0))}}
    assert json.loads(json.dumps(plain(value), allow_nan=False))["intervals"] == {"r2": [None, 1.0]}
