"""The blend of members: weights worked out by hand, folds that never leak, a budget that is kept, and resuming."""

import dataclasses
import itertools
import json

import numpy as np
import pytest

from lib import tasks
from lib.attribution import METHODS
from lib.core.errors import Cancelled
from lib.core.progress import Callback
from lib.models import MODELS, members
from lib.models.base import constant_of
from lib.models.best import count_groups
from lib.models.blend import add_up, together, weigh
from lib.models.members import Candidate, choose_candidates
from lib.tasks.data import Part, TrainingData
from lib.training import TrainingContext
from tests.models.test_every_model import FRESH, made

REGRESSION = tasks.get("regression").shortfall


def column(values):
    return np.array(values, dtype=float)[:, None]


def test_weights_of_two_members_are_the_ones_that_least_squares_gives():
    # Errors of 1 and -3 on every sequence cancel with weights 3/4 and 1/4.
    observed = column([0, 4, 8, 12])
    groups = [column([1, 5, 9, 13]), column([-3, 1, 5, 9])]
    weights = weigh(groups, observed, np.array([6.0]), REGRESSION)
    np.testing.assert_allclose(weights, [0.75, 0.25], atol=1e-4)
    np.testing.assert_allclose(add_up(weights, groups, np.array([6.0]), 4), observed, atol=1e-3)


def test_a_member_that_exaggerates_is_shrunk_to_the_mean():
    observed = column([-1, 1, -1, 1])
    weights = weigh([column([-2, 2, -2, 2])], observed, np.zeros(1), REGRESSION)
    np.testing.assert_allclose(weights, [0.5], atol=1e-4)


def test_members_that_mislead_get_no_weight_so_that_the_mean_is_left():
    observed = column([-1, 1, -1, 1])
    assert weigh([column([1, -1, 1, -1])], observed, np.zeros(1), REGRESSION) == [0.0]
    assert weigh([], observed, np.zeros(1), REGRESSION) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_blend_is_never_worse_than_its_best_member_nor_than_the_mean(seed):
    rng = np.random.default_rng(seed)
    observed = rng.normal(size=(30, 1))
    groups = [column(observed[:, 0] * rng.normal() + rng.normal(size=30)) for _ in range(4)]
    weights = weigh(groups, observed, observed.mean(axis=0), REGRESSION)
    assert min(weights) >= 0
    assert sum(weights) <= 1 + 1e-9
    blended = REGRESSION(observed, add_up(weights, groups, observed.mean(axis=0), 30))
    each = [REGRESSION(observed, one) for one in groups]
    assert blended <= min(*each, 1.0) + 1e-9


def test_what_is_made_small_is_one_minus_r2_over_the_targets():
    rng = np.random.default_rng(0)
    observed, predicted = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    observed[[1, 5], [0, 2]] = np.nan
    assert REGRESSION(observed, predicted) == pytest.approx(
        1 - tasks.get("regression").scores_of(observed, predicted)["r2"]
    )


def test_what_is_made_small_of_classes_and_counts():
    classes = tasks.get("classification").shortfall
    assert classes(column([1, 0]), column([0, 0])) == pytest.approx(np.log(2))
    assert classes(np.eye(3)[[2]], np.log([[0.2, 0.3, 0.5]])) == pytest.approx(-np.log(0.5))
    assert tasks.get("counts").shortfall(column([3, 0]), column([3, 2])) == pytest.approx(2.0)  # deviances 0 and 4


def test_weighted_mean_and_deviation_by_hand():
    each = [np.array([[1.0]]), np.array([[3.0]]), np.array([[9.0]])]
    mean, deviation = together(iter(each), [0.75, 0.25, 0.0])
    assert mean.item() == pytest.approx(1.5)
    assert deviation.item() == pytest.approx(np.sqrt((0.75 * 0.25 + 0.25 * 2.25) / (1 - 0.625)))
    mean, deviation = together(iter(each), [0.0, 1.0, 0.0])
    assert (mean.item(), deviation.item()) == (3.0, 0.0)
    np.testing.assert_array_equal(together(iter(each), [2.0] * 3), together(iter(each)))


