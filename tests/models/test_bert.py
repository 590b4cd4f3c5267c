"""BERT from scratch: padding, special tokens, long inputs, resume, and what is learned how."""

import json
import logging
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from lib.attribution import METHODS
from lib.core.errors import UserError
from lib.core.progress import Callback
from lib.models.base import MODELS, tokenizer_of_preset
from lib.models.bert import BertModel
from lib.models.cnn import CnnModel
from lib.models.nets.batches import Frame
from lib.tasks.data import Part, TrainingData
from lib.tokenizers import TOKENIZERS, Corpus, Encoded, Vocabulary
from lib.tokenizers import fit as fit_tokenizer
from lib.training import TrainingContext

MODEL = BertModel(size="tiny", epochs=2, batch_size=16, dropout=0.3)
PROBE = ["ACGTTGCATTTACGACGTTGCA", "TTTTGGGACC", "GATTACA"]


def tokens(name, sequences=("ACGTTGCAACGT", "TTTACGGT"), **settings):
    return fit_tokenizer(TOKENIZERS.create(name, settings), Corpus(sequences=sequences))


def data(n=66):
    rng = np.random.default_rng(0)
    sequences = tuple("".join(rng.choice(list("ACGT"), size=size)) for size in rng.integers(8, 30, size=n))
    y = np.array([[s.count("T")] for s in sequences], dtype=float)
    auxiliary, cut = y + rng.normal(size=(n, 3)), n - 18
    parts = Part(sequences[:cut], y[:cut], auxiliary[:cut]), Part(sequences[cut:], y[cut:], auxiliary[cut:])
    return TrainingData(*parts, ("t",), "regression", tokens("k-mer", sequences[:cut], k=3))


def fit(folder, model=MODEL, made=None, **options):
    return model.fit(made or data(), TrainingContext(folder, device="cpu", **options))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    return fit(folder), folder


def test_a_sequence_is_framed_by_the_special_tokens_and_padded():
    tokenizer = tokens("nucleotide")
    frame = Frame.of(tokenizer.vocabulary, longest=6)
    rows = frame.rows(tokenizer.encode_batch(["ACG", "T", "ACGTAC"]))
    a, c, g, t = (tokenizer.vocabulary.ids[base] for base in "ACGT")
    assert [row.tolist() for row in rows] == [[2, a, c, g, 3], [2, t, 3], [2, a, c, g, t, 3]]
    assert frame.cut(tokenizer.encode_batch(["ACG", "T", "ACGTAC"])) == 1
    ids, mask = frame.batch(rows[:2])
    assert ids.tolist() == [[2, a, c, g, 3], [2, t, 3, 0, 0]]
    assert mask.tolist() == [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]
    assert frame.batch(rows[:1])[1] is None


def test_special_tokens_that_a_vocabulary_lacks_follow_after_it():
    frame = Frame.of(Vocabulary(("A", "[SEP]", "C"), {"sep": 1}), longest=9)
    assert (frame.pad, frame.cls, frame.sep, frame.size) == (3, 4, 1, 5)


@pytest.mark.parametrize("design", ["local", "published"])
@pytest.mark.parametrize(
    ("head", "pooling"), [("linear", "mean"), ("linear", "cls"), ("mlp", "mean"), ("convolution", "mean")]
)
def test_padding_changes_no_prediction(design, head, pooling):
    tokenizer = tokens("nucleotide")
    model = BertModel(size="tiny", design=design, pooling=pooling, head=head)
    torch.manual_seed(1)
    encoder = model.begin(tokenizer.vocabulary)
    frame, module = encoder.frame, model._module(encoder.module, 2, 2).eval()
    rows = frame.rows(tokenizer.encode_batch(PROBE))
    together = module(*frame.batch(rows))
    assert together.shape == (3, 2)
    assert not torch.allclose(together[0], together[1], atol=1e-4), "predictions differ at all"
    for number, row in enumerate(rows):
        torch.testing.assert_close(module(*frame.batch([row]))[0], together[number], atol=1e-5, rtol=0)


@pytest.mark.parametrize("stop", [2, 4])
def test_an_interrupted_training_goes_on_as_if_nothing_had_been(whole, stop, tmp_path):
    """Three steps an epoch: killed in the first epoch, and in the second."""

    def killed(report):
        if report.step >= stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path, progress=Callback(killed))
    resumed, (fitted, folder) = fit(tmp_path), whole
    np.testing.assert_array_equal(resumed.predict(PROBE), fitted.predict(PROBE))
    first, second = (pd.read_parquet(place / "history.parquet").drop(columns="seconds") for place in (tmp_path, folder))
    pd.testing.assert_frame_equal(first, second)


