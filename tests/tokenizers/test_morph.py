"""MORPH: windows by the RBP table, then subwords of each, against Hugging Face tokenizers word by word."""

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from lib.core.errors import UserError
from lib.core.registry import presets_of
from lib.tokenizers import TOKENIZERS, Corpus, FittedTokenizer, Token, fit, from_json, to_json
from lib.tokenizers.bpe import MergingTokenizer
from lib.tokenizers.morph import FittedMorph, MorphTokenizer
from tests.tokenizers.corpora import corpus, sequences

TABLE = pd.DataFrame({"motif": ["TTAGG", "TAGGG", "CACAC", "GGGGG"], "mean_rbp": [4.0, 3.5, 3.4, 1.0]})
TRAIN = ("ATTAGGGA", "TTAGG", "CACACAC", "GGGGGGG")


def small(algorithm: str, size: int = 18) -> FittedMorph:
    values = {"algorithm": algorithm, "size": size, "by": "value", "threshold": 3.32, "least": 1}
    return fit(TOKENIZERS.create("morph", values), Corpus(TRAIN, TABLE))


def test_words_are_kept_cut_and_shown_as_the_vocabulary_writes_them():
    made = small("wordpiece", size=16)
    # words of the train part: ttagg 2, taggg 1, cacac 2. Three merges fit: ##a ##c and ##g ##g (4 times each, the pair
    # with the lower ids first), then ##a ##gg (3 times)
    assert made.words == ("TTAGG", "TAGGG", "CACAC")
    letters = ("##a", "##c", "##g", "##t", "a", "c", "g", "t")
    assert made.vocabulary.pieces[5:] == (*letters, "##ac", "##gg", "##agg")
    assert made.tokens("ATTAGGGA") == [
        Token("T", 1, 2),
        Token("T", 2, 3, "##T"),
        Token("AGG", 3, 6, "##AGG"),
        Token("T", 2, 3),
        Token("AGG", 3, 6, "##AGG"),
        Token("G", 6, 7, "##G"),
    ]
    assert MorphTokenizer.ordered is False, "the second word starts before the first one ends"


def test_what_lies_outside_the_kept_windows_is_dropped():
    made = small("bpe")
    assert made.tokens("GGGGGGGGG") == [] and made.tokens("") == [] and made.tokens("TTAG") == []
    covered = {place for token in made.tokens("GGGCACACGGG") for place in range(token.start, token.end)}
    assert covered == {3, 4, 5, 6, 7}
    assert made.tokens("TTANG") == []


def test_lower_case_and_rna_keep_their_letters():
    for algorithm in ("bpe", "wordpiece"):
        made = small(algorithm)
        assert [token.text for token in made.tokens("uuagg")] == [
            token.text.lower().replace("t", "u") for token in made.tokens("TTAGG")
        ]
        assert all(token.shown == token.shown.upper() for token in made.tokens("TTAGG"))


def test_a_word_that_is_one_token_is_that_token():
    made = small("bpe", size=256)
    assert made.tokens("ATTAGGG") == [Token("TTAGG", 1, 6), Token("TAGGG", 2, 7)]
    assert len(made.vocabulary) < 256, "training ends where every word is one token"
    assert "ttagg" in made.vocabulary.pieces, "the vocabulary is written in lower case, as published"


def reference(made: FittedMorph) -> Tokenizer:
    ids = dict(made.vocabulary.ids)
    if isinstance(made._cutter, MergingTokenizer):
        return Tokenizer(models.BPE(ids, list(made._cutter.merges), unk_token="[UNK]"))
    return Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))


def expected(made: FittedMorph, theirs: Tokenizer, sequence: str) -> list[tuple[int, int, int]]:
    """Slide a window, look each word up, cut it by the library."""
    width, rows = len(made.words[0]), []
    for start in range(len(sequence) - width + 1):
        word = sequence[start : start + width]
        if word in made.words:
            found = theirs.encode(word.lower())
            rows += [(number, start + a, start + b) for number, (a, b) in zip(found.ids, found.offsets, strict=True)]
    return rows


MADE: dict[str, FittedTokenizer] = {}


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece"])
@given(sequence=st.text("ACGTN", max_size=120), number=st.integers(0, 399))
@settings(max_examples=100, deadline=None)
def test_each_word_is_cut_as_the_reference_cuts_it(algorithm, sequence, number):
    if algorithm not in MADE:
        MADE[algorithm] = fit(TOKENIZERS.create("morph", {"algorithm": algorithm, "size": 90}), corpus())
    made = MADE[algorithm]
    theirs = reference(made)
    for text in (sequence, sequences()[number]):
        row = made.encode_batch([text])
        assert list(zip(row.ids.tolist(), row.starts.tolist(), row.ends.tolist(), strict=True)) == expected(
            made, theirs, text
        )


def test_a_long_sequence_and_a_batch():
    made = small("wordpiece")
    draw = random.Random(2)
    texts = ["".join(draw.choices("ACGT", k=length)) for length in (4000, 3, 0, 77, 20_000)]
    batch, theirs = made.encode_batch(texts), reference(made)
    for number, text in enumerate(texts):
        row = batch.row(number)
        assert list(zip(row.ids.tolist(), row.starts.tolist(), row.ends.tolist(), strict=True)) == expected(
            made, theirs, text
        )


def test_the_presets_fix_the_published_thresholds_and_nothing_else():
    presets = presets_of(MorphTokenizer)
    assert {name: values["threshold"] for name, values in presets.items()} == {"MORPH_D": 3.32, "MORPH_O": 0.954}
    assert all(values == {"width": 7, "by": "value", "threshold": values["threshold"]} for values in presets.values())
    strict, loose = (fit(TOKENIZERS.create("morph", {"preset": name, "size": 64}), corpus()) for name in presets)
    assert len(strict.words) == 5 and set(strict.words) < set(loose.words)
    assert strict.threshold == 3.32 and loose.threshold == 0.954
    assert "is ours" in (MorphTokenizer.__doc__ or "")


def test_it_comes_back_with_its_words_and_merges():
    for algorithm in ("bpe", "wordpiece"):
        made = small(algorithm)
        again = from_json(to_json(made))
        assert to_json(again) == to_json(made) and again.words == made.words and again.threshold == 3.32
        assert again.tokens("ATTAGGGACACAC") == made.tokens("ATTAGGGACACAC")


def test_what_is_missing_is_a_sentence():
    with pytest.raises(UserError, match="no motif of 5 nt has a Mean_RBP above 9; the highest is 4"):
        fit(TOKENIZERS.create("morph", {"by": "value", "threshold": 9}), Corpus(TRAIN, TABLE))
    with pytest.raises(UserError, match="no motif of 7 nt"):
        fit(TOKENIZERS.create("morph", {"preset": "MORPH_D"}), Corpus(TRAIN, TABLE))
    with pytest.raises(UserError, match="none of the 3 words above the threshold 3.32 occurs in the train part"):
        fit(TOKENIZERS.create("morph", {"by": "value", "threshold": 3.32}), Corpus(["GATTACA"], TABLE))