def test_candidates_fit_the_data():
    data = TrainingData.of(made())
    keys = [candidate.key for candidate in choose_candidates(data)]
    assert keys[:3] == ["gc-length", "kmer-ridge-k4", "kmer-ridge-k6"]
    assert "cnn" in keys
    assert "mean" not in keys
    assert len(set(keys)) == len(keys)
    import pandas as pd

    with_rbp = dataclasses.replace(data, rbp=pd.DataFrame({"motif": ["ACGTACG"], "mean_rbp": [1.0]}))
    assert choose_candidates(with_rbp)[-1].key == "bert-morph"


@pytest.fixture(scope="module")
def small():
    """Candidates of which a training takes moments: two simple ones and a network, by which no promise depends."""
    quick = [
        Candidate("ridge", "kmer-ridge", {"k": 2}),
        Candidate("network", "cnn", {"epochs": 12, "channels": 16, "batch_size": 8, "learning_rate": 1e-2}),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(members, "choose_candidates", lambda data: list(quick))
        patch.setattr(members, "ROUNDS", 2)
        yield quick


@pytest.fixture(scope="module")
def blended(small, tmp_path_factory):
    """A blend of the folds of both candidates, and where it lies."""
    folder = tmp_path_factory.mktemp("best")
    fitted = MODELS.create("best", {"minutes": 2.0}).fit(TrainingData.of(made()), TrainingContext(folder, device="cpu"))
    fitted.save(folder)
    return fitted, folder


def test_prediction_is_the_weighted_sum_of_the_members(blended):
    fitted, folder = blended
    weights = fitted.weights
    assert len(weights) == len(fitted.members) >= members.FOLDS
    assert 0 < weights.sum() <= 1 + 1e-9
    by_hand = fitted.added + sum(
        weight * member.predict(FRESH) for weight, member in zip(weights, fitted.members.values(), strict=True)
    )
    np.testing.assert_allclose(fitted.predict(FRESH), by_hand, rtol=1e-10)
    again = MODELS.get("best").load(folder)
    np.testing.assert_array_equal(again.predict(FRESH), fitted.predict(FRESH))
    assert again.blend == fitted.blend
    facts = json.loads((folder / "model.json").read_text())
    path = facts["about"]["path"]
    assert all(later["seconds"] > earlier["seconds"] for earlier, later in itertools.pairwise(path))
    assert all(later["shortfall"] <= earlier["shortfall"] + 1e-6 for earlier, later in itertools.pairwise(path))
    assert facts["model"] == "best"
    assert [sum(g["weight"] for g in facts["about"]["groups"])] == pytest.approx([weights.sum()])
    assert {path.name for path in (folder / "members").iterdir()} == set(fitted.members)


def test_the_validation_part_is_predicted_by_members_that_did_not_see_it(blended):
    fitted, _ = blended
    data = TrainingData.of(made())
    fold = members.draw_folds((*data.train.sequences, *data.validation.sequences), members.FOLDS, seed=0)
    held = fold[len(data.train.sequences) :]
    left = fitted.added * np.ones((len(held), 1))
    for (name, member), weight in zip(fitted.members.items(), fitted.weights, strict=True):
        mine = held == int(name.rpartition("fold")[2]) - 1
        left = left + members.FOLDS * weight * mine[:, None] * member.predict(data.validation.sequences)
    np.testing.assert_allclose(fitted.held_out, left, rtol=1e-10)


@pytest.mark.parametrize("method", ["in-silico-mutagenesis", "occlusion"])
def test_attributions_are_the_weighted_sum_of_those_of_the_members(blended, method):
    fitted, _ = blended
    [found] = METHODS.create(method).attribute(fitted, FRESH[:1], target=1)
    each = [METHODS.create(method).attribute(one, FRESH[:1], target=1)[0].scores for one in fitted.members.values()]
    np.testing.assert_allclose(found.scores, fitted.weights @ np.stack(each), atol=1e-6)
    assert found.prediction == pytest.approx(fitted.predict(FRESH[:1])[0, 1], rel=1e-5)


def test_completeness_is_kept_where_all_members_are_networks(small, tmp_path, monkeypatch):
    monkeypatch.setattr(members, "choose_candidates", lambda data: small[1:])
    fitted = MODELS.create("best", {"minutes": 2.0}).fit(
        TrainingData.of(made()), TrainingContext(tmp_path, device="cpu")
    )
    [found] = METHODS.create("deep-lift").attribute(fitted, FRESH[:1])
    assert found.delta == pytest.approx(0, abs=1e-3)
    assert found.prediction == pytest.approx(fitted.predict(FRESH[:1])[0, 0], rel=1e-4)
    assert found.prediction - found.reference_prediction == pytest.approx(found.scores.sum(), abs=1e-3)
    assert constant_of(fitted, 0) == pytest.approx((1 - fitted.weights.sum()) * fitted.blend.rest[0])


def test_no_time_leaves_the_simple_models_and_says_so(small, tmp_path):
    told = []
    context = TrainingContext(tmp_path, device="cpu", progress=Callback(told.append))
    fitted = MODELS.create("best", {"minutes": 0.01}).fit(TrainingData.of(made()), context)
    assert all(name.startswith("kmer-ridge") for name in fitted.members)
    assert "network is no member: it needs about" in fitted.blend.about["note"]
    assert told[-1].note == fitted.blend.about["note"]
    assert all(report.step <= report.total for report in told)


def test_members_that_were_finished_are_not_trained_again(small, tmp_path):
    def stop(report):
        if "network" in report.stage and "fold 3" in report.stage:
            raise Cancelled("enough")

    data, settings = TrainingData.of(made()), {"minutes": 2.0}
    with pytest.raises(Cancelled):
        MODELS.create("best", settings).fit(data, TrainingContext(tmp_path, device="cpu", progress=Callback(stop)))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("members/*/model.json")}
    assert len(before) == members.FOLDS + 2
    MODELS.create("best", settings).fit(data, TrainingContext(tmp_path, device="cpu"))
    after = {path: path.stat().st_mtime_ns for path in tmp_path.glob("members/*/model.json")}
    assert all(after[path] == time for path, time in before.items() if path in after)


