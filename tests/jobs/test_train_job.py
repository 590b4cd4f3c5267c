"""A training run from the workspace and back: frozen dataset, queued run, worker, results; also a killed worker."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.core.errors import UserError
from lib.core.progress import Silent
from lib.datasets import simulate
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.io.files import Source
from lib.jobs import start
from lib.jobs.train import train
from lib.models import MODELS
from lib.store import datasets, rbp_tables, runs
from lib.tokenizers import TOKENIZERS

CNN = {"epochs": 6, "channels": 16}


@pytest.fixture
def dataset_id(home: Path, tmp_path: Path) -> str:
    files = simulate.write_demo(tmp_path / "demo", n=200)
    sources = [Source(path.name, path) for path in (files.expression, files.sequences)]
    return datasets.freeze(build(understand(*sources), ImportChoices(name="demo", simulated=True)))


def queued(dataset_id: str, model: str, settings: dict | None = None) -> str:
    return runs.create(spec=start.specify(dataset_id, MODELS.create(model, settings))).id


def worker(run_id: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "lib.jobs.worker", run_id], stderr=subprocess.DEVNULL)


def test_a_run_is_trained_into_its_folder(dataset_id):
    run_id = queued(dataset_id, "kmer-ridge", {"k": 3})
    results = train(run_id, runs.folder(run_id), Silent())
    metrics = json.loads((runs.folder(run_id) / "metrics.json").read_text())
    assert results["r2"] == metrics["test"]["r2"]
    assert set(metrics["baselines"]) == {"mean", "gc-length", "kmer-ridge"}
    frame = pd.read_parquet(runs.folder(run_id) / "predictions.parquet")
    assert frame["id"].tolist() == datasets.load(dataset_id).ids.tolist()
    assert runs.get(run_id).state == runs.QUEUED, "states are the worker's"


def test_a_dataset_that_is_gone_gives_a_sentence(dataset_id):
    run_id = queued(dataset_id, "mean")
    shutil.rmtree(runs.folder(run_id).parents[1] / "datasets" / dataset_id)
    with pytest.raises(UserError):
        train(run_id, runs.folder(run_id), Silent())


@pytest.mark.slow
def test_a_worker_that_is_killed_is_resumed_to_the_same_result(dataset_id):
    killed, whole = queued(dataset_id, "cnn", CNN), queued(dataset_id, "cnn", CNN)
    process = worker(killed)
    checkpoints = runs.folder(killed) / "checkpoints"
    end = time.monotonic() + 240
    while not list(checkpoints.glob("step-*")) and time.monotonic() < end and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert list(checkpoints.glob("step-*")), "no checkpoint was written before the worker was killed"
    assert not (runs.folder(killed) / "metrics.json").exists(), "killed too late to say anything"
    runs.mark_lost()
    assert runs.get(killed).state == runs.LOST
    runs.transition(killed, runs.QUEUED)
    for run_id in (killed, whole):
        assert worker(run_id).wait(timeout=300) == 0, runs.log_tail(run_id)
        assert runs.get(run_id).state == runs.FINISHED
    found, expected = (pd.read_parquet(runs.folder(run_id) / "predictions.parquet") for run_id in (killed, whole))
    pd.testing.assert_frame_equal(found, expected)
    assert runs.get(killed).results["r2"] == runs.get(whole).results["r2"]
    assert len(runs.history(killed)) == len(runs.history(whole)) == CNN["epochs"]
    assert np.isfinite(runs.get(killed).metrics["r2"])
    assert not checkpoints.exists()


def test_the_tokenizer_learns_from_the_rbp_table_that_was_chosen(dataset_id, tmp_path):
    """The dataset has no table; the one of the workspace goes with the run, into its folder too."""
    file = tmp_path / "own.csv"
    file.write_text("Motif,Mean_RBP\nTTAG,2.5\nTGTA,1.5\n")
    table = rbp_tables.keep(Source(file.name, file))
    bert = MODELS.create("bert", {"size": "tiny", "epochs": 1, "auxiliary": False})
    tokenizer = TOKENIZERS.create("motif")
    with pytest.raises(UserError, match="needs an RBP table"):
        start.specify(dataset_id, bert, tokenizer=tokenizer)
    spec = start.specify(dataset_id, bert, tokenizer=tokenizer, rbp=table)
    run = runs.create(spec=spec, payload={"rbp": table})
    results = train(run.id, runs.folder(run.id), Silent())
    words = json.loads((runs.folder(run.id) / "tokenizer" / "fitted.json").read_text())["vocabulary"]["pieces"]
    assert {"TTAG", "TGTA"} <= set(words)
    assert (runs.folder(run.id) / "rbp.csv").read_text().splitlines() == ["motif,mean_rbp", "TTAG,2.5", "TGTA,1.5"]
    assert results["validation"]["n"] == 20
