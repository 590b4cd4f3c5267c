"""Byte-pair encoding, WordPiece and Unigram cut as Hugging Face tokenizers does, to the last token."""

import hashlib
import json
import os
import random
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from lib.core.errors import Cancelled, UserError
from lib.core.progress import Callback
from lib.tokenizers import TOKENIZERS, Corpus, FittedTokenizer, Vocabulary, estimate_seconds, fit, to_json
from lib.tokenizers._training import runs
from lib.tokenizers.bpe import BpeTokenizer, MergingTokenizer
from lib.tokenizers.token import SPECIAL
from lib.tokenizers.unigram import UnigramPieces, UnigramTokenizer
from lib.tokenizers.wordpiece import LongestPieceTokenizer, WordPieceTokenizer
from tests.tokenizers.corpora import corpus, sequences

NAMES = ("bpe", "wordpiece", "unigram")
ROOT = Path(__file__).resolve().parents[2]


@cache
def learned(name: str, size: int = 200) -> FittedTokenizer:
    return fit(TOKENIZERS.create(name, {"size": size}), corpus())


def reference(fitted: FittedTokenizer) -> Tokenizer:
    """Put what was learned into Hugging Face tokenizers."""
    ids, unknown = dict(fitted.vocabulary.ids), SPECIAL[1]
    if isinstance(fitted, MergingTokenizer):
        made = Tokenizer(models.BPE(ids, list(fitted.merges), unk_token=unknown))
    elif isinstance(fitted, UnigramPieces):
        scores = [0.0] * len(SPECIAL) + list(fitted.scores)
        made = Tokenizer(models.Unigram(list(zip(fitted.vocabulary.pieces, scores, strict=True)), unk_id=1))
    else:
        made = Tokenizer(models.WordPiece(ids, unk_token=unknown, max_input_chars_per_word=10**9))
    made.pre_tokenizer = pre_tokenizers.Split(Regex("[^ACGT]"), "isolated")
    return made


def assert_same(fitted: FittedTokenizer, texts: list[str]) -> None:
    mine, theirs = fitted.encode_batch(texts), reference(fitted).encode_batch(texts, add_special_tokens=False)
    for number, (text, encoding) in enumerate(zip(texts, theirs, strict=True)):
        row = mine.row(number)
        assert row.ids.tolist() == encoding.ids, text
        assert list(zip(row.starts.tolist(), row.ends.tolist(), strict=True)) == encoding.offsets, text


@pytest.mark.parametrize("name", NAMES)
@given(texts=st.lists(st.text("ACGTN", max_size=90) | st.text("AT", max_size=60), max_size=5))
@settings(max_examples=150, deadline=None)
def test_any_sequences_are_cut_as_the_reference_cuts_them(name, texts):
    assert_same(learned(name), texts)


@pytest.mark.parametrize("name", NAMES)
def test_long_sequences_and_repeats_are_cut_as_the_reference_cuts_them(name):
    draw = random.Random(3)
    long = ["".join(draw.choices("ACGT", k=4000)), "T" * 3001, "TA" * 999, "TATTTAT" * 331, "ACGN" * 500]
    assert_same(learned(name), long)


@pytest.mark.parametrize("name", NAMES)
def test_real_sequences_are_cut_as_the_reference_cuts_them(name, shared):
    table = pd.read_csv(shared / "utr-seq" / "reporter_seq.txt", sep="\t", header=None)
    assert_same(learned(name), table[1].str.upper().tolist()[: 2_000 if name == "wordpiece" else None])


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_thousand_letters_are_one_sequence_like_any_other(name):
    text = "".join(random.Random(11).choices("ACGT", k=100_000))
    row = learned(name).encode_batch(["", text, "ACG"])
    assert row.starts[0] == 0 and row.row(1).ends[-1] == 100_000 and row.bounds[1] == 0
    assert (row.row(1).starts[1:] == row.row(1).ends[:-1]).all()


