"""Checks by training again: no row is in two parts, labels are permuted where they should be, pieces are kept."""

import dataclasses
import itertools

import numpy as np
import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Silent
from lib.core.spec import Choice, RunSpec
from lib.datasets import homology
from lib.models import MODELS
from lib.tasks.class_metrics import labels as class_labels
from lib.training.checks import (
    FOLDS,
    LEARNING,
    PERMUTED,
    compute_gain,
    compute_p,
    permute_labels,
    plan_check,
    require_checkable,
    summarise_pieces,
    train_pieces,
)
from tests.models import classes_made, profiles_made
from tests.models.test_every_model import made

SPEC = RunSpec("d", "s", "multi_regression", Choice("kmer-ridge", {"k": 2}))


def test_each_sequence_is_the_test_part_once_and_never_beside_itself():
    dataset = made()
    pieces = plan_check(dataset, FOLDS, 5, 0)
    assert sorted(np.concatenate([piece.test for piece in pieces]).tolist()) == list(range(len(dataset)))
    groups = homology.components(dataset.sequences.tolist())
    for piece in pieces:
        parts = [set(groups[rows]) for rows in (piece.train, piece.validation, piece.test)]
        assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])
        assert len(piece.train) + len(piece.validation) + len(piece.test) == len(dataset)


def test_parts_of_a_learning_curve_grow_within_one_another_and_keep_the_test_part():
    dataset = made()
    pieces = plan_check(dataset, LEARNING, 2, 0)
    assert [len(piece.train) for piece in pieces] == [24, 42, 60, 24, 42, 60]
    assert [piece.seed for piece in pieces] == [0, 0, 0, 1, 1, 1]
    for draw in (pieces[:3], pieces[3:]):
        for smaller, larger in itertools.pairwise(draw):
            assert set(smaller.train) < set(larger.train)
    assert set(pieces[0].train) != set(pieces[3].train), "each draw takes others"
    assert all(np.array_equal(piece.test, dataset.rows("test")) for piece in pieces)


def test_parts_of_a_learning_curve_keep_the_shares_of_classes():
    dataset = classes_made.made(n=200)
    label = class_labels(dataset.targets)
    share = np.bincount(label[dataset.rows("train")]) / len(dataset.rows("train"))
    for piece in plan_check(dataset, LEARNING, 3, 5):
        of_piece = np.bincount(label[piece.train], minlength=len(share)) / len(piece.train)
        np.testing.assert_allclose(of_piece, share, atol=1.5 / len(piece.train))


def test_the_gain_of_the_last_step_by_hand():
    scores = [(10, 0.1), (30, 0.3), (30, 0.5), (60, 0.7), (60, 0.7), (60, None)]
    found = [{"train": size, "test": {"r2": value}} for size, value in scores]
    gain = compute_gain(found, "r2")
    assert (gain.before, gain.last, gain.is_clear) == (30, 60, True)
    assert gain.gain == pytest.approx(0.3)
    assert gain.error == pytest.approx(0.1), "a standard deviation of 0.1414 over the root of 2"
    one = compute_gain(found[:3:2], "r2")
    assert one.error is None and not one.is_clear, "one draw cannot tell a gain from chance"
    assert compute_gain(found[:1], "r2") is None


def test_p_counts_permutations_at_least_as_good():
    found = [{"test": {"r2": value}} for value in (0.1, 0.5, -0.2, None)]
    assert compute_p(found, "r2", 0.5) == 2 / 4
    assert compute_p(found, "r2", 0.6) == 1 / 4
    assert compute_p(found, "r2", None) is None


def test_permuted_labels_stay_in_their_part_and_leave_the_test_part_alone():
    dataset = made()
    found = permute_labels(dataset, 1)
    for part in ("train", "validation"):
        rows = dataset.rows(part)
        assert sorted(found.targets[rows, 0]) == sorted(dataset.targets[rows, 0])
        assert (found.targets[rows] != dataset.targets[rows]).any()
    test = dataset.rows("test")
    np.testing.assert_array_equal(found.targets[test], dataset.targets[test])


def test_a_model_of_permuted_labels_is_no_better_than_chance_and_the_true_one_is(tmp_path):
    dataset = made(n=300)
    pieces = [*plan_check(dataset, PERMUTED, 3, 0), *plan_check(dataset, LEARNING, 1, 0)[-1:]]
    found = train_pieces(dataset, SPEC, pieces, tmp_path, Silent())
    assert summarise_pieces(found[:3], "r2")["mean"] < 0.15
    assert found[3]["test"]["r2"] > 0.9
    assert found[0]["test"]["n"] == 13


def test_mean_and_standard_deviation_by_hand():
    found = [{"test": {"r2": value}} for value in (0.1, 0.3, None)]
    assert summarise_pieces(found, "r2") == {"mean": pytest.approx(0.2), "sd": pytest.approx(0.02**0.5), "count": 2}
    assert summarise_pieces([{"test": {"r2": None}}], "r2") == {"mean": None, "sd": None, "count": 0}


def test_pieces_that_are_finished_are_not_trained_again(tmp_path):
    dataset, pieces = made(), plan_check(made(), FOLDS, 3, 0)

    def stop(report):
        if "Fold 2" in report.stage:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        train_pieces(dataset, SPEC, pieces, tmp_path, Callback(stop))
    kept = (tmp_path / "pieces" / "0" / "scores.json").stat().st_mtime_ns
    told = []
    found = train_pieces(dataset, SPEC, pieces, tmp_path, Callback(told.append))
    assert (tmp_path / "pieces" / "0" / "scores.json").stat().st_mtime_ns == kept
    assert [piece["name"] for piece in found] == ["Fold 1", "Fold 2", "Fold 3"]
    steps = [report.step for report in told if report.stage != "Evaluation"]
    assert steps == sorted(steps) and max(steps) <= 3000


def test_classes_are_checked_too(tmp_path):
    dataset = classes_made.made(n=90)
    spec = dataclasses.replace(SPEC, task="classification", model=Choice("kmer-logistic", {"k": 2}))
    found = train_pieces(dataset, spec, plan_check(dataset, FOLDS, 3, 0), tmp_path, Silent())
    assert all(0 <= piece["test"]["auroc"] <= 1 for piece in found)


def test_what_cannot_be_checked_is_refused():
    with pytest.raises(UserError, match="Found 2 folds"):
        plan_check(made(), FOLDS, 2, 0)
    with pytest.raises(UserError, match="no check"):
        plan_check(made(), "tea", 5, 0)
    with pytest.raises(UserError, match="predicts profiles"):
        require_checkable(profiles_made.made(), dataclasses.replace(SPEC, task="profile"))
    with pytest.raises(UserError, match="check one of its members"):
        require_checkable(made(), dataclasses.replace(SPEC, model=Choice("ensemble", {})))
    assert MODELS.get("ensemble")
