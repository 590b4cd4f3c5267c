"""Metrics of classes: against scikit-learn, by hand, and with weights that stand for resamples."""

import numpy as np
import pytest
from sklearn import metrics as sk

from lib.tasks import class_metrics as cl
from lib.tasks.bootstrap import difference


def two(n=211, seed=0):
    """Log-odds that know something of N labels, with ties."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.3).astype(float)
    return y[:, None], np.round(2 * y - 1 + rng.normal(size=n) * 1.7, 1)[:, None]


def many(n=173, classes=4, seed=1):
    rng = np.random.default_rng(seed)
    y = rng.choice(classes, size=n, p=[0.1, 0.2, 0.3, 0.4])
    return np.eye(classes)[y], np.eye(classes)[y] * 1.5 + rng.normal(size=(n, classes))


def by_sklearn(observed, predicted, threshold=0.5):
    """The same metrics by scikit-learn."""
    y, chance = cl.labels(observed), cl.probabilities(predicted)
    called = cl.decide(predicted, threshold)
    binary = observed.shape[1] == 1
    found = {
        "mcc": sk.matthews_corrcoef(y, called),
        "accuracy": sk.accuracy_score(y, called),
        "balanced_accuracy": sk.balanced_accuracy_score(y, called),
        "f1": sk.f1_score(y, called, average="binary" if binary else "macro"),
        "log_loss": sk.log_loss(y, chance, labels=range(chance.shape[1])),
        "brier": sk.brier_score_loss(y, chance[:, 1]) if binary else sk.brier_score_loss(y, chance),
    }
    if binary:
        found["auroc"] = sk.roc_auc_score(y, predicted[:, 0])
        found["auprc"] = sk.average_precision_score(y, predicted[:, 0])
    else:
        found["auroc"] = sk.roc_auc_score(y, chance, multi_class="ovr", average="macro")
        found["auprc"] = sk.average_precision_score(observed, chance, average="macro")
    return found


@pytest.mark.parametrize("made", [two, many])
@pytest.mark.parametrize("threshold", [0.5, 0.3])
def test_metrics_are_those_of_scikit_learn(made, threshold):
    observed, predicted = made()
    found = cl.scores(observed, predicted, threshold=threshold)
    assert found["n"] == len(observed)
    for name, value in by_sklearn(observed, predicted, threshold).items():
        assert found[name] == pytest.approx(value, abs=1e-9), name


def test_a_resample_is_judged_as_if_its_rows_stood_there_so_often():
    for made in (two, many):
        observed, predicted = made()
        drawn = np.random.default_rng(3).integers(0, len(observed), size=(len(observed), 5))
        counts = np.stack([np.bincount(rows, minlength=len(observed)) for rows in drawn.T], axis=1).astype(float)
        found = cl.resample(observed, predicted, counts)
        for place, rows in enumerate(drawn.T):
            once = cl.scores(observed[rows], predicted[rows])
            for name, values in found.items():
                assert values[place] == pytest.approx(once[name], abs=1e-9), (made.__name__, name)


def test_intervals_hold_the_value_and_narrow_with_n():
    narrow, wide = (cl.bootstrap(*two(n), replicates=300) for n in (2000, 100))
    found = cl.scores(*two(2000))
    for name in ("mcc", "accuracy", "auroc", "auprc", "f1", "log_loss", "brier"):
        low, high = narrow[name]
        assert low < found[name] < high, name
        assert high - low < wide[name][1] - wide[name][0], name


def test_two_models_are_compared_on_the_same_resamples():
    observed, predicted = two()
    assert difference(observed, predicted, predicted, metric="mcc", replicates=50, by=cl.resample) == (0, 0)
    low, _ = difference(observed, predicted + 4 * observed, predicted, metric="mcc", replicates=200, by=cl.resample)
    assert low > 0


def test_by_hand():
    """Four sequences: two positives at 0.8 and 0.4, two negatives at 0.6 and 0.2."""
    observed, chance = np.array([[1.0], [1.0], [0.0], [0.0]]), np.array([0.8, 0.4, 0.6, 0.2])
    found = cl.scores(observed, np.log(chance / (1 - chance))[:, None])
    assert found["accuracy"] == found["balanced_accuracy"] == found["f1"] == 0.5
    assert found["mcc"] == 0
    assert found["auroc"] == 0.75  # 3 of 4 pairs are in order
    assert found["auprc"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert found["brier"] == pytest.approx((0.04 + 0.36 + 0.36 + 0.04) / 4)
    assert found["ece"] == pytest.approx((0.2 + 0.6 + 0.6 + 0.2) / 4)


def test_what_is_not_defined_is_nan_and_silent():
    alone = cl.scores(np.ones((7, 1)), np.arange(7.0)[:, None])
    assert np.isnan([alone["mcc"], alone["auroc"]]).all()
    assert alone["auprc"] == 1
    assert cl.scores(np.array([[0.0], [1.0], [1.0]]), np.full((3, 1), 9.0))["mcc"] == 0
    assert np.isnan(cl.scores(np.array([[0.0], [1.0]]), np.array([[np.nan], [1.0]]))["accuracy"])
    assert np.isnan(cl.scores(np.empty((0, 1)), np.empty((0, 1)))["accuracy"])
    never = cl.scores(np.eye(3)[[0, 1, 0, 1]], np.eye(3)[[0, 1, 1, 1]] * 2)  # the third class is not there
    assert never["balanced_accuracy"] == 0.75
    assert np.isfinite(never["auroc"])


def test_each_class_against_the_rest():
    observed, predicted = many()
    found = cl.per_class(observed, predicted, ["a", "b", "c", "d"])
    report = sk.classification_report(cl.labels(observed), cl.decide(predicted), output_dict=True)
    for number, name in enumerate("abcd"):
        expected = report[str(number)]
        assert found[name]["n"] == expected["support"]
        for mine, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert found[name][mine] == pytest.approx(expected[theirs]), (name, mine)
        chance = cl.probabilities(predicted)[:, number]
        assert found[name]["auroc"] == pytest.approx(sk.roc_auc_score(observed[:, number], chance)), name
    both = cl.per_class(*two(), ["no", "yes"])
    assert both["yes"]["auroc"] == pytest.approx(both["no"]["auroc"])


def test_huge_log_odds_keep_their_order():
    """At 40 and 50 the probability is 1 in either case, but the order is known."""
    observed, predicted = np.array([[0.0], [1.0]]), np.array([[40.0], [50.0]])
    assert cl.scores(observed, predicted)["auroc"] == 1
    logits = np.array([[0.0, 0.0, 90.0], [0.0, 0.0, 80.0], [0.0, 5.0, 0.0]])
    assert cl.per_class(np.eye(3)[[2, 0, 1]], logits, "abc")["c"]["auroc"] == 1
    assert np.isfinite(cl.scores(observed, predicted * 100)["log_loss"])


def test_calibration_counts_every_sequence_once():
    observed, predicted = two()
    found = cl.calibration(observed, predicted)
    assert sum(row["n"] for row in found) == len(observed)
    for row in found:
        assert row["low"] <= row["predicted"] <= row["high"]
        assert row["low_95"] <= row["observed"] <= row["high_95"]
    expected = sum(row["n"] * abs(row["observed"] - row["predicted"]) for row in found) / len(observed)
    assert cl.scores(observed, predicted)["ece"] == pytest.approx(expected)
    assert sum(row["n"] for row in cl.calibration(*many())) == 173


def test_the_table_of_observed_and_decided_classes():
    observed, predicted = many()
    expected = sk.confusion_matrix(cl.labels(observed), cl.decide(predicted))
    np.testing.assert_array_equal(cl.confusion(cl.labels(observed), cl.decide(predicted), 4), expected)
    assert cl.mcc(cl.labels(observed), cl.decide(predicted), 4) == pytest.approx(
        sk.matthews_corrcoef(cl.labels(observed), cl.decide(predicted))
    )