def test_the_merge_with_the_lowest_rank_comes_first_and_of_equals_the_leftmost():
    vocabulary = Vocabulary.of(["A", "C", "G", "T", "AA", "CA", "AAA", "CAA"])
    made = MergingTokenizer(BpeTokenizer(), vocabulary, [("A", "A"), ("C", "A"), ("AA", "A"), ("C", "AA")])
    # CAAA: A+A at 1 leaves C AA A, and of AA+A (rank 2) and C+AA (rank 3) the first is merged; C+A is never reached
    assert [token.text for token in made.tokens("CAAA")] == ["C", "AAA"]
    assert [token.text for token in made.tokens("CAAGAAAAA")] == ["CAA", "G", "AA", "AAA"]
    assert [token.text for token in made.tokens("AANA")] == ["AA", "N", "A"]


def test_the_longest_piece_wins_even_where_it_leaves_bad_pieces():
    vocabulary = Vocabulary.of(["A", "C", "G", "T", "TAT", "##A", "##C", "##G", "##T", "##TTA", "##TT"])
    made = LongestPieceTokenizer(WordPieceTokenizer(), vocabulary)
    assert [token.shown for token in made.tokens("TATTATT")] == ["TAT", "##T", "##A", "##TT"]
    assert [(token.text, token.start) for token in made.tokens("TATnTAT")] == [("TAT", 0), ("n", 3), ("TAT", 4)]
    assert [token.shown for token in made.tokens("GTTANTTA")] == ["G", "##TTA", "N", "T", "##T", "##A"]


def test_the_highest_sum_of_scores_wins():
    words, scores = ["A", "C", "G", "T", "AC", "CG", "ACG"], [-2.0, -2.0, -2.0, -2.0, -3.0, -3.5, -5.5]
    made = UnigramPieces(UnigramTokenizer(), Vocabulary.of(words), scores)
    assert [token.text for token in made.tokens("ACG")] == ["AC", "G"]  # -5, against -5.5 for A CG and for ACG
    made = UnigramPieces(UnigramTokenizer(), Vocabulary.of(words), [*scores[:-1], -4.9])
    assert [token.text for token in made.tokens("ACGNACG")] == ["ACG", "N", "ACG"]


def test_byte_pairs_are_those_that_the_trainer_gives():
    made = Tokenizer(models.BPE(unk_token="[UNK]"))
    made.train_from_iterator(sequences(), trainers.BpeTrainer(vocab_size=300, special_tokens=list(SPECIAL)))
    assert made.get_vocab() == learned("bpe", 300).vocabulary.ids


def _unigram(texts: list[str], size: int) -> dict[str, float]:
    made = Tokenizer(models.Unigram())
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL),
        unk_token="[UNK]",
        initial_alphabet=list("ACGT"),
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    return dict(json.loads(made.to_str())["model"]["vocab"][len(SPECIAL) :])


@pytest.mark.parametrize("size", [60, 200, 450])
def test_unigram_learns_what_the_trainer_learns(size):
    texts = sequences(150, length=47, seed=size)
    mine = fit(TOKENIZERS.create("unigram", {"size": size}), Corpus([*texts, *texts[:20]]))
    theirs = _unigram([*texts, *texts[:20]], size)
    assert set(mine.vocabulary.pieces[5:]) == set(theirs)
    assert dict(zip(mine.vocabulary.pieces[5:], mine.scores, strict=True)) == pytest.approx(theirs, abs=1e-9)


