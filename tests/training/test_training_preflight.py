"""What a training will cost is measured, elsewhere, with sequences of the user's own train part."""

import dataclasses
import io
import json
import subprocess
import sys

import numpy as np
import pytest

from lib.core.progress import Report
from lib.core.registry import values_of
from lib.datasets import simulate
from lib.datasets.dataset import Dataset
from lib.datasets.pipeline import ImportChoices, build, understand
from lib.io.files import Source
from lib.models import MODELS
from lib.store import datasets
from lib.tasks.data import Part, TrainingData
from lib.tokenizers import TOKENIZERS, Corpus, fit, to_json
from lib.training import benchmark_process, preflight
from lib.training.preflight import MemoryModel, Preflight, estimate, sample_data
from lib.training.probes import PeakMemory
from tests.models import profiles_made

TINY = {"channels": 8, "epochs": 3, "batch_size": 12}


def demo(folder, n: int) -> Dataset:
    files = simulate.write_demo(folder, n=n)
    sources = [Source(path.name, path) for path in (files.expression, files.sequences)]
    return datasets.load(datasets.freeze(build(understand(*sources), ImportChoices(name="demo", simulated=True))))


@pytest.fixture
def dataset(home, tmp_path) -> Dataset:
    return demo(tmp_path / "demo", 140)


def asked(dataset, model, **more):
    """Measure in this process; ``estimate`` does the same in another one."""
    request = {"model": model.name, "settings": values_of(model), "tokenizer": "", "device": "cpu", "ranks": 1}
    return benchmark_process.measure({**sample_data(dataset), **request, "budget": 60.0, **more})


def test_asking_brings_no_torch():
    code = "import lib.training.preflight, sys; assert not {'torch', 'transformers', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_handed_over_are_sequences_of_the_train_part_alone_with_the_longest_in_front(dataset):
    given = sample_data(dataset)
    train = {str(dataset.sequences[row]): row for row in dataset.rows("train")}
    assert given["rows"] == len(train) == len(given["typical"]["sequences"])
    lengths = [len(sequence) for sequence in given["longest"]["sequences"]]
    assert lengths == sorted(map(len, train), reverse=True)[: len(lengths)]
    for part in ("typical", "longest"):
        for sequence, targets in zip(given[part]["sequences"], given[part]["targets"], strict=True):
            assert targets == dataset.targets[train[sequence]].tolist()
    held = {str(dataset.sequences[row]) for row in dataset.rows("validation")}
    assert set(given["validation"]["sequences"]) <= held


def test_memory_follows_from_two_sizes():
    """100 MB fixed and 3 MB for each sequence: (900 - 100) / 3 fit into 900 of 1000 MB."""
    room = MemoryModel(fixed=100.0, each=3.0, least=130.0, free=1000.0)
    assert (room.estimate(5), room.estimate(50)) == (130.0, 250.0)
    assert (room.largest(1000.0), room.largest(150.0), room.largest(140.0)) == (266, 11, 0)
    assert MemoryModel(100.0, 0.0, 130.0, 1000.0).largest(1000.0) == np.inf
    found = Preflight("CPU", "", batch=600, pieces=2, room=room)
    assert found.largest_batch(1000.0, 4096) == 2 * 266
    assert found.largest_batch(1000.0, 160) == 160
    assert [found.needed_pieces(free) for free in (1000.0, 300.0, 140.0)] == [3, 11, None], "600/266, 600/56, nothing"
    assert Preflight("CPU", "").largest_batch(1000.0, 8) is None


@pytest.mark.slow
def test_a_network_is_measured_elsewhere_and_nothing_else_is_needed_than_fit(dataset):
    model = MODELS.create("cnn", TINY)
    found = estimate(dataset, model)
    assert found.parameters == found.trainable == model.parameters(1, dataset.values.shape[1]), found.note
    assert 0 < found.seconds_low < found.seconds_high
    assert found.device == "CPU"
    assert (found.batch, found.pieces) == (12, 1)
    assert 50 < found.room.fixed <= found.memory_mb < found.room.free
    assert "real sequences of the train part" in found.note and "12 in a step" in found.note


