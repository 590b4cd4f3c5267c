"""What a run is compared with: one order, one name for each model, and never the model with itself."""

from typing import Any

import pytest

from lib.analysis.baselines import label_models, read_ceiling, read_test_scores
from lib.tasks.scores import Scores
from lib.views.profile_scores import in_words, read_profile_scores

METRICS = {
    "test": {"r2": 0.5},
    "alone": {"r2": 0.25},
    "intervals": {"test": {"r2": (0.4, 0.6)}, "alone": {"r2": (0.125, 0.375)}},
    "baselines": {
        name: {
            "label": label,
            "test": {"r2": r2},
            "alone": {"r2": r2 / 2},
            "intervals": {"test": {"r2": (0.0, r2)}, "alone": {}},
        }
        for name, label, r2 in (
            ("zebra", "Zebra", 0.3),
            ("mean", "Mean", 0.0),
            ("gc-length", "GC + length", 0.125),
            ("kmer-poisson", "k-mer Poisson", 0.375),
        )
    },
}


def label(model: str, name: str, metrics: dict[str, Any] = METRICS) -> dict[str, str]:
    return label_models(metrics, model=model, label=name)


def test_the_run_comes_first_then_the_strongest_kind_and_unknown_ones_last():
    assert list(label("cnn", "CNN").items()) == [
        ("predicted", "CNN"),
        ("kmer-poisson", "k-mer Poisson"),
        ("gc-length", "GC + length"),
        ("mean", "Mean"),
        ("zebra", "Zebra"),
    ]


def test_a_baseline_of_the_same_kind_has_a_name_of_its_own_and_the_very_model_is_left_out():
    assert label("kmer-poisson", "k-mer Poisson")["kmer-poisson"] == "k-mer Poisson (defaults)"
    same = METRICS | {"test": METRICS["baselines"]["kmer-poisson"]["test"]}
    assert list(label("kmer-poisson", "k-mer Poisson", same)) == ["predicted", "gc-length", "mean", "zebra"]
    assert "kmer-poisson" in label("cnn", "CNN", same), "another model with the same scores is compared"


@pytest.mark.parametrize(("rows", "r2", "ends"), [("test", 0.5, (0.4, 0.6)), ("alone", 0.25, (0.125, 0.375))])
def test_scores_are_read_in_the_order_of_the_labels(rows, r2, ends):
    labels = {"predicted": "CNN", "mean": "Mean", "gone": "Gone", "zebra": "Zebra"}
    own, mean, zebra = read_test_scores(METRICS, labels, rows=rows)
    assert (own.label, own.value("r2"), own.interval("r2")) == ("CNN", r2, ends)
    assert (mean.label, mean.value("r2"), zebra.label) == ("Mean", 0.0, "Zebra")
    assert zebra.value("r2") == pytest.approx(0.3 if rows == "test" else 0.15)


def test_the_ceiling_is_that_of_one_target_only():
    known = {"ceiling": {"r2": 0.75, "source": "replicates"}}
    assert read_ceiling(known, targets=1) == (0.75, "replicates")
    assert read_ceiling(known, targets=2) is None
    assert read_ceiling({"ceiling": None}, targets=1) is None
    assert read_ceiling({"ceiling": {"r2": 0.5}}, targets=1) == (0.5, "")


def test_profiles_are_compared_with_shuffled_ones_and_replicates_where_there_are_any():
    found = METRICS | {"shuffled": {"test": {"r2": 0.0625}, "intervals": {"test": {"r2": (0.0, 0.125)}}}}
    scores = read_profile_scores(found, {"predicted": "BPNet", "mean": "Mean"})
    assert [one.label for one in scores] == ["BPNet", "Mean profile", "Shuffled"]
    assert scores[-1].interval("r2") == (0.0, 0.125)
    names = [one.label for one in in_words([*scores[1:], Scores("Zebra", {})])]
    assert names == ["mean profile", "shuffled", "Zebra"]