def test_unigram_learns_real_sequences_as_the_trainer_does(shared):
    table = pd.read_csv(shared / "utr-seq" / "reporter_seq.txt", sep="\t", header=None)
    texts = table[1].str.upper().tolist()[:700]
    mine = fit(TOKENIZERS.create("unigram", {"size": 512}), Corpus(texts))
    assert dict(zip(mine.vocabulary.pieces[5:], mine.scores, strict=True)) == pytest.approx(
        _unigram(texts, 512), abs=1e-9
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_number_of_threads_changes_nothing(name):
    program = (
        "import hashlib, sys; from lib.tokenizers import TOKENIZERS, fit, to_json; "
        "from tests.tokenizers.corpora import corpus; "
        "made = fit(TOKENIZERS.create(sys.argv[1], {'size': 200}), corpus()); "
        "print(hashlib.sha256(to_json(made).encode()).hexdigest())"
    )
    environment = {**os.environ, "RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, name], capture_output=True, text=True, cwd=ROOT, env=environment, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(to_json(learned(name)).encode()).hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_sequences_changes_nothing(name):
    turned = Corpus(tuple(reversed(corpus().sequences)))
    assert to_json(fit(TOKENIZERS.create(name, {"size": 200}), turned)) == to_json(learned(name))


@pytest.mark.parametrize("name", NAMES)
def test_more_tokens_than_the_data_allow_is_a_sentence_that_says_how_many_they_do(name):
    with pytest.raises(UserError, match=r"60,000 tokens were asked for.*allows [\d,]+") as raised:
        fit(TOKENIZERS.create(name, {"size": 60_000}), corpus())
    most = int(re.search(r"Choose at most (\d[\d,]*\d)", str(raised.value))[1].replace(",", ""))
    assert most > 200
    assert len(fit(TOKENIZERS.create(name, {"size": most}), corpus()).vocabulary) == most


@pytest.mark.parametrize("name", NAMES)
def test_hardly_any_data_are_a_sentence(name):
    for texts in (["A"], ["AC", "AC"]):
        with pytest.raises(UserError, match="Choose a dataset with more sequences"):
            fit(TOKENIZERS.create(name, {"size": 16}), Corpus(texts))
    with pytest.raises(UserError, match="no sequence has one"):
        fit(TOKENIZERS.create(name, {"size": 16}), Corpus(["NNN", "-"]))


@pytest.mark.parametrize("name", NAMES)
def test_all_four_letters_are_tokens_even_where_the_train_part_has_three(name):
    made = fit(TOKENIZERS.create(name, {"size": 30}), Corpus([text.replace("G", "A") for text in sequences(60)]))
    assert made.vocabulary.unknown not in made.encode_batch(["GATGACAGGG"]).ids


@pytest.mark.parametrize("name", NAMES)
def test_learning_reports_and_can_be_cancelled(name):
    seen = []
    fit(TOKENIZERS.create(name, {"size": 100}), corpus(), progress=Callback(seen.append))
    assert seen and seen[-1].step == seen[-1].total and all(report.stage for report in seen)
    with pytest.raises(Cancelled):
        fit(TOKENIZERS.create(name, {"size": 100}), corpus(), progress=Callback(seen.append, lambda: True))


@pytest.mark.parametrize("name", ["bpe", "unigram"])
@pytest.mark.parametrize(("longest", "size"), [(2, 20), (3, 70), (5, 200)])
def test_no_token_is_longer_than_asked(name, longest, size):
    made = fit(TOKENIZERS.create(name, {"size": size, "longest": longest}), corpus())
    assert max(map(len, made.vocabulary.texts)) == longest


def test_a_genome_is_learned_from_in_words_of_bounded_length():
    text = "".join(random.Random(1).choices("ACGT", k=10_000))
    assert list(map(len, runs([text, f"{text[:50]}N{text[:4096]}"], label="BPE"))) == [4096, 4096, 1808, 50, 4096]


def test_learning_is_expected_to_take_longer_for_more_letters():
    for name in NAMES:
        few, many = Corpus(["ACGT" * 25] * 10), Corpus(["ACGT" * 25] * 10_000)
        assert 0 < estimate_seconds(TOKENIZERS.create(name), few) < 1 < estimate_seconds(TOKENIZERS.create(name), many)
