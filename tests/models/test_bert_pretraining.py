"""Pretraining of BERT: what it reads, what it leaves alone, and that it goes on exactly."""

import gzip
import hashlib
import json
import logging

import numpy as np
import pytest

from lib.core.errors import UserError
from lib.core.progress import Callback
from lib.models import language
from lib.models.bert import BertModel
from lib.tasks.data import Part, TrainingData
from lib.tokenizers import TOKENIZERS, Corpus
from lib.tokenizers import fit as fit_tokenizer
from lib.training import TrainingContext

MODEL = BertModel(size="tiny", epochs=2, batch_size=16, dropout=0.3, longest=32, pretraining=True, pretraining_epochs=2)
PROBE = ["ACGTTGCATTTACGACGTTGCA", "TTTTGGGACC", "GATTACA"]
FASTA = b">one\nACGUACGUACGUacgu\n>two more words\nGGGGTTTT\nACGT\n>bad\nMOTIF!\n>short\nAC\n"


def data(n=60):
    rng = np.random.default_rng(0)
    sequences = tuple("".join(rng.choice(list("ACGT"), size=size)) for size in rng.integers(8, 30, size=n))
    y = np.array([[s.count("T")] for s in sequences], dtype=float)
    cut = n - 18
    parts = Part(sequences[:cut], y[:cut], y[:cut]), Part(sequences[cut:], y[cut:], y[cut:])
    tokenizer = fit_tokenizer(TOKENIZERS.create("k-mer", {"k": 3}), Corpus(sequences=sequences[:cut]))
    return TrainingData(*parts, ("t",), "regression", tokenizer)


def fit(folder, model=MODEL, **options):
    return model.fit(data(), TrainingContext(folder, device="cpu", **options))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder, reports = tmp_path_factory.mktemp("whole"), []
    return fit(folder, progress=Callback(reports.append)), reports


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "utr.fa.gz"
    path.write_bytes(gzip.compress(FASTA))
    return path


def read(path="", longest=32):
    made = data()
    frame = BertModel(size="tiny", longest=longest).begin(made.tokenizer.vocabulary).frame
    return made, frame, language.language(made, made.tokenizer, frame, share=0.15, path=str(path))


def test_it_reads_the_train_part_and_looks_at_the_validation_part():
    made, frame, found = read()
    for rows, part in ((found.train, made.train), (found.validation, made.validation)):
        expected = frame.rows(made.tokenizer.encode_batch(part.sequences))
        assert [row.tolist() for row in rows] == [row.tolist() for row in expected]


def test_further_sequences_are_read_as_upper_case_dna_and_what_cannot_be_read_is_said(fasta, caplog):
    with caplog.at_level(logging.INFO, logger="lib.models.language"):
        made, frame, found = read(fasta)
    further = [row.tolist() for row in found.train[len(made.train.sequences) :]]
    expected = frame.rows(made.tokenizer.encode_batch(["ACGTACGTACGTACGT", "GGGGTTTTACGT"]))
    assert further == [row.tolist() for row in expected], "two that can be cut; AC is too short for a word"
    assert "reads 3 sequences of utr.fa.gz" in caplog.text
    assert "held U" in caplog.text and "1 entries of utr.fa.gz are left out" in caplog.text


def test_sequences_longer_than_an_input_are_read_in_pieces():
    made, frame, found = read(longest=12)
    whole = made.tokenizer.encode_batch(made.train.sequences[:1]).ids.tolist()
    pieces = found.train[: -(-len(whole) // 10)]
    assert len(pieces) > 1 and [token for row in pieces for token in row[1:-1].tolist()] == whole
    assert all(len(row) <= 12 and row[0] == frame.cls and row[-1] == frame.sep for row in found.train)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match=r"no file missing\.fa of sequences to pretrain on"):
        fit(tmp_path, BertModel(size="tiny", pretraining=True, pretraining_file=str(tmp_path / "missing.fa")))


def test_it_changes_the_model_and_the_file_is_remembered_by_its_content(whole, fasta, tmp_path):
    plain = fit(tmp_path / "a", BertModel(size="tiny", epochs=2, batch_size=16, dropout=0.3, longest=32))
    model = BertModel(**{**vars(MODEL), "pretraining_epochs": 1, "pretraining_file": str(fasta)})
    further = fit(tmp_path / "b", model)
    further.save(tmp_path / "b")
    assert not np.allclose(plain.predict(PROBE), whole[0].predict(PROBE), atol=1e-4)
    facts = json.loads((tmp_path / "b" / "model.json").read_text())["encoder"]
    assert facts == {
        "pretraining_file": {"name": "utr.fa.gz", "sha256": hashlib.sha256(fasta.read_bytes()).hexdigest()}
    }
    fasta.unlink()
    np.testing.assert_array_equal(BertModel.load(tmp_path / "b").predict(PROBE), further.predict(PROBE))


def test_steps_never_go_back_and_stages_are_named(whole):
    steps = [report.step for report in whole[1]]
    assert steps == sorted(steps) and set(steps) == set(range(1, 13)), "3 steps an epoch, 2 epochs of each"
    assert {report.total for report in whole[1]} == {12}
    assert [report.stage for report in whole[1] if report.step in {6, 7}][:1] == ["Pretraining"]
    assert {report.stage for report in whole[1] if report.step >= 7} == {"Training"}


@pytest.mark.parametrize("stop", [2, 11])
def test_a_killed_run_goes_on_as_if_nothing_had_been(whole, stop, tmp_path):
    """Killed in the first epoch of the pretraining, and in the last of the training."""

    def killed(report):
        if report.step >= stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, progress=Callback(killed))
    steps = []
    resumed = fit(tmp_path, progress=Callback(lambda report: steps.append(report.step)))
    np.testing.assert_array_equal(resumed.predict(PROBE), whole[0].predict(PROBE))
    assert steps[0] > (stop - 1) // 3 * 3, "epochs that were kept are not done again"
