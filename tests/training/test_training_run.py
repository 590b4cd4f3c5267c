"""A run folder is complete and says the truth about its numbers."""

import dataclasses
import json
import os

import numpy as np
import pandas as pd
import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback, Silent
from lib.core.spec import Choice, RunSpec
from lib.datasets.dataset import Dataset
from lib.models import MODELS
from lib.tokenizers import TOKENIZERS, Corpus, fit, to_json
from lib.training.run import train_run

CNN = Choice("cnn", {"epochs": 2, "channels": 6, "batch_size": 16})
BASELINES = {"mean", "gc-length", "kmer-ridge"}


def made(targets: int = 1, n: int = 80) -> Dataset:
    rng = np.random.default_rng(0)
    sequences = np.array(["".join(rng.choice(list("ACGT"), size=size)) for size in rng.integers(15, 40, size=n)])
    counts = np.array([[s.count("T"), s.count("GC"), s.count("A")][:targets] for s in sequences], dtype=float)
    y = counts + 0.2 * rng.normal(size=counts.shape)
    return Dataset(
        id="d1",
        split_id="s1",
        name="made",
        ids=np.array([f"r{i}" for i in range(n)], dtype=object),
        sequences=sequences.astype(object),
        targets=y,
        target_names=tuple("xyz")[:targets],
        target_units=("count",) * targets,
        values=np.hstack([y, -y]),
        times=(),
        value_names=(),
        parts=np.array((["train"] * 5 + ["validation"] * 2 + ["test"]) * (n // 8)),
        task="regression" if targets == 1 else "multi_regression",
        facts={"ceiling": {"r2": 0.9, "source": "replicates"}},
    )


def spec_for(data, model=CNN, **changes):
    return dataclasses.replace(RunSpec(data.id, data.split_id, data.task, model), **changes)


@pytest.fixture(scope="module", params=[1, 3])
def finished(request, tmp_path_factory):
    dataset, folder, reports = made(request.param), tmp_path_factory.mktemp("run") / "r1", []
    summary = train_run(dataset, spec_for(dataset), folder, Callback(reports.append), device="cpu")
    return dataset, folder, reports, summary


def test_the_folder_is_complete_and_its_checkpoints_are_gone(finished):
    _, folder, _, _ = finished
    assert {path.name for path in folder.iterdir()} == {
        "spec.json",
        "environment.json",
        "history.parquet",
        "predictions.parquet",
        "metrics.json",
        "model.safetensors",
        "model.json",
        "baselines",
    }
    assert {path.name for path in (folder / "baselines").iterdir()} == BASELINES
    assert RunSpec.from_json(json.loads((folder / "spec.json").read_text())).model.name == "cnn"


def test_predictions_are_those_of_the_saved_models(finished):
    dataset, folder, _, _ = finished
    frame = pd.read_parquet(folder / "predictions.parquet")
    assert frame["id"].tolist() == dataset.ids.tolist()
    assert frame["part"].tolist() == dataset.parts.tolist()
    sequences = dataset.sequences.tolist()
    loaded = {"predicted": MODELS.get("cnn").load(folder).predict(sequences)}
    loaded |= {name: MODELS.get(name).load(folder / "baselines" / name).predict(sequences) for name in BASELINES}
    for number, target in enumerate(dataset.target_names):
        np.testing.assert_array_equal(frame[f"observed:{target}"], dataset.targets[:, number])
        for name, values in loaded.items():
            np.testing.assert_array_equal(frame[f"{name}:{target}"], values[:, number], err_msg=name)


def test_metrics_are_those_of_the_predictions(finished):
    dataset, folder, _, summary = finished
    metrics = json.loads((folder / "metrics.json").read_text())
    frame = pd.read_parquet(folder / "predictions.parquet")
    parts = {part: (frame["part"] == part).sum() for part in ("train", "validation", "test")}
    assert metrics["parts"] == parts == {"train": 50, "validation": 20, "test": 10}
    for part in ("test", "validation"):
        rows = frame[frame["part"] == part]
        for name, found in (("predicted", metrics), *((n, metrics["baselines"][n]) for n in BASELINES)):
            if part not in found:
                continue
            r2 = []
            for target in dataset.target_names:
                observed, predicted = rows[f"observed:{target}"], rows[f"{name}:{target}"]
                r2.append(1 - ((observed - predicted) ** 2).sum() / ((observed - observed.mean()) ** 2).sum())
            assert found[part]["r2"] == pytest.approx(np.mean(r2)), (part, name)
            assert found[part]["n"] == len(rows)
    low, high = metrics["intervals"]["test"]["r2"]
    assert low <= metrics["test"]["r2"] <= high
    assert set(metrics["per_target"]) == set(dataset.target_names)
    assert metrics["ceiling"] == {"r2": 0.9, "source": "replicates"}
    assert metrics["targets"] == list(dataset.target_names)
    assert metrics["bootstrap"] == {"replicates": 1000, "seed": 0, "level": 0.95}
    assert {name: item["label"] for name, item in metrics["baselines"].items()}["kmer-ridge"] == "k-mer ridge"
    assert summary["r2"] == metrics["test"]["r2"]
    assert summary["seconds"] == pytest.approx(sum(metrics["seconds"].values()))


def test_stages_come_in_order(finished):
    stages = [report.stage for report in finished[2]]
    assert list(dict.fromkeys(stages)) == ["Training", "Predicting", "Baseline models", "Evaluation"]


def test_a_run_that_was_stopped_goes_on_where_it_was(finished, tmp_path):
    """Stopped in the second epoch, then while the baselines are fitted, then finished: the results are the same."""
    dataset, folder, _, _ = finished
    spec = spec_for(dataset)
    for stage, step in (("Training", 6), ("Baseline models", 1)):
        seen = []
        with pytest.raises(Cancelled):
            listener = Callback(seen.append, lambda: seen[-1].stage == stage and seen[-1].step >= step)  # noqa: B023
            train_run(dataset, spec, tmp_path, listener, device="cpu")
        assert not (tmp_path / "metrics.json").exists()
    train_run(dataset, spec, tmp_path, Silent(), device="cpu")
    for name in ("predictions.parquet", "model.safetensors"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_a_baseline_that_is_the_run_itself_is_not_fitted_twice(tmp_path):
    dataset, stages = made(), []
    train_run(dataset, spec_for(dataset, Choice("kmer-ridge")), tmp_path, Callback(lambda r: stages.append(r.stage)))
    frame = pd.read_parquet(tmp_path / "predictions.parquet")
    np.testing.assert_array_equal(frame["kmer-ridge:x"], frame["predicted:x"])
    assert (tmp_path / "baselines" / "kmer-ridge" / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dataset": "other"}, "for dataset other"),
        ({"split": "other"}, "with split other"),
        ({"task": "profile"}, "asks for profile"),
        ({"model": Choice("no-such")}, "no model called 'no-such'"),
        ({"model": Choice("cnn", {"epochs": 0})}, "at least 1"),
        ({"model": Choice("cnn", {"epoch": 3})}, "no setting 'epoch'"),
    ],
)
def test_a_run_that_cannot_be_done_says_why(changes, sentence, tmp_path):
    dataset = made()
    with pytest.raises(UserError, match=sentence):
        train_run(dataset, spec_for(dataset, **changes), tmp_path, Silent())


def test_an_empty_test_part_says_so(tmp_path):
    dataset = made()
    dataset = dataclasses.replace(dataset, parts=np.where(dataset.parts == "test", "train", dataset.parts))
    with pytest.raises(UserError, match="test part is empty"):
        train_run(dataset, spec_for(dataset), tmp_path, Silent())


def test_a_folder_that_cannot_be_written_while_training_gives_a_sentence(tmp_path):
    dataset = made()
    if os.geteuid() == 0:
        (tmp_path / "history.parquet").mkdir()  # root may write anywhere, but not a file over a folder
    with pytest.raises(UserError, match="could not be written"):
        if os.geteuid() != 0:
            tmp_path.chmod(0o500)
        train_run(dataset, spec_for(dataset), tmp_path, Silent(), device="cpu")


BERT = Choice("bert", {"size": "tiny", "epochs": 1, "batch_size": 16})
WORDS = Choice("k-mer", {"k": 3})


def test_a_model_that_reads_tokens_has_its_tokenizer_in_the_folder(tmp_path):
    data = made()
    tokenizer = fit(TOKENIZERS.create(WORDS.name, WORDS.settings), Corpus.of(data))
    spec = spec_for(data, BERT, tokenizer=WORDS)
    train_run(data, spec, tmp_path, Silent(), device="cpu", tokenizer=tokenizer)
    assert (tmp_path / "tokenizer" / "fitted.json").read_text() == to_json(tokenizer)
    assert RunSpec.from_json(json.loads((tmp_path / "spec.json").read_text())).tokenizer == WORDS
    predicted = MODELS.get("bert").load(tmp_path).predict(data.sequences.tolist())
    np.testing.assert_array_equal(pd.read_parquet(tmp_path / "predictions.parquet")["predicted:x"], predicted[:, 0])


def test_sequences_that_cannot_be_read_are_said_before_the_training(tmp_path):
    data = made()
    tokenizer = fit(TOKENIZERS.create(WORDS.name, WORDS.settings), Corpus.of(data))
    reports = []
    listener = Callback(reports.append)

    def start():
        train_run(data, spec_for(data, BERT, tokenizer=WORDS), tmp_path, listener, tokenizer=tokenizer)

    data.sequences[data.rows("test")[0]] = ""
    with pytest.raises(UserError, match="Sequence 8 of 80 is empty"):
        start()
    data.sequences[:] = "AC"
    with pytest.raises(UserError, match="no token in 80 of 80 sequences, so there is nothing to learn"):
        start()
    assert not reports
