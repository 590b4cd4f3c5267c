"""What a task judges of a model, and what it writes."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from lib import tasks
from lib.core.errors import UserError
from lib.tasks import class_metrics, thresholds
from lib.tasks.base import Baseline, Prediction
from tests.models import classes_made


def said(classes, n=90):
    """A dataset whose first two test sequences are copies of training sequences, and what a model says of it."""
    dataset = classes_made.made(n=n, classes=classes)
    sequences, test = dataset.sequences.copy(), dataset.rows("test")
    sequences[test[:2]] = sequences[:2]
    rng = np.random.default_rng(0)
    values = 2 * dataset.targets - 1 + rng.normal(size=dataset.targets.shape)
    return dataclasses.replace(dataset, sequences=sequences), Prediction(values)


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_are_judged_with_and_without_copies(classes):
    dataset, predicted = said(classes)
    other = Baseline("Other", Prediction(-predicted.values))
    found = tasks.get("classification").metrics(dataset, predicted, {"other": other})
    test = dataset.rows("test")
    assert found["test"] == class_metrics.scores(dataset.targets[test], predicted.values[test])
    assert found["test"]["n"] == 13 and found["copies"] == 2
    alone = class_metrics.scores(dataset.targets[test[2:]], predicted.values[test[2:]])
    assert found["test_without_copies"] == alone
    for model in (found, found["baselines"]["other"]):
        for part in ("test", "test_without_copies"):
            low, high = model["intervals"][part]["accuracy"]
            assert low <= model[part]["accuracy"] <= high
    assert found["baselines"]["other"]["label"] == "Other"
    assert np.sum(found["confusion"]) == sum(row["n"] for row in found["calibration"]) == 13
    assert list(found["per_target"]) == found["classes"] == list(dataset.classes)
    held = dataset.rows("validation")
    if classes == 2:
        chance = class_metrics.probabilities(predicted.values[held])[:, 1]
        assert found["best_threshold"] == thresholds.best(dataset.targets[held, 0] == 1, chance)
    else:
        assert found["best_threshold"] is None


def test_without_copies_nothing_is_said_of_them():
    dataset, predicted = said(2)
    dataset = dataclasses.replace(dataset, sequences=classes_made.made(classes=2).sequences)
    found = tasks.get("classification").metrics(dataset, predicted, {})
    assert found["copies"] == 0
    assert "test_without_copies" not in found and "test_without_copies" not in found["intervals"]


@pytest.mark.parametrize("classes", [2, 3])
def test_predictions_hold_the_class_and_the_probability_of_each(classes, tmp_path):
    dataset, predicted = said(classes)
    tasks.get("classification").write(dataset, predicted, {}, tmp_path)
    frame = pd.read_parquet(tmp_path / "predictions.parquet")
    chance = frame[[f"probability:{name}" for name in dataset.classes]].to_numpy()
    np.testing.assert_allclose(chance, class_metrics.probabilities(predicted.values))
    assert frame["predicted_class"].tolist() == [dataset.classes[i] for i in chance.argmax(axis=1)]
    numbers = class_metrics.labels(dataset.targets)
    assert frame["observed_class"].tolist() == [dataset.classes[i] for i in numbers]
    assert frame[f"predicted:{dataset.target_names[-1]}"].tolist() == predicted.values[:, -1].tolist()


def test_every_task_is_spoken_of_by_its_first_metric():
    assert tasks.headline("regression").label == "R²"
    assert tasks.headline("classification").label == "MCC"
    assert tasks.headline("not yet known").label == "R²"
    assert tasks.metric("mcc").label == "MCC"
    assert tasks.metric("some_odd_one").label == "some odd one"
    with pytest.raises(UserError, match="no task called 'guessing'; choose one of classification"):
        tasks.get("guessing")
