"""Every model that tells classes apart gives log-odds of two classes and logits of more, and is kept whole."""

import dataclasses

import numpy as np
import pytest

from lib.models import MODELS
from lib.tasks import class_metrics
from lib.tasks.classification import ClassLabels, class_counts
from lib.tasks.data import TrainingData
from lib.training import TrainingContext
from tests.models import classes_made
from tests.models.test_every_model import CHECKPOINTS, FRESH, QUICK, data_for

MANY = 150
ABLE = [name for name, cls in MODELS.all().items() if "classification" in cls.tasks]


def test_those_that_shall_are_there():
    needed = {"cnn", "bert", "dnabert-2", "hf-encoder", "ensemble", "mean", "gc-length", "kmer-logistic"}
    assert needed <= set(ABLE)
    assert "classification" not in MODELS.get("kmer-ridge").tasks


@pytest.fixture(params=ABLE, scope="module")
def model(request, tmp_path_factory):
    settings = dict(QUICK.get(request.param, {})) | ({"epochs": 1} if "epochs" in QUICK.get(request.param, {}) else {})
    if request.param in CHECKPOINTS:
        settings["weights"] = str(CHECKPOINTS[request.param](tmp_path_factory.mktemp("checkpoint")))
    return MODELS.create(request.param, settings)


def fit(model, dataset, folder):
    folder.mkdir(parents=True, exist_ok=True)
    if model.name == "ensemble":
        for number, name in enumerate(("mean", "kmer-logistic"), start=1):
            place = folder / "members" / f"{number}-abc{number}"
            place.mkdir(parents=True)
            MODELS.create(name).fit(TrainingData.of(dataset), TrainingContext(place)).save(place)
    return model.fit(data_for(model, dataset), TrainingContext(folder, device="cpu"))


def rare():
    """Two classes, one of which is four times as frequent."""
    dataset = classes_made.made(n=MANY, classes=2)
    kept = np.flatnonzero((dataset.targets[:, 0] == 0) | (np.arange(MANY) % 4 == 0))
    names = ("ids", "sequences", "targets", "parts", "values")
    return dataclasses.replace(dataset, **{name: getattr(dataset, name)[kept] for name in names})


@pytest.mark.parametrize("classes", [2, 4])
def test_it_predicts_log_odds_and_logits_and_is_kept(model, classes, tmp_path):
    dataset = classes_made.made(n=60, classes=classes)
    fitted = fit(model, dataset, tmp_path)
    predicted = fitted.predict(FRESH)
    assert predicted.shape == (len(FRESH), dataset.targets.shape[1])
    assert np.isfinite(predicted).all()
    np.testing.assert_allclose(class_metrics.probabilities(predicted).sum(axis=1), 1)
    fitted.save(tmp_path)
    np.testing.assert_array_equal(type(model).load(tmp_path).predict(FRESH), predicted)


def test_the_mean_and_gc_know_how_frequent_classes_are(tmp_path):
    """With four times as many of one class, both say so: what is predicted on average is its share."""
    dataset = rare()
    train = dataset.rows("train")
    share = dataset.targets[train].mean()
    for name in ("mean", "gc-length"):
        fitted = fit(MODELS.create(name), dataset, tmp_path / name)
        chance = class_metrics.probabilities(fitted.predict(dataset.sequences[train].tolist()))[:, 1]
        assert chance.mean() == pytest.approx(share, abs=1e-4), name


@pytest.mark.parametrize("classes", [2, 3])
def test_k_mers_tell_planted_motifs_apart_and_are_as_scikit_learn_solves_it(classes, tmp_path):
    """The mean cross entropy and penalty / 2 times the squared weights is C = 1 / (n penalty) of scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    from lib.models.nets import kmers

    dataset = classes_made.made(n=MANY, classes=classes)
    fitted = fit(MODELS.create("kmer-logistic", {"k": 2}), dataset, tmp_path)
    train = dataset.rows("train")
    counts = kmers.Counts.of(dataset.sequences[train].tolist(), 2)
    matrix = counts.times(np.eye(kmers.width(2)))
    labels = class_metrics.labels(dataset.targets[train])
    other = LogisticRegression(C=1 / (len(train) * fitted.penalties[0]), max_iter=5000, tol=1e-8).fit(matrix, labels)
    asked = dataset.sequences[dataset.rows("test")].tolist()
    expected = other.decision_function(kmers.Counts.of(asked, 2).times(np.eye(kmers.width(2))))
    found = class_metrics.probabilities(fitted.predict(asked))
    theirs = class_metrics.probabilities(expected[:, None] if classes == 2 else expected)
    np.testing.assert_allclose(found, theirs, atol=5e-3)


def test_balanced_weights_let_each_class_count_the_same():
    data = TrainingData.of(rare())
    counts = class_counts(data.train.targets)
    found = np.array(ClassLabels.of(data, class_weights="balanced").weights)
    np.testing.assert_allclose(found * counts, counts.sum() / 2)
    assert ClassLabels.of(data, class_weights="none").weights == (1.0, 1.0)
