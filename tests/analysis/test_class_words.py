"""What is said of classifiers, and McNemar's test of what two of them call wrong."""

import numpy as np
import pytest
from scipy import stats

from lib.analysis.comparison import mcnemar, wilcoxon
from lib.tasks.class_card import METRICS, say_duplicates, sentence
from lib.tasks.class_metrics import METRICS as COMPUTED
from lib.tasks.scores import Scores


def test_the_card_names_every_metric_that_is_computed():
    assert {metric.key for metric in METRICS} == set(COMPUTED)
    assert [metric.key for metric in METRICS if not metric.higher] == ["log_loss", "brier", "ece"]


def test_no_skill_one_class_and_several_classes_are_said():
    model = Scores("CNN", {"mcc": -0.02, "accuracy": 0.5}, {"mcc": (-0.1, 0.06)})
    said = sentence(model, [], n=31, part="validation", classes=["0", "1"])
    assert said == (
        "does not tell class 1 from class 0: MCC **−0.02** [−0.10, 0.06] on n = 31 validation sequences, 50% of them "
        "right."
    )
    one = sentence(Scores("CNN", {"mcc": None, "accuracy": 1.0}), [], n=1, part="test", classes=["a", "b"])
    assert one == "has no MCC on n = 1 test sequence: they are all of one class, 100% of them right."
    three = sentence(Scores("CNN", {"mcc": 0.5}), [Scores("Mean", {"mcc": 0.0})], n=9, part="test", classes="abc")
    assert three == "tells 3 classes apart with an MCC of **0.50** on n = 9 test sequences; Mean 0.00."
    said = say_duplicates(1, 4, part="test")
    assert said.startswith("1 of 4 test sequences (25.0%) is a duplicate of a training sequence")
    assert not say_duplicates(0, 0, part="test")


def test_mcnemar_counts_what_one_alone_calls_wrong():
    rng = np.random.default_rng(2)
    first, second = (rng.random(90) < share for share in (0.5, 0.2))
    found = mcnemar(first.astype(float), second.astype(float))
    alone, other = int((first & ~second).sum()), int((~first & second).sum())
    assert found.p == pytest.approx(stats.binomtest(alone, alone + other).pvalue)
    assert found.mean == pytest.approx(first.mean() - second.mean())
    assert found.r == pytest.approx(wilcoxon(first.astype(float), second.astype(float)).r), "ranks are all tied"


def test_mcnemar_of_the_same_calls_and_of_none():
    same = np.array([1.0, 0.0, 1.0])
    assert mcnemar(same, same) == (0.0, 0.0, 1.0)
    assert np.isnan(mcnemar(np.empty(0), np.empty(0)).p)
