"""What an ensemble gains is judged on the test part, with the member chosen on the validation part."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from lib.analysis.members import Judged, gain, warning
from lib.tasks import class_metrics
from lib.tasks.bootstrap import bootstrap, difference
from lib.tasks.metrics import scores


def judged(observed, *members) -> Judged:
    each = np.array(members, dtype=float)[:, :, None]
    return Judged(np.array(observed, dtype=float)[:, None], each.mean(axis=0), each)


def test_the_member_is_chosen_by_validation_though_another_is_better_on_the_test_part():
    held = judged([0, 1, 2], [0, 1, 2], [0, 2, 2])
    test = judged([0, 2, 4, 6], [1, 1, 5, 5], [0, 2, 4, 6])
    found = gain(held, test)
    assert found["best"] == 0
    assert found["validation"] == pytest.approx([1.0, 0.5])  # 1 - 1 / 2
    assert found["best_test"] == pytest.approx(0.8)  # 1 - 4 / 20
    # The mean of both is off by a half everywhere: 1 - 4 * 0.25 / 20.
    assert found["r2"] == pytest.approx(0.95 - 0.8)
    assert found["n"] == 4


def test_a_member_without_a_score_is_never_the_best():
    found = gain(judged([0, 1], [np.nan, 1], [0, 1]), judged([0, 1, 3], [0, 1, 3], [0, 1, 3]))
    assert found["best"] == 1


def test_the_paired_interval_is_zero_for_equal_models_and_narrower_than_apart():
    rng = np.random.default_rng(0)
    observed = rng.normal(size=(211, 1))
    first = observed + rng.normal(size=(211, 1))
    second = first + 0.1 * rng.normal(size=(211, 1))
    assert difference(observed, first, first) == (0.0, 0.0)
    low, high = difference(observed, first, second)
    estimate = scores(observed, first)["r2"] - scores(observed, second)["r2"]
    assert low < estimate < high
    alone = bootstrap(observed, first)["r2"]
    assert high - low < (alone[1] - alone[0]) / 3, "what both share drops out"
    assert np.isnan(difference(np.empty((0, 1)), np.empty((0, 1)), np.empty((0, 1)))).all()


def test_the_spread_warns_where_the_order_of_errors_is_its_own():
    observed = np.array([[0.0, 1.0], [0.0, np.nan], [0.0, 2.0], [0.0, 3.0], [0.0, 4.0]])
    predicted = np.array([[0.1, 1.0], [-0.2, 0.0], [0.3, 2.0], [-0.4, 3.0], [0.9, 4.5]])
    deviation = np.array([[1.0, 2.0], [2.0, 9.0], [3.0, 2.0], [4.0, 2.0], [5.0, 2.0]])
    found = warning(Judged(observed, predicted, predicted[None]), deviation, ("x", "y"))
    assert found["x"]["spearman"] == pytest.approx(1.0)
    assert (found["x"]["mean"], found["x"]["n"]) == (3.0, 5)
    assert np.isnan(found["y"]["spearman"]), "a spread that is the same everywhere says nothing"
    assert (found["y"]["mean"], found["y"]["n"]) == (2.0, 4), "without an observed value there is no error"


def test_classifiers_are_compared_by_mcc_and_err_by_their_probability():
    rng = np.random.default_rng(3)
    y = (rng.random(300) < 0.4).astype(float)[:, None]
    each = np.stack([3 * y - 1.5 + rng.normal(size=y.shape) * 2.5 for _ in range(5)])
    part = Judged(y, each.mean(axis=0), each)
    found = gain(part, part, classes=True)
    alone = [class_metrics.scores(y, one)["mcc"] for one in each]
    assert found["metric"] == "mcc"
    assert found["validation"] == alone
    assert found["best_test"] == max(alone)
    assert found["mcc"] == pytest.approx(class_metrics.scores(y, part.predicted)["mcc"] - max(alone))
    assert found["interval"][0] < found["mcc"] < found["interval"][1]
    assert "r2" not in found
    spread = warning(part, each.std(axis=0, ddof=1), ["yes"], classes=True)["yes"]
    assert spread["n"] == 300
    error = np.abs(1 / (1 + np.exp(-part.predicted)) - y)
    expected = spearmanr(each.std(axis=0, ddof=1)[:, 0], error[:, 0]).statistic
    assert spread["spearman"] == pytest.approx(expected)
