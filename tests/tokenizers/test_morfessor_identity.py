"""Our search cuts as ``morfessor.BaselineModel.viterbi_segment`` does, to the last tie; training is the package's."""

import random
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from morfessor import BaselineModel
from morfessor import utils as morfessor_utils

from lib.core.progress import Silent
from lib.tokenizers import TOKENIZERS, Corpus, fit
from lib.tokenizers._morfessor_costs import Lexicon, costs, letter_costs
from lib.tokenizers._morfessor_training import motif_words, sequence_words, train
from lib.tokenizers._morfessor_viterbi import segment
from tests.tokenizers.corpora import rbp, sequences

PUBLISHED = {"scale": 5.0, "midpoint": 3.188, "steepness": 1.0}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(morfessor_utils, "show_progress_bar", False)


def package(
    words: dict[str, int], *, weight: float = 1.0, algorithm: str = "recursive", seed: int = 0, longest: int = 7
):
    """Train with nothing but the package."""
    state = random.getstate()
    random.seed(seed)
    model = BaselineModel(corpusweight=weight)
    model.load_data((count, word) for word, count in words.items())
    model.train_batch(algorithm, (1.0, longest) if algorithm == "viterbi" else ())
    random.setstate(state)
    return model


def lexicon_of(model: BaselineModel) -> Lexicon:
    found = model.get_constructions()
    return Lexicon(tuple(word for word, _ in found), tuple(n for _, n in found), model._corpus_coding.boundaries)


def pieces(model, texts, *, longest, smoothing):
    """Cut with our search."""
    lexicon, lengths = lexicon_of(model), np.array([len(text) for text in texts], dtype=np.int64)
    table = costs(lexicon, longest=longest, weight=model.get_corpus_coding_weight(), smoothing=smoothing)
    cut = segment(texts, table, letter_costs(lexicon, lengths))
    rows = [cut.row(number) for number in range(len(cut))]
    spans = [zip(row.starts.tolist(), row.ends.tolist(), strict=True) for row in rows]
    found = [[text[start:end] for start, end in span] for text, span in zip(texts, spans, strict=True)]
    named = [[lexicon.words[number] if number >= 0 else None for number in row.ids.tolist()] for row in rows]
    known = set(lexicon.words)
    assert named == [[piece if piece in known else None for piece in row] for row in found]
    return found


def check(model, texts, *, longest=7, smoothing=1.0):
    expected = [model.viterbi_segment(text, smoothing, longest)[0] for text in texts]
    assert pieces(model, texts, longest=longest, smoothing=smoothing) == expected


MOTIFS = motif_words(rbp(), **PUBLISHED, label="")
SHORT = {word: count for word, count in MOTIFS.items() if len(word) == 7}
NAMES = ("motifs", "motifs, light corpus", "sequences", "long morphs", "letters that never occur")


@cache
def trained(name: str) -> BaselineModel:
    words = sequence_words(sequences(), most=200, seed=0, label="")
    return {
        "motifs": lambda: package(SHORT),
        "motifs, light corpus": lambda: package(SHORT, weight=0.05),
        "sequences": lambda: package(words, algorithm="viterbi"),
        "long morphs": lambda: package(words, weight=4.0, algorithm="viterbi", longest=13),
        "letters that never occur": lambda: package({"AATA": 3, "TATATTTAA": 2, "A": 1}),
    }[name]()


@pytest.mark.parametrize("longest", [1, 2, 3, 5, 7, 8, 9, 12, 30])
@pytest.mark.parametrize("smoothing", [1.0, 0.0, 0.37, 25.0])
@pytest.mark.parametrize("name", NAMES)
def test_it_cuts_as_the_package_does(name, smoothing, longest):
    draw = random.Random(longest)
    texts = ["".join(draw.choices("ACGTN", [30, 20, 20, 30, 2], k=size)) for size in (0, 1, 2, 6, 37, 110, 201)]
    check(trained(name), [*texts, *sequences(9, seed=longest)], longest=longest, smoothing=smoothing)


@given(
    texts=st.lists(st.text("ACGTN", max_size=45), min_size=1, max_size=7),
    name=st.sampled_from(NAMES),
    smoothing=st.sampled_from([0.0, 1e-3, 0.5, 1.0, 3.0]),
    longest=st.integers(1, 14),
)
@settings(max_examples=300, deadline=None)
def test_it_cuts_any_letters_as_the_package_does(texts, name, smoothing, longest):
    check(trained(name), texts, longest=longest, smoothing=smoothing)


