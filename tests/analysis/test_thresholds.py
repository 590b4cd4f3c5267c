"""Curves and thresholds of one class against the rest: small cases by hand, and identity with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from lib.tasks import thresholds
from lib.tasks.thresholds import Table

HAND = np.array([True, True, False, True, False]), np.array([0.9, 0.6, 0.6, 0.3, 0.1])


def test_a_small_case_by_hand():
    curve = thresholds.roc(*HAND)
    assert curve.x.tolist() == [0, 0, 0.5, 0.5, 1] and np.allclose(curve.y, [0, 1 / 3, 2 / 3, 1, 1])
    assert curve.threshold.tolist() == [np.inf, 0.9, 0.6, 0.3, 0.1]
    curve = thresholds.precision_recall(*HAND)
    assert np.allclose(curve.x, [1 / 3, 2 / 3, 1, 1]) and np.allclose(curve.y, [1, 2 / 3, 3 / 4, 3 / 5])
    assert thresholds.table(*HAND, 0.6) == Table(tp=2, fp=1, fn=1, tn=1), "at the threshold counts as positive"


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=60).filter(
        lambda rows: 0 < sum(yes for yes, _ in rows) < len(rows)
    ),
    st.integers(0, 9),
)
def test_the_same_as_scikit_learn(rows, cut):
    positive, score = np.array([yes for yes, _ in rows]), np.array([number / 10 for _, number in rows])
    fpr, tpr, _ = reference.roc_curve(positive, score, drop_intermediate=False)
    curve = thresholds.roc(positive, score)
    assert np.allclose(curve.x, fpr) and np.allclose(curve.y, tpr)
    kept = thresholds.thin_curve(curve)
    assert np.isclose(np.trapezoid(kept.y, kept.x), np.trapezoid(curve.y, curve.x)), "thinning leaves the area"
    precision, recall, _ = reference.precision_recall_curve(positive, score)
    curve = thresholds.precision_recall(positive, score)
    assert np.allclose(curve.x, recall[:-1][::-1]) and np.allclose(curve.y, precision[:-1][::-1])
    found = thresholds.metrics(thresholds.table(positive, score, cut / 10))
    called = score >= cut / 10
    assert np.isclose(found["mcc"], reference.matthews_corrcoef(positive, called))
    assert np.isclose(found["accuracy"], reference.accuracy_score(positive, called))
    assert np.isclose(found["f1"], reference.f1_score(positive, called, zero_division=0))
    assert np.isclose(found["recall"], reference.recall_score(positive, called))


def test_one_threshold_of_the_table_against_the_threshold():
    frame = thresholds.by_threshold(*HAND).set_index("threshold")
    found = thresholds.metrics(thresholds.table(*HAND, 0.6))
    assert {name: frame.loc[0.6, name] for name in thresholds.METRICS} == pytest.approx(found)
    assert frame.loc[0.0, "recall"] == 1 and frame.loc[1.0, "recall"] == 0


def test_the_best_threshold_lies_in_the_gap_and_close_to_a_half():
    positive, score = np.array([False, True, True, False]), np.array([0.2, 0.8, 0.7, 0.3])
    assert thresholds.best(positive, score) == 0.5
    assert thresholds.best(np.array([True, True, True]), np.array([0.1, 0.2, 0.3])) is None, "one class has no MCC"
    assert thresholds.best(np.empty(0, dtype=bool), np.empty(0)) is None
    positive, score = np.array([False, True]), np.array([0.02, 0.04])
    assert thresholds.best(positive, score) == pytest.approx(0.03)


def test_intervals_hold_their_metric_and_are_wider_for_few():
    many, few = Table(400, 100, 200, 300), Table(4, 1, 2, 3)
    value, wide, wider = thresholds.metrics(many), thresholds.intervals(many), thresholds.intervals(few)
    for name in thresholds.METRICS:
        low, high = wide[name]
        assert low < value[name] < high and wider[name][1] - wider[name][0] > high - low, name
    assert np.isnan(thresholds.intervals(Table(0, 0, 3, 4))["precision"]).all(), "nothing is called positive"
    assert np.isnan(thresholds.intervals(Table(0, 0, 0, 0))["mcc"]).all()


def test_the_bootstrap_of_cells_is_that_of_sequences():
    counts = Table(60, 30, 20, 90)
    rng, n = np.random.default_rng(5), counts.n
    cells = np.repeat(np.arange(4), counts)
    drawn = [Table(*np.bincount(cells[rng.integers(0, n, n)], minlength=4)) for _ in range(1500)]
    by_hand = np.quantile([thresholds.metrics(one)["mcc"] for one in drawn], [0.025, 0.975])
    assert thresholds.intervals(counts)["mcc"] == pytest.approx(by_hand, abs=0.012)


def test_one_class_only_gives_no_rate_of_the_other():
    curve = thresholds.roc(np.array([True, True]), np.array([0.2, 0.7]))
    assert np.isnan(curve.x[1:]).all() and curve.y[-1] == 1
