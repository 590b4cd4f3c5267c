"""Pretrainings as jobs, on the train part alone or on a file, whose overlap with a test is said.

The real worker does one in ``tests/cli/test_cli_structure.py``.
"""

import pandas as pd
import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Silent
from lib.jobs import pretrain as job
from lib.jobs.devices import DeviceRequest
from lib.jobs.pretrain import Corpus, parse_settings
from lib.jobs.start import specify
from lib.jobs.train import train
from lib.models import MODELS
from lib.store import datasets, pretrainings, runs
from tests import finished

TINY = {"layers": 1, "width": 16, "heads": 2, "epochs": 2, "longest": 42}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    home = tmp_path_factory.mktemp("pretraining") / "home"
    with finished.using(home):
        yield finished.freeze(home.parent / "files")


@pytest.fixture
def idle(monkeypatch):
    """Let runs wait, so that a test does their work itself."""

    class Nobody:
        def submit(self, run_id: str) -> None:
            assert runs.get(run_id).state == runs.QUEUED

    monkeypatch.setattr(job, "runner", Nobody)


def test_of_a_dataset_the_train_part_alone_is_read(workspace, idle):
    run_id = job.start_pretraining(parse_settings(TINY), Corpus(dataset=workspace), seed=2)
    results = job.pretrain(run_id, runs.folder(run_id), Silent())
    run, dataset = runs.get(run_id), datasets.load(workspace)
    assert (run.kind, run.dataset, run.name) == (
        "pretrain",
        workspace,
        "UTR-LM pretrained on the training part of Demo",
    )
    read = pd.read_parquet(runs.folder(run_id) / pretrainings.SEQUENCES)["sequence"]
    assert read.tolist() == dataset.sequences[dataset.rows("train")].tolist()
    summary = pretrainings.summary(run_id)
    assert (summary["sequences"], summary["shortened"]) == (len(read), len(read)), "of 110 nt, 40 are read"
    assert results["structure_accuracy"] == summary["structure"]["value"]
    assert pretrainings.losses(run_id)["epoch"].tolist() == [1, 2]
    assert pretrainings.overlap(run_id, dataset).read == 0

    # Fine-tuning on it says nothing of an overlap, for there is none.
    settings = {"pretraining": run_id, "epochs": 1}
    tuned = runs.create(spec=specify(workspace, MODELS.create("utr-lm", settings)))
    seen = []
    assert train(tuned.id, runs.folder(tuned.id), Callback(seen.append))["n"] == len(dataset.rows("test"))
    assert not any(report.note for report in seen)


def test_a_file_that_holds_test_sequences_is_said_when_fine_tuning(workspace, idle):
    dataset = datasets.load(workspace)
    test = dataset.sequences[dataset.rows("test")[:3]].tolist()
    file = [*dataset.sequences[dataset.rows("train")].tolist(), *test]
    run_id = job.start_pretraining(parse_settings(TINY), Corpus(file="utrs.fasta", sequences=file))
    run = runs.get(run_id)
    assert (run.dataset, run.name, run.payload["n"]) == ("", "UTR-LM pretrained on utrs.fasta", len(set(file)))
    seen = []
    with pytest.raises(Cancelled):
        stop = Callback(seen.append, cancelled=lambda: seen[-1].stage == "Pretraining" and seen[-1].step >= 4)
        job.pretrain(run_id, runs.folder(run_id), stop)
    assert {report.stage for report in seen} >= {"Folding (ViennaRNA)", "Pretraining"}
    job.pretrain(run_id, runs.folder(run_id), Silent())  # goes on, though the file was taken
    assert not (runs.folder(run_id) / "checkpoints").exists(), "they are not needed any more"
    found = pretrainings.overlap(run_id, dataset)
    assert (found.read, found.test) == (3, len(dataset.rows("test")))
    tuned = runs.create(spec=specify(workspace, MODELS.create("utr-lm", {"pretraining": run_id, "epochs": 1})))
    said = job.describe_overlap(tuned)
    assert said.startswith(f"3 of the {found.test} test sequences stand among the sequences of the pretraining")


def test_a_batch_that_memory_does_not_hold_is_refused(workspace, idle, monkeypatch):
    from lib.core import memory

    run_id = job.start_pretraining(parse_settings(TINY), Corpus(dataset=workspace))
    monkeypatch.setattr(memory, "free", lambda: 1000)
    with pytest.raises(UserError, match="A batch of 64 sequences of up to 42 tokens needs about .* Lower the batch"):
        job.pretrain(run_id, runs.folder(run_id), Silent())


def test_what_cannot_be_pretrained_is_said(workspace, idle):
    settings = parse_settings(TINY)
    with pytest.raises(UserError, match=r"2 distinct sequences in x\.fasta; a pretraining needs 40 or more"):
        job.start_pretraining(settings, Corpus(file="x.fasta", sequences=["ACGT", "ACGT", "AC"]))
    with pytest.raises(UserError, match="one process, and 2 were asked for"):
        job.start_pretraining(settings, Corpus(dataset=workspace), device=DeviceRequest("cpu", processes=2))
    with pytest.raises(UserError, match="no setting 'depth'"):
        parse_settings({"depth": 3})
    with pytest.raises(UserError, match="no preset 'huge'"):
        parse_settings({"preset": "huge"})
    assert parse_settings({"preset": "small", "layers": "2"}).sizes().layers == 2
