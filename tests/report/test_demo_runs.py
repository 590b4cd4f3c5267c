"""The runs of the demo that come with the program are of today's demo and predict what they did."""

import numpy as np
import pytest

from lib.datasets import demo
from lib.report import demo_runs
from lib.store import datasets, runs
from lib.store.fitted import load_fitted


@pytest.fixture
def opened(home) -> tuple[str, str]:
    return demo_runs.open_demo()


def test_the_demo_comes_with_the_results_of_two_models_and_is_opened_once(opened):
    dataset, run = opened
    assert demo_runs.open_demo() == opened, "opening it again changes nothing"
    assert {one.model for one in runs.all(kind="train")} == set(demo_runs.MODELS)
    assert runs.get(run).state == runs.FINISHED and runs.get(run).model == demo_runs.MODELS[-1]
    assert dataset == demo.draft().dataset.id, "the demo has changed: run python -m docs.demo_runs"
    predictions = runs.predictions(run).set_index("id")
    assert predictions.loc[demo_runs.SEQUENCE, "part"] == "test"


def test_its_models_predict_what_they_did(opened):
    dataset = datasets.load(opened[0])
    for run in runs.all(kind="train"):
        stored = runs.predictions(run.id)
        column = f"predicted:{dataset.target_names[0]}"
        found = load_fitted(run.id).predict(dataset.sequences[:40].tolist())[:, 0]
        np.testing.assert_allclose(found, stored[column].to_numpy()[:40], rtol=0, atol=1e-4)
