"""A tokenizer is fitted once, on the train part alone, and never handed out for other data or settings."""

from dataclasses import replace

import numpy as np
import pytest

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.datasets.dataset import Dataset
from lib.store import tokenizers
from lib.tokenizers import TOKENIZERS, Corpus, fit, to_json
from tests.models import published
from tests.tokenizers.corpora import corpus, rbp


@pytest.fixture
def dataset() -> Dataset:
    sequences = corpus().sequences[:90]
    count = len(sequences)
    return Dataset(
        id="d" * 16,
        split_id="s" * 16,
        name="made up",
        ids=np.array([f"s{row}" for row in range(count)]),
        sequences=np.array(sequences),
        targets=np.arange(count, dtype=float)[:, None],
        target_names=("change",),
        target_units=("log2",),
        values=np.zeros((count, 3)),
        times=(0.0, 2.0, 8.0),
        value_names=("0h", "2h", "8h"),
        parts=np.array(["train"] * 60 + ["validation"] * 13 + ["test"] * 17),
        task="regression",
        rbp=rbp(),
    )


def test_a_corpus_is_the_train_part_and_the_rbp_table(dataset):
    found = Corpus.of(dataset)
    assert found.sequences == tuple(dataset.sequences[:60])
    assert found.rbp is dataset.rbp and found.letters == 60 * 60


def test_it_is_fitted_once_and_read_back_by_another_process(home, dataset, monkeypatch):
    settings = TOKENIZERS.create("k-mer", {"k": 9})
    assert not tokenizers.has(dataset, settings)
    made = tokenizers.load_or_fit(dataset, settings)
    assert tokenizers.has(dataset, settings)
    assert tokenizers.load_or_fit(dataset, settings) is made
    monkeypatch.setattr(tokenizers, "_known", type(tokenizers._known)())
    monkeypatch.setattr(tokenizers, "fit", lambda *_, **__: pytest.fail("it was fitted again"))
    assert to_json(tokenizers.load_or_fit(dataset, settings)) == to_json(made)


def test_what_cannot_be_fitted_says_so_again_without_trying(home, dataset, monkeypatch):
    settings = TOKENIZERS.create("sliding-window", {"by": "value", "threshold": 1e6})
    with pytest.raises(UserError) as first:
        tokenizers.load_or_fit(dataset, settings)
    monkeypatch.setattr(tokenizers, "fit", lambda *_, **__: pytest.fail("it was tried again"))
    with pytest.raises(UserError) as second:
        tokenizers.load_or_fit(dataset, settings)
    assert str(first.value) == str(second.value)


def test_only_what_decides_the_fit_changes_its_key(dataset):
    settings = TOKENIZERS.create("k-mer", {"k": 9})
    key = tokenizers.key_of(dataset, settings)
    assert tokenizers.key_of(replace(dataset, name="renamed"), settings) == key
    others = [
        tokenizers.key_of(dataset, TOKENIZERS.create("k-mer", {"k": 8})),
        tokenizers.key_of(replace(dataset, id="e" * 16), settings),
        tokenizers.key_of(replace(dataset, split_id="t" * 16), settings),
        tokenizers.key_of(replace(dataset, rbp=rbp(seed=8)), settings),
        tokenizers.key_of(replace(dataset, rbp=None), settings),
        tokenizers.key_of(None, settings),
    ]
    assert len({key, *others}) == 7


def test_a_damaged_file_is_mended(home, dataset, monkeypatch):
    settings = TOKENIZERS.create("k-mer", {"k": 9})
    made = tokenizers.load_or_fit(dataset, settings)
    monkeypatch.setattr(tokenizers, "_known", type(tokenizers._known)())
    path = home / "tokenizers" / tokenizers.key_of(dataset, settings) / "fitted.json"
    path.write_text(path.read_text()[:100])
    assert to_json(tokenizers.load_or_fit(dataset, settings)) == to_json(made)
    assert path.read_text() == to_json(made)


def test_a_cancelled_fit_leaves_nothing_behind(home, dataset):
    settings = TOKENIZERS.create("morfessor", {"source": "sequences"})
    with pytest.raises(Cancelled):
        tokenizers.load_or_fit(dataset, settings, progress=Callback(lambda report: None, lambda: True))
    assert not tokenizers.has(dataset, settings)


def test_a_file_is_kept_by_its_content_and_a_huge_one_refused(home, monkeypatch):
    path = tokenizers.keep_file("../My tokenizer.JSON", b"{}")
    assert path == tokenizers.keep_file("other.json", b"{}") and path.read_bytes() == b"{}"
    assert path.parent == home / "tokenizer-files"
    monkeypatch.setattr(tokenizers, "LARGEST_FILE", 1_000_000)
    with pytest.raises(UserError, match="has 2 MB; a file that is brought has at most 1 MB"):
        tokenizers.keep_file("big.json", b" " * 2_000_001)


def test_the_files_of_a_folder_are_kept_together(home, tmp_path):
    folder = published.utrbert(tmp_path / "3UTRBERT")
    tokenizer = TOKENIZERS.create("checkpoint", {"path": str(folder)})
    kept = tokenizers.keep_files(tokenizer.files())
    assert kept == tokenizers.keep_files(tokenizer.files()) and kept.parent == home / "tokenizer-files"
    assert {path.name for path in kept.iterdir()} == {"vocab.txt", "tokenizer_config.json"}
    again = TOKENIZERS.create("checkpoint", {"path": str(kept)})
    assert fit(again).vocabulary.pieces == fit(tokenizer).vocabulary.pieces
    assert tokenizers.keep_files([folder / "vocab.txt"]).suffix == ".txt", "one file stays a file"
