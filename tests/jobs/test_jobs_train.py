"""Real training by the real worker: a dataset frozen from files, a run submitted, its results read back."""

import json
import os
import shutil
import signal

import numpy as np
import pandas as pd
import pytest

from lib.datasets.draft import ImportChoices
from lib.datasets.pipeline import build, understand
from lib.io.files import Source
from lib.jobs import runner
from lib.jobs.predict import start_prediction
from lib.jobs.start import start_training
from lib.models.base import MODELS
from lib.store import datasets, runs
from tests.jobs.workshop import ends, until

ROWS, LENGTH = 420, 44


@pytest.fixture(scope="module")
def files() -> tuple[Source, Source]:
    """Write sequences whose change from 2 h to 8 h is the number of AT pairs of letters, with a little noise."""
    random = np.random.default_rng(4)
    sequences = ["".join(random.choice(list("ACGT"), LENGTH)) for _ in range(ROWS)]
    change = [sequence.count("AT") - sequence.count("GC") for sequence in sequences] + random.normal(0, 0.1, ROWS)
    table = pd.DataFrame({"id": [f"s{i}" for i in range(ROWS)], "2h": random.normal(8, 1, ROWS)})
    table["8h"] = table["2h"] + change
    fasta = "".join(f">s{i}\n{sequence}\n" for i, sequence in enumerate(sequences))
    return Source("values.csv", table.to_csv(index=False).encode()), Source("s.fasta", fasta.encode())


@pytest.fixture
def dataset(home, files) -> str:
    return datasets.freeze(build(understand(*files), ImportChoices("AT", counts=False)))


def test_a_ridge_is_trained_and_its_results_are_all_there(home, dataset):
    run_id = start_training(dataset, MODELS.create("kmer-ridge", {"k": 2}), seed=3, owner="ada")
    run = ends(run_id, "finished")
    metrics = runs.metrics(run_id)
    assert run.results["r2"] == metrics["test"]["r2"] > 0.9, "counts of pairs are what the target is made of"
    assert set(metrics["baselines"]) == {"mean", "gc-length", "kmer-ridge"}
    predictions = runs.predictions(run_id)
    assert len(predictions) == ROWS
    assert json.loads((runs.folder(run_id) / "spec.json").read_text())["seed"] == 3
    assert (runs.folder(run_id) / "environment.json").exists()
    assert run.owner == "ada"


def test_many_sequences_are_predicted_by_a_job(home, dataset):
    run_id = start_training(dataset, MODELS.create("kmer-ridge", {"k": 2}))
    ends(run_id, "finished")
    sequences = ["AT" * 22, "GC" * 22, "A" * 44]
    asked = start_prediction([run_id], ["high", "low", "even"], sequences)
    assert ends(asked, "finished").results["n"] == 3
    found = runs.predictions(asked).set_index("id").iloc[:, 0]
    assert found["high"] > found["even"] > found["low"]


@pytest.mark.slow
def test_a_network_that_was_cancelled_or_killed_goes_on_from_its_checkpoint(home, dataset):
    model = MODELS.create("cnn", {"epochs": 30, "patience": 30, "channels": 8})
    run_id = start_training(dataset, model, seed=1)
    until(lambda: len(runs.history(run_id)) >= 2 or runs.get(run_id).over, "two epochs are evaluated", 120)
    assert runs.get(run_id).state == "running", runs.log_tail(run_id)
    runner().cancel(run_id)
    ends(run_id, "cancelled")
    before = runs.history(run_id)
    assert list((runs.folder(run_id) / "checkpoints").iterdir())

    runner().resume(run_id)
    until(lambda: len(runs.history(run_id)) > len(before) + 1 or runs.get(run_id).over, "it goes on", 120)
    resumed = runs.history(run_id)
    shared = len(before) - 1
    assert resumed["loss"].tolist()[:shared] == before["loss"].tolist()[:shared], "what was learned is not learned anew"

    os.kill(runs.get(run_id).pid, signal.SIGKILL)
    assert "Resume goes on" in ends(run_id, "lost").message
    runner().resume(run_id)
    until(lambda: runs.get(run_id).over, "it finishes", 300)
    run = ends(run_id, "finished")
    assert run.results["n"] == runs.metrics(run_id)["test"]["n"]
    assert runs.history(run_id)["step"].is_monotonic_increasing


def test_a_dataset_that_is_gone_is_a_sentence(home, dataset):
    run = runs.create(spec=runs.get(start_training(dataset, MODELS.create("mean"))).spec)
    shutil.rmtree(datasets._folder(dataset))
    runner().submit(run.id)
    message = ends(run.id, "failed").message
    assert "internal error" not in message, message