def test_longer_sequences_more_pieces_and_more_of_them_cost_what_they_should(dataset, monkeypatch):
    """A model of ours whose memory and time are known: 40 MB and 2 MB a sequence, 0.01 s a sequence."""
    clock, used, sizes = [0.0], [0.0], []

    def fit_(self, data, context):
        rows = len(data.train.sequences)
        steps = -(-rows // self.batch_size)
        sizes.append(self.batch_size)
        for step in range(1, steps * self.epochs + 1):
            clock[0] += 0.01 * rows / steps
            used[0] = 40.0 + 2.0 * -(-self.batch_size // self.accumulation)
            context.progress.report(Report(step, steps * self.epochs))

    monkeypatch.setattr("lib.training.probes.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(benchmark_process.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(type(MODELS.create("cnn")), "fit", fit_)
    for name, value in {"reset": lambda self: None, "read": lambda self: used[0], "free": lambda self: 1000.0}.items():
        monkeypatch.setattr(PeakMemory, name, value)
    whole = asked(dataset, MODELS.create("cnn", {"batch_size": 100, "epochs": 3}))
    assert (whole.room.fixed, whole.room.each) == (pytest.approx(40), pytest.approx(2))
    assert whole.memory_mb == pytest.approx(240)
    assert whole.largest_batch(1000.0, 4096) == (900 - 40) // 2
    assert max(sizes) <= 100
    cut = asked(dataset, MODELS.create("cnn", {"batch_size": 100, "epochs": 3, "accumulation": 3}))
    assert cut.memory_mb == pytest.approx(40 + 2 * 34), "34, 33 and 33 sequences"
    assert cut.largest_batch(1000.0, 4096) == 3 * 430
    shared = asked(dataset, MODELS.create("cnn", {"batch_size": 100, "epochs": 3}), ranks=2)
    assert (shared.pieces, shared.room.estimate(50)) == (2, pytest.approx(140))
    steps = 0.01 * 3 * len(dataset.rows("train"))
    held = steps / 3 * len(dataset.rows("validation")) / len(dataset.rows("train"))
    assert whole.seconds_low == pytest.approx(0.7 * (steps + held + 0.08)), "training, evaluation, the first 8"


def test_models_that_know_no_batches_are_measured_whole(dataset):
    found = asked(dataset, MODELS.create("kmer-ridge", {"k": 3}))
    assert found.memory_mb > 50 and found.seconds_low < found.seconds_high
    assert (found.room, found.batch, found.parameters) == (None, None, 85)
    assert asked(dataset, MODELS.create("mean")).parameters is None


def test_a_model_that_reads_tokens_is_measured_with_its_tokenizer(dataset):
    tokenizer = fit(TOKENIZERS.create("k-mer", {"k": 2}), Corpus.of(dataset))
    model = MODELS.create("bert", {"size": "tiny", "epochs": 1, "batch_size": 12})
    found = asked(dataset, model, tokenizer=to_json(tokenizer))
    assert found.parameters == model.parameters(1, dataset.values.shape[1], len(tokenizer.vocabulary)), found.note
    assert found.seconds_low > 0


def test_a_training_on_profiles_is_measured_with_the_head_that_it_has():
    windows = profiles_made.made(n=70)
    found = asked(windows, MODELS.create("bpnet", {"epochs": 1, "channels": 8, "layers": 2, "batch_size": 12}))
    assert found.seconds_low > 0, found.note
    tokenizer = fit(TOKENIZERS.create("k-mer", {"k": 1}), Corpus.of(windows))
    model = MODELS.create("bert", {"size": "tiny", "epochs": 1, "batch_size": 12})
    vocabulary = len(tokenizer.vocabulary)
    data = TrainingData(
        Part.of(windows, "train"), Part.of(windows, "validation"), windows.target_names, "profile", tokenizer
    )
    parameters, trainable = benchmark_process._sizes(model, data)
    assert parameters == trainable == model.parameters(2, 0, vocabulary, profiles_made.LENGTH)
    assert parameters > model.parameters(2, 0, vocabulary) + 10**6  # convolutions of 512, 256 and 128 channels


def test_what_cannot_be_measured_says_why(dataset, monkeypatch):
    few = dataclasses.replace(dataset, parts=np.where(np.arange(len(dataset)) < 17, dataset.parts, "test"))
    request = {"model": "cnn", "settings": TINY, "tokenizer": "", "device": "cpu", "ranks": 1, "budget": 60.0}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(sample_data(few) | request)))
    monkeypatch.setattr("sys.stdout", io.StringIO())
    monkeypatch.setattr("logging.disable", lambda level: None)
    benchmark_process.main()
    found = Preflight.read(sys.stdout.getvalue())
    assert (found.seconds_low, found.memory_mb, found.room) == (None, None, None)
    assert "needs at least 20" in found.note


def test_a_measurement_that_takes_too_long_is_given_up_and_what_is_known_by_then_is_told(dataset):
    assert "longer than 0 seconds" in estimate(dataset, MODELS.create("cnn"), timeout=0.2).note
    room = MemoryModel(100.0, 3.0, 130.0, 1000.0)
    lines = [json.dumps(dataclasses.asdict(Preflight("CPU", "Measured.", 7, room=room))), '{"device": "CP']
    found = preflight._use_partial("\n".join(lines).encode(), 150)
    assert (found.parameters, found.room) == (7, room)
    done = json.dumps(dataclasses.asdict(Preflight("CPU", "Measured.", seconds_low=2.0, seconds_high=3.0)))
    assert preflight._use_partial(f"{lines[0]}\n{done}\n", 150).note == "Measured.", (
        "all was known, only the end came late"
    )
    assert found.note.startswith("Measured. The time could not be measured: one step takes longer than 150 seconds")


def test_no_batch_is_larger_than_the_train_part(dataset):
    found = asked(dataset, MODELS.create("cnn", {**TINY, "batch_size": 4096}))
    assert found.batch == len(dataset.rows("train")) < 4096
