"""The task ``profile``: what stands in metrics.json and profiles.npz, and what a model is compared with."""

import dataclasses
import json

import numpy as np
import pytest

from lib import tasks
from lib.datasets.dataset import Dataset
from lib.models.mean import MeanModel
from lib.store import datasets, runs
from lib.tasks import profile
from lib.tasks.base import Prediction
from lib.tasks.profile_metrics import METRICS
from tests import finished


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("profiles")
    with finished.using(folder / "home"):
        dataset = finished.freeze_profiles(folder / "files", n=70, length=44)
        run = finished.trained(dataset, "mean", {})
        yield datasets.load(dataset), run


def best(dataset: Dataset) -> Prediction:
    return Prediction(dataset.targets, profile.smooth(dataset.profiles))


def test_metrics_hold_all_with_intervals(made):
    dataset, run = made
    metrics = runs.metrics(run)
    n = len(dataset.rows("test"))
    for found in (metrics, metrics["baselines"]["mean"], metrics["shuffled"], metrics["replicates"]):
        assert found["test"]["n"] == n
        assert set(METRICS) <= set(found["test"])
        low, high = found["intervals"]["test"]["profile_pearson"]
        assert low <= found["test"]["profile_pearson"] <= high
    assert metrics["replicates"]["count"] == 3
    assert metrics["tracks"] == ["down", "up"]
    assert set(metrics["per_target"]) == set(dataset.target_names)
    assert metrics["replicates"]["test"]["profile_pearson"] > 0.8
    assert metrics["replicates"]["test"]["profile_nll"] < metrics["test"]["profile_nll"]
    assert json.loads((runs.folder(run) / "metrics.json").read_text()) == metrics


def test_predicted_shares_are_kept_beside_those_of_baselines(made):
    dataset, run = made
    with np.load(runs.folder(run) / profile.FILE, allow_pickle=False) as stored:
        assert set(stored.files) == {"predicted", "mean"}
        predicted = stored["predicted"]
    assert predicted.shape == dataset.profiles.shape
    assert predicted.dtype == np.float32
    np.testing.assert_allclose(predicted.sum(axis=2), 1.0, rtol=1e-5)
    frame = runs.predictions(run)
    assert f"profile_pearson:{dataset.target_names[1]}" in frame.columns


def test_the_mean_profile_is_that_of_the_train_part(made):
    dataset, _ = made
    train = dataset.profiles[dataset.rows("train")]
    total = train.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(profile.mean_profile(train), ((train + 1 / 44) / (total + 1)).mean(axis=0), rtol=1e-6)
    changed = dataset.profiles.copy()
    changed[dataset.rows("test")] = 0
    other = dataclasses.replace(dataset, profiles=changed)
    np.testing.assert_array_equal(profile.mean_profile(changed[other.rows("train")]), profile.mean_profile(train))


def test_windows_without_reads_count_nothing_in_the_mean():
    counts = np.zeros((3, 2, 4))
    counts[1, 0] = [0, 7, 0, 0]
    found = profile.mean_profile(counts)
    np.testing.assert_allclose(found[0], [1 / 32, 29 / 32, 1 / 32, 1 / 32], rtol=1e-6)
    np.testing.assert_allclose(found[1], [0.25] * 4)


def test_shuffled_windows_come_from_the_train_part_and_are_never_the_window_itself(made):
    dataset, _ = made
    found = profile.predict_shuffled(dataset)
    train = profile.smooth(dataset.profiles[dataset.rows("train")])
    own = profile.smooth(dataset.profiles)
    for row in range(len(dataset)):
        assert (found.profiles[row] == train).all(axis=(1, 2)).any()
        assert not (found.profiles[row] == own[row]).all()


def test_the_ceiling_is_worked_out_by_hand():
    """Two replicates of one window: each is judged against the other."""
    one, other = np.array([[[4.0, 0.0, 2.0]]]), np.array([[[2.0, 2.0, 2.0]]])
    dataset = Dataset(
        id="",
        split_id="",
        name="",
        targets=np.log1p([[12.0]]),
        times=(),
        value_names=(),
        parts=np.array(["train"]),
        task="profile",
        tracks=("t",),
        profiles=one + other,
        replicates={"1": one, "2": other},
        ids=np.array(["w"]),
        sequences=np.array(["ACG"]),
        target_names=("t",),
        target_units=("",),
        values=np.empty((1, 0)),
    )
    # 4 0 2 against 2 2 2 smoothed (flat): 0; 2 2 2 has no correlation, so it is left out
    np.testing.assert_array_equal(profile.between_replicates(dataset, np.array([0])), [[0.0]])
    found = profile.ceiling(dataset, np.array([0]), replicates=5)
    assert found["count"] == 2
    assert found["test"]["mse"] == pytest.approx(0.0)
    alone = dataclasses.replace(dataset, replicates={"1": one})
    assert profile.ceiling(alone, np.array([0])) is None
    assert profile.between_replicates(alone, np.array([0])) is None


def test_the_observed_profile_beats_every_other(made):
    dataset, _ = made
    task, rows = tasks.get("profile"), dataset.rows("test")
    found = task.scores(dataset, rows, best(dataset))
    assert found["profile_pearson"] == pytest.approx(1.0)
    assert found["profile_auroc"] == pytest.approx(1.0)
    assert found["r2"] == pytest.approx(1.0)
    shuffled = task.scores(dataset, rows, profile.predict_shuffled(dataset))
    assert shuffled["profile_pearson"] < 0.5
    assert shuffled["loss"] > found["loss"]


def test_a_model_without_profiles_has_counts_alone(made):
    dataset, _ = made
    found = tasks.get("profile").scores(dataset, dataset.rows("test"), Prediction(dataset.targets))
    assert found["r2"] == pytest.approx(1.0)
    assert np.isnan(found["profile_pearson"])


def test_the_mean_model_keeps_its_profile(made, tmp_path):
    dataset, run = made
    fitted = MeanModel.load(runs.folder(run))
    sequences = dataset.sequences[:3].tolist()
    assert fitted.predict_profiles(sequences).shape == (3, 2, 44)
    with pytest.raises(Exception, match="A sequence has 5 nt; the mean profile is one of windows of 44 nt"):
        fitted.predict_profiles(["ACGTA"])