@given(
    words=st.dictionaries(st.text("ACGT", min_size=1, max_size=11), st.integers(1, 9), min_size=1, max_size=12),
    texts=st.lists(st.text("ACGTN", max_size=30), min_size=1, max_size=3),
    weight=st.sampled_from([0.01, 0.3, 1.0, 7.0]),
)
@settings(max_examples=150, deadline=None)
def test_any_model_cuts_as_the_package_does(words, texts, weight):
    model = package(words, weight=weight)
    check(model, texts, longest=10)
    check(model, texts, longest=4, smoothing=0.0)


def test_a_tie_goes_to_the_longer_last_piece():
    """With equal counts AA+A and A+AA cost the same; the package keeps the farthest start, so the last piece is AA."""
    model = BaselineModel()
    model.load_data([(4, "A"), (4, "AA")])
    assert dict(model.get_constructions()) == {"A": 4, "AA": 4}
    assert model.viterbi_segment("AAA", 0, 2)[0] == ["A", "AA"]
    assert pieces(model, ["AAA"], longest=2, smoothing=0.0) == [["A", "AA"]]


def test_ties_everywhere():
    """All words of one and of two letters count the same: most positions have several cheapest paths."""
    model = BaselineModel()
    model.load_data([(3, first + second) for first in "ACGT" for second in ("", *"ACGT")])
    texts = ["".join(random.Random(size).choices("ACGT", k=size)) for size in (3, 5, 31, 64, 333)]
    for smoothing in (0.0, 1.0):
        check(model, texts, longest=2, smoothing=smoothing)
        check(model, texts, longest=7, smoothing=smoothing)


def test_a_4_kb_sequence_is_cut_as_the_package_does():
    text = "".join(random.Random(4).choices("ACGTN", [30, 20, 20, 30, 0.3], k=4000))
    assert "N" in text
    for name in ("motifs, light corpus", "sequences", "long morphs"):
        check(trained(name), [text, text[:110].replace("N", "A"), text.replace("N", "G")])


def test_sequences_of_a_real_assay_are_cut_as_the_package_does(shared):
    texts = pd.read_csv(shared / "utr-seq" / "reporter_seq.txt", sep="\t", header=None)[1].tolist()[:3000]
    table = pd.read_csv(shared / "transite" / "transite_kmers_enrichment.csv")
    motifs = pd.DataFrame({"motif": table["kmer"].str.replace("U", "T"), "mean_rbp": table["enrichment"]})
    model = package(motif_words(motifs, scale=50, midpoint=1.0, steepness=3.0, label=""))
    check(model, texts)
    check(package(sequence_words(texts, most=200, seed=1, label=""), algorithm="viterbi", weight=2.0), texts[:1000])


@pytest.mark.parametrize("weight", [1.0, 0.05])
@pytest.mark.parametrize("seed", [0, 11])
def test_training_is_that_of_the_package(weight, seed):
    motifs = train(SHORT, weight=weight, longest=7, seed=seed, progress=Silent())
    model = package(SHORT, weight=weight, seed=seed)
    assert dict(zip(motifs.words, motifs.counts, strict=True)) == dict(model.get_constructions())
    assert motifs.boundaries == model._corpus_coding.boundaries == sum(SHORT.values())


def test_training_on_long_words_is_the_viterbi_training_of_the_package():
    words = sequence_words(sequences(), most=150, seed=3, label="")
    found = train(words, weight=2.0, longest=5, seed=4, progress=Silent())
    model = package(words, weight=2.0, seed=4, algorithm="viterbi", longest=5)
    assert dict(zip(found.words, found.counts, strict=True)) == dict(model.get_constructions())
    assert max(map(len, found.words)) <= 5


def test_a_fitted_tokenizer_cuts_as_the_package_with_its_own_model():
    tokenizer = TOKENIZERS.create("morfessor", {"corpus_weight": 0.2, "max_length": 6, "smoothing": 0.5})
    table = rbp()
    table = table[table["motif"].str.len() <= 6 + 1]
    fitted = fit(tokenizer, Corpus((), table.assign(motif=table["motif"].str[:6])))
    words = motif_words(table.assign(motif=table["motif"].str[:6]), **PUBLISHED, label="")
    model = package(words, weight=0.2)
    texts = [*sequences(20, seed=2), "ACGNNA", "acguACGU", ""]
    for text in texts:
        expected = model.viterbi_segment(text.upper().replace("U", "T"), 0.5, 6)[0]
        assert [token.text.upper().replace("U", "T") for token in fitted.tokens(text)] == expected