def test_of_many_sequences_the_validation_part_alone_is_held_out(small, tmp_path, monkeypatch):
    monkeypatch.setattr(members, "SMALL", 50)
    data = TrainingData.of(made())
    fitted = MODELS.create("best", {"minutes": 0.01}).fit(data, TrainingContext(tmp_path, device="cpu"))
    assert list(fitted.members) == ["kmer-ridge-k2-seed0-fold1"]
    assert fitted.held_out is None
    assert fitted.blend.about["n"] == len(data.validation.sequences)


def test_targets_of_noise_leave_the_mean(small, tmp_path):
    rng = np.random.default_rng(1)
    letters = ["".join(rng.choice(list("ACGT"), 30)) for _ in range(60)]
    part = [
        Part(tuple(texts), rng.normal(size=(len(texts), 1)), np.empty((len(texts), 0)))
        for texts in (letters[:45], letters[45:])
    ]
    data = TrainingData(*part, ("y",), "regression")
    fitted = MODELS.create("best", {"minutes": 0.01}).fit(data, TrainingContext(tmp_path, device="cpu"))
    fitted.save(tmp_path)
    again = MODELS.get("best").load(tmp_path)
    spread = again.predict(letters).std()
    assert spread < 0.5 * data.train.targets.std()


def test_more_time_gives_more_networks_up_to_all_their_seeds():
    assert count_groups([60, 90], 59) == 0
    assert count_groups([60, 90], 149) == 2, "the second no longer fits, but the first seed of the first and another do"
    assert count_groups([60, 90], 150) == 2
    assert count_groups([60, 90], 1e9) == 2 * count_groups([1], 1e9) == 8
