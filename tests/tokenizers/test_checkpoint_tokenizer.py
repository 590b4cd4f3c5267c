"""Sequences are cut into the very ids that a published model was trained on."""

import json
import random
import shutil
from pathlib import Path

import pytest
import transformers

from lib.core.errors import UserError
from lib.tokenizers import TOKENIZERS, fit, from_json, to_json
from tests.models import published

SEQUENCES = ["".join(random.Random(length).choices("ACGT", k=length)) for length in (7, 20, 43)]
WITH_N = ["ACGNNTTGACGTA", "NACGTAC", "ACGTN"]


def made(path: Path | str, **settings: str):
    return fit(TOKENIZERS.create("checkpoint", {"path": str(path), **settings}))


def whole(tokenizer, sequence: str) -> list[int]:
    """Give the ids with what stands around them."""
    special = tokenizer.vocabulary.special
    ends = [[special[role]] if role in special else [] for role in ("cls", "sep")]
    return [*ends[0], *tokenizer.encode_batch([sequence]).ids.tolist(), *ends[1]]


def spaced(sequence: str, k: int) -> str:
    return " ".join(sequence[start : start + k] for start in range(len(sequence) - k + 1))


@pytest.mark.parametrize("sequence", [*SEQUENCES, *WITH_N])
def test_dnabert_reads_every_window(tmp_path: Path, sequence: str) -> None:
    folder = published.dnabert(tmp_path)
    theirs = transformers.BertTokenizer(str(folder / "vocab.txt"), do_lower_case=False)
    assert whole(made(folder), sequence) == theirs(spaced(sequence, 3))["input_ids"]


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_specieslm_reads_a_species_first(tmp_path: Path, sequence: str) -> None:
    folder = published.dnabert(tmp_path, extra=("candida_glabrata", "danio_rerio"))
    theirs = transformers.BertTokenizer(str(folder / "vocab.txt"), do_lower_case=False)
    theirs.add_tokens(["candida_glabrata", "danio_rerio"])  # else their names are cut at the underscore
    ours = made(folder, species="danio_rerio")
    assert whole(ours, sequence) == theirs(f"danio_rerio {spaced(sequence, 3)}")["input_ids"]
    token = ours.tokens(sequence)[0]
    assert (token.text, token.start, token.end, token.shown) == ("", 0, 0, "danio_rerio")
    row = ours.encode_batch([sequence, "", sequence])
    assert row.bounds.tolist() == [0, len(sequence) - 1, len(sequence) - 1, 2 * (len(sequence) - 1)]


def test_a_species_must_be_one_that_the_model_knows(tmp_path: Path) -> None:
    folder = published.dnabert(tmp_path / "with", extra=("candida_glabrata", "danio_rerio"))
    with pytest.raises(
        UserError, match=r"none is chosen. Choose one of its 2 species, such as candida_glabrata, danio"
    ):
        made(folder)
    with pytest.raises(UserError, match=r"does not know 'homo_sapiens'. Choose one of its 2"):
        made(folder, species="homo_sapiens")
    with pytest.raises(UserError, match="reads no species"):
        made(published.dnabert(tmp_path / "without"), species="danio_rerio")


@pytest.mark.parametrize("sequence", [*SEQUENCES, *WITH_N])
def test_the_nucleotide_transformer_reads_words_and_a_rest_of_letters(tmp_path: Path, sequence: str) -> None:
    folder = published.nucleotide_transformer(tmp_path)
    theirs = transformers.EsmTokenizer(str(folder / "vocab.txt"), eos_token=None)
    assert whole(made(folder), sequence) == theirs(sequence)["input_ids"]


def test_six_letters_do_not_overlap(tmp_path: Path) -> None:
    """Worked out by hand: 14 letters are two words of 6 and 2 single letters."""
    ours = made(published.nucleotide_transformer(tmp_path, k=6))
    assert [token.text for token in ours.tokens("ACGTACGGGTTTAC")] == ["ACGTAC", "GGGTTT", "A", "C"]
    assert len(ours.vocabulary) == 4 + 4**6 + 5
    assert "sep" not in ours.vocabulary.special and whole(ours, "AAAAAA") == [3, 4]


@pytest.mark.parametrize("sequence", [*SEQUENCES, *WITH_N])
def test_roberta_reads_by_its_tokenizer_json(tmp_path: Path, sequence: str) -> None:
    folder = published.roberta(tmp_path)
    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    ours = made(folder)
    assert whole(ours, sequence) == theirs(sequence)["input_ids"]
    assert "".join(token.text for token in ours.tokens(sequence)) == sequence
    assert (
        ours.encode_batch([sequence.lower().replace("t", "u")]).ids.tolist()
        == ours.encode_batch([sequence]).ids.tolist()
    )


@pytest.mark.parametrize("layout", [published.dnabert, published.nucleotide_transformer, published.roberta])
def test_the_files_are_needed_no_more(tmp_path: Path, layout) -> None:
    folder = layout(tmp_path / "model")
    ours = made(folder)
    text = to_json(ours)
    before = [ours.encode_batch([sequence]).ids.tolist() for sequence in SEQUENCES]
    shutil.rmtree(folder)
    again = from_json(text)
    assert [again.encode_batch([sequence]).ids.tolist() for sequence in SEQUENCES] == before
    assert to_json(again) == text
    with pytest.raises(UserError, match="damaged"):
        from_json(text.replace('"kind":"', '"kind":"no '))


def test_words_in_a_tokenizer_json_are_read_like_those_of_a_list(tmp_path: Path) -> None:
    folder = published.dnabert(tmp_path)
    lines = (folder / "vocab.txt").read_text().splitlines()
    before = to_json(made(folder))
    facts = {"model": {"type": "WordPiece", "vocab": {line: number for number, line in enumerate(lines)}}}
    (folder / "vocab.txt").unlink()
    (folder / "tokenizer.json").write_text(json.dumps(facts))
    assert to_json(made(folder)) == before


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model is chosen"):
        made("")
    with pytest.raises(UserError, match="There is no file or folder nowhere"):
        made(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"neither vocab\.txt nor tokenizer\.json"):
        made(tmp_path)
    (tmp_path / "vocab.txt").write_text("[PAD]\nACG\nACGT\nAC\n")
    with pytest.raises(UserError, match="neither words of one length nor such words and single letters"):
        made(tmp_path)
    (tmp_path / "vocab.txt").write_text("ACG\nACG\n")
    with pytest.raises(UserError, match="each of them once"):
        made(tmp_path)
    (tmp_path / "vocab.txt").unlink()
    (tmp_path / "tokenizer.json").write_text('{"model": {"type": "BPE", "vocab": {"A": 0}, "merges": "none"}}')
    with pytest.raises(UserError, match=r"tokenizer\.json of this model is damaged"):
        made(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(UserError, match="is not JSON"):
        made(tmp_path)