def test_runs_from_before_the_design_could_be_chosen_are_read_as_published(tmp_path):
    fitted = fit(tmp_path, BertModel(size="tiny", epochs=1, design="published"))
    fitted.save(tmp_path)
    facts = json.loads((tmp_path / "model.json").read_text())
    for name in ("design", "window", "pretraining", "pretraining_epochs", "pretraining_file", "pretraining_share"):
        del facts["settings"][name]
    (tmp_path / "model.json").write_text(json.dumps(facts))
    np.testing.assert_array_equal(BertModel.load(tmp_path).predict(PROBE), fitted.predict(PROBE))


@pytest.mark.parametrize("name", ["MORPH_D", "MORPH_O"])
def test_the_published_models_are_base_as_published_on_the_tokens_that_go_with_them(name):
    model = MODELS.create("bert", {"preset": name})
    assert (model.size, model.design, model.learning_rate, model.pretraining) == ("base", "published", 1e-4, False)
    tokenizer, settings = tokenizer_of_preset(BertModel, name)
    assert TOKENIZERS.create(tokenizer, settings) == TOKENIZERS.create("morph", {"preset": name})
    assert tokenizer_of_preset(BertModel, "another") is None
    assert tokenizer_of_preset(CnnModel, name) is None


def test_what_lies_beyond_the_longest_input_is_not_read_and_that_is_said(tmp_path, caplog):
    made = data()
    with caplog.at_level(logging.WARNING, logger="lib.models.encoders"):
        fitted = fit(tmp_path, BertModel(size="tiny", epochs=1, longest=12), made)
    longer = sum(len(s) - 2 > 10 for part in (made.train, made.validation) for s in part.sequences)
    assert f"end of {longer} of 66" in caplog.text and "more than 10 tokens" in caplog.text
    start = "ACGTTGCATTTA"
    same, other = fitted.predict([f"{start}CCCC", f"{start}GGGG"])
    assert same == other
    assert fitted.predict([start]) != fitted.predict([f"C{start[1:]}"])


def test_sequences_without_tokens_are_read_as_empty_and_counted_and_none_with_tokens_is_a_sentence(tmp_path, caplog):
    made = data()
    sequences = ("AC", *made.train.sequences[1:-1], "G")
    some = replace(made, train=replace(made.train, sequences=sequences))
    with caplog.at_level(logging.WARNING, logger="lib.models.tokens"):
        fitted = fit(tmp_path, BertModel(size="tiny", epochs=1), some)
    assert "k-mers finds no token in 2 of 48 sequences; they are read as empty" in caplog.text
    first, second, third = fitted.predict(["AC", "ACG", "T"])
    assert np.isfinite(first) and first == third and first != second
    none = replace(made, train=replace(made.train, sequences=("AC",) * 48))
    with pytest.raises(UserError, match=r"k-mers finds no token in 48 of 48 sequences, so there is nothing to learn"):
        fit(tmp_path / "none", made=none)
    with pytest.raises(UserError, match=r"Sequence 2 of 2 is empty;"):
        fitted.predict(["ACGT", ""])


def test_an_encoder_without_special_tokens_reads_padding_where_there_is_nothing():
    frame = Frame.from_published(Vocabulary(("[PAD]", "[UNK]", "A"), {"pad": 0, "unknown": 1}), 9, size=3)
    encoded = Encoded(np.array([2, 2], np.int32), np.array([0, 1]), np.array([1, 2]), np.array([0, 0, 2]))
    assert [row.tolist() for row in frame.rows(encoded)] == [[0], [2, 2]]


@pytest.mark.parametrize("design", ["local", "published"])
@pytest.mark.parametrize("size", ["tiny", "small", "base"])
def test_the_size_that_is_announced_is_that_of_the_network(size, design):
    model = BertModel(size=size, design=design, longest=64)
    with torch.device("meta"):
        built = sum(weights.numel() for weights in model._body(model.outline(300), 4).parameters())
    assert model.parameters(1, 3, 300) == built
    assert model.parameters(1, 3, 301) - built == {"tiny": 128, "small": 256, "base": 768}[size]


def test_more_than_memory_holds_is_refused_before_it_is_filled(tmp_path, monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Free", (), {"available": 1e6})())
    with pytest.raises(UserError, match=r"A batch of 16 sequences of up to \d+ tokens needs about"):
        fit(tmp_path)


def test_mutagenesis_and_gradients_explain_it(whole):
    fitted, (found,) = whole[0], METHODS.create("in-silico-mutagenesis").attribute(whole[0], ["GATTACA"])
    changed = fitted.predict(["GATTACA", "CATTACA"])[:, 0]
    assert found.effects.shape == (4, 7)
    assert math.isclose(found.effects[1, 0], changed[1] - changed[0], abs_tol=1e-6)
    [found] = METHODS.create("integrated-gradients", {"reference": "mask"}).attribute(fitted, ["GATTACA"])
    assert math.isclose(found.prediction, fitted.predict(["GATTACA"])[0, 0], abs_tol=1e-5)
    assert abs(found.scores.sum() + found.special - (found.prediction - found.reference_prediction)) < 1e-4
