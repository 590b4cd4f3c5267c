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


@pytest.mark.parametrize("sequence", [*SEQUENCES, *WITH_N])
def test_words_of_rna_are_read_from_dna(tmp_path: Path, sequence: str) -> None:
    """3UTRBERT lists its words with U; no window of a sequence with T may become the unknown token for that."""
    folder = published.utrbert(tmp_path)
    theirs = transformers.BertTokenizer(str(folder / "vocab.txt"), do_lower_case=False)
    ours = made(folder)
    assert whole(ours, sequence) == theirs(spaced(sequence, 3).replace("T", "U"))["input_ids"]
    assert [token.text for token in ours.tokens(sequence)] == spaced(sequence, 3).split()
    assert to_json(from_json(to_json(ours))) == to_json(ours)


def test_byte_pairs_of_rna_are_read_from_dna(tmp_path: Path) -> None:
    folder = published.modern_bpe(tmp_path)
    text = (folder / "tokenizer.json").read_text()
    facts = json.loads(text)
    plain = made(folder).encode_batch(SEQUENCES)
    rna = {piece.replace("T", "U") if piece.isalpha() else piece: i for piece, i in facts["model"]["vocab"].items()}
    facts["model"] |= {
        "vocab": rna,
        "merges": [[part.replace("T", "U") for part in pair] for pair in facts["model"]["merges"]],
    }
    (folder / "tokenizer.json").write_text(json.dumps(facts))
    ours = made(folder)
    found = from_json(to_json(ours)).encode_batch(SEQUENCES)
    for name in ("ids", "starts", "ends", "bounds"):
        assert getattr(found, name).tolist() == getattr(plain, name).tolist(), name
    assert all(
        token.text == SEQUENCES[1][token.start : token.end] == token.shown for token in ours.tokens(SEQUENCES[1])
    )


SPECIES = ("danio_rerio", "candida_glabrata")  # their ids are not in the order of their names


def with_species(folder: Path, layout: str, *, order: tuple[str, ...] = SPECIES) -> Path:
    """Write a SpeciesLM whose species were added to the words of DNABERT, in one of the layouts in which they come."""
    published.dnabert(folder, k=3, extra=order)
    lines = (folder / "vocab.txt").read_text().splitlines()
    words, added = lines[: -len(order)], {name: len(lines) - len(order) + i for i, name in enumerate(order)}
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    config = json.loads((folder / "tokenizer_config.json").read_text())
    if layout == "added_tokens.json":
        (folder / "added_tokens.json").write_text(json.dumps(added))
        return folder
    if layout == "added_tokens_decoder":
        decoder = {str(number): {"content": name, "special": False} for name, number in added.items()}
        (folder / "tokenizer_config.json").write_text(json.dumps({**config, "added_tokens_decoder": decoder}))
        return folder
    if layout == "additional_special_tokens":
        (folder / "tokenizer_config.json").write_text(json.dumps({**config, "additional_special_tokens": list(order)}))
        return folder
    theirs = transformers.BertTokenizer(str(folder / "vocab.txt"), do_lower_case=False)
    theirs.add_tokens(list(order))
    theirs.save_pretrained(folder)
    if layout == "tokenizer.json alone":
        (folder / "vocab.txt").unlink()
    return folder


LAYOUTS = (
    "added_tokens.json",
    "vocab.txt and tokenizer.json",
    "tokenizer.json alone",
    "added_tokens_decoder",
    "additional_special_tokens",
)


@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_species_that_were_added_have_the_ids_of_transformers(tmp_path: Path, layout: str, species: str) -> None:
    folder = with_species(tmp_path / "model", layout)
    assert (folder / "vocab.txt").exists() == (layout != "tokenizer.json alone")
    ours = made(folder, species=species)
    for cls in (transformers.AutoTokenizer, transformers.BertTokenizerFast):
        theirs = cls.from_pretrained(folder)
        assert len(ours.vocabulary) == len(theirs) == 5 + 4**3 + 2
        for sequence in [*SEQUENCES, *WITH_N]:
            assert whole(ours, sequence) == theirs(f"{species} {spaced(sequence, 3)}")["input_ids"]
    with pytest.raises(UserError, match="none is chosen. Choose one of its 2 species, such as candida_glabrata, danio"):
        made(folder)
    assert len(TOKENIZERS.create("checkpoint", {"path": str(folder)}).files()) == len(
        [path for path in folder.iterdir() if path.name not in ("config.json", "model.safetensors")]
    ), "all of them decide the tokens"


def test_the_list_alone_is_read_with_what_was_added_to_it(tmp_path: Path) -> None:
    folder = with_species(tmp_path, "added_tokens.json")
    assert made(folder / "vocab.txt", species="danio_rerio").vocabulary.special["species"] == 5 + 4**3


def test_files_that_number_tokens_in_two_ways_are_refused(tmp_path: Path) -> None:
    folder = with_species(tmp_path, "vocab.txt and tokenizer.json")
    (folder / "added_tokens.json").write_text(json.dumps({"danio_rerio": 70, "candida_glabrata": 69}))
    with pytest.raises(UserError, match=r"'danio_rerio' is 69, and 70 in added_tokens\.json"):
        made(folder, species="danio_rerio")
    (folder / "added_tokens.json").unlink()
    lines = (folder / "vocab.txt").read_text().splitlines()
    (folder / "vocab.txt").write_text("\n".join([*lines[:5], *sorted(lines[5:])]))
    with pytest.raises(UserError, match=r"numbers its tokens in two ways: 'AAC' is 7, and 6 in vocab\.txt"):
        made(folder, species="danio_rerio")


@pytest.mark.parametrize(
    "added", ['{"danio_rerio": 71}', '{"danio_rerio": "69"}', '{"danio_rerio": 69.0}', '{"danio_rerio": true}']
)
def test_added_tokens_must_follow_the_vocabulary(tmp_path: Path, added: str) -> None:
    """The five special tokens and 64 words have the ids 0 to 68."""
    folder = published.dnabert(tmp_path, k=3)
    (folder / "added_tokens.json").write_text(added)
    with pytest.raises(UserError, match="numbered from 0 without gaps"):
        made(folder, species="danio_rerio")


def test_a_blank_line_among_the_tokens_is_refused(tmp_path: Path) -> None:
    """It would be a token with a number of its own, and those behind it have other numbers than without it."""
    folder = published.dnabert(tmp_path, k=3)
    text = (folder / "vocab.txt").read_text()
    (folder / "vocab.txt").write_text(text.replace("\n", "\r\n") + "\r\n")
    assert len(made(folder).vocabulary) == 69
    (folder / "vocab.txt").write_text(text.replace("[MASK]\n", "[MASK]\n\n"))
    with pytest.raises(UserError, match="numbered from 0 without gaps"):
        made(folder)


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
