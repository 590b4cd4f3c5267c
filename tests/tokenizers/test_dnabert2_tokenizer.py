"""The published tokens of DNABERT-2, read from its file without the library that wrote it, cut to the same tokens."""

import json
import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from lib.core.alphabet import to_dna
from lib.core.errors import UserError
from lib.tokenizers import TOKENIZERS, FittedTokenizer, fit, from_json, to_json

SMALL = {
    "version": "1.0",
    "normalizer": None,
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {
        "type": "BPE",
        "dropout": None,
        "unk_token": "[UNK]",
        "continuing_subword_prefix": None,
        "fuse_unk": False,
        "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[PAD]": 3, "[MASK]": 4, "A": 5, "C": 6, "G": 7, "T": 8, "TA": 9},
        "merges": ["T A"],
    },
}
SECRET = "hunter2"


def changed(**model: object) -> dict:
    return {**SMALL, "model": {**SMALL["model"], **model}}


def made(path: Path) -> FittedTokenizer:
    return fit(TOKENIZERS.create("dnabert-2", {"path": str(path)}))


@pytest.fixture(scope="module")
def published(shared) -> tuple[FittedTokenizer, Tokenizer]:
    path = shared / "dnabert2" / "tokenizer.json"
    return made(path), Tokenizer.from_file(str(path))


def assert_same(published, texts: list[str]) -> None:
    mine = published[0].encode_batch(texts)
    theirs = published[1].encode_batch([to_dna(text) for text in texts], add_special_tokens=False)
    for number, (text, encoding) in enumerate(zip(texts, theirs, strict=True)):
        row = mine.row(number)
        assert row.ids.tolist() == encoding.ids, text
        assert list(zip(row.starts.tolist(), row.ends.tolist(), strict=True)) == encoding.offsets, text


def test_every_sequence_of_the_assay_is_cut_as_the_reference_cuts_it(published, shared):
    table = pd.read_csv(shared / "utr-seq" / "reporter_seq.txt", sep="\t", header=None)
    assert len(table) == 12_322
    assert_same(published, table[1].tolist())


@given(texts=st.lists(st.text("ACGTUNacgtun", max_size=120), max_size=5))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequences_are_cut_as_the_reference_cuts_them(published, texts):
    assert_same(published, texts)


def test_long_ones_too(published):
    draw = random.Random(8)
    assert_same(published, ["".join(draw.choices("ACGT", k=4100)), "A" * 2222, "TATTTA" * 700, "ACGTN" * 300])


def test_ids_are_the_published_ones(published):
    vocabulary = published[0].vocabulary
    assert vocabulary.special == {"pad": 3, "unknown": 0, "cls": 1, "sep": 2, "mask": 4}
    assert len(vocabulary) == 4096 and vocabulary.ids == published[1].get_vocab()


def test_a_folder_or_a_file_will_do_and_once_read_neither_is_needed(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(SMALL))
    fitted = made(tmp_path)
    assert to_json(fitted).replace(str(tmp_path), "") == to_json(made(path)).replace(str(path), "")
    assert fitted.settings.files() == (path,) == made(path).settings.files()
    path.unlink()
    assert [token.text for token in from_json(to_json(fitted)).tokens("CTATn")] == ["C", "TA", "T", "n"]


def test_merges_may_be_pairs_or_lines(tmp_path):
    for number, merges in enumerate((["T A"], [["T", "A"]])):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(changed(merges=merges)))
        assert made(path).merges == (("T", "A"),)


def test_no_file_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match=r"none is chosen. Choose that file, or the folder"):
        fit(TOKENIZERS.create("dnabert-2"))
    for path, said in (
        (tmp_path / "gone.json", "There is no file gone.json"),
        (tmp_path, "has no tokenizer.json"),
        (tmp_path / ("x" * 5000), "cannot be opened"),
        (tmp_path / "nul\0.json", "There is no file"),
    ):
        for attempt in (made, lambda path: TOKENIZERS.create("dnabert-2", {"path": str(path)}).files()):
            with pytest.raises(UserError, match=said) as raised:
                attempt(path)
            assert len(str(raised.value)) < 300 and "hoose" in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SECRET, "is not JSON"),
        (b"\xff\xfe\x00" + SECRET.encode(), "is not a text"),
        ("[" * 100_000, "is not JSON"),
        ("", "is not JSON"),
        ([SECRET], "not the file of a tokenizer"),
        ({"model": SECRET}, "not the file of a tokenizer"),
        ({"model_type": SECRET}, "not the file of a tokenizer"),
        (changed(type="Unigram"), "holds a Unigram model"),
        (changed(type=SECRET), "holds another model"),
        (changed(vocab=None), "damaged, or not made for DNA"),
        (changed(vocab={SECRET: 0}), "damaged, or not made for DNA"),
        (changed(vocab={**SMALL["model"]["vocab"], SECRET: 10}), "not made for DNA"),
        (changed(vocab={**SMALL["model"]["vocab"], "TT": 17}), "without gaps"),
        (changed(vocab={**SMALL["model"]["vocab"], "TT": "x"}), "without gaps"),
        (changed(vocab={"A": 0, "T": 1, "TA": 2}), "not made for DNA"),
        (changed(merges=["T C"]), "each merge must join"),
        (changed(merges=[SECRET]), "each merge must join"),
        (changed(merges=[["T"]]), "each merge must join"),
        (changed(merges=7), "each merge must join"),
        (changed(unk_token=None), "damaged"),
        (changed(continuing_subword_prefix="##"), "the option continuing_subword_prefix"),
        (changed(dropout=0.1), "the option dropout"),
        (changed(fuse_unk=True), "the option fuse_unk"),
        ({**SMALL, "normalizer": {"type": "Lowercase"}}, "a normalizer"),
        ({**SMALL, "added_tokens": [{"content": "atg", "id": 10}]}, "the added word atg"),
        ({**SMALL, "pre_tokenizer": {"type": "ByteLevel", "url": SECRET}}, "a pre-tokenizer other than white space"),
        ({**SMALL, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [SECRET]}}, "a pre-tokenizer"),
        ({**SMALL, "pre_tokenizer": {"type": "Sequence", "pretokenizers": 3}}, "a pre-tokenizer"),
    ],
)
def test_another_file_is_a_sentence_that_tells_nothing_of_what_stands_in_it(tmp_path, content, said):
    path = tmp_path / "some.json"
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=said) as raised:
        made(path)
    assert "some.json" in str(raised.value) and "hoose" in str(raised.value)
    assert SECRET not in str(raised.value)


def test_only_json_files_are_opened(tmp_path):
    (tmp_path / "passwd").write_text(SECRET)
    with pytest.raises(UserError, match="passwd is no JSON file"):
        made(tmp_path / "passwd")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(64_000_001)
    with pytest.raises(UserError, match="more than 64 MB"):
        made(tmp_path / "huge.json")
