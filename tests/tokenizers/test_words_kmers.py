"""Nucleotides, k-mers and species k-mers: identity with the files of DNABERT, and small examples by hand."""

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.tokenizers import TOKENIZERS, Corpus, fit, from_json, to_json
from lib.tokenizers.species_k_mer import EVERY, NONE, SAME


def fitted(name, sequences=(), **values):
    return fit(TOKENIZERS.create(name, values), Corpus(sequences))


def rows(encoded, number):
    row = encoded.row(number)
    return list(zip(row.ids.tolist(), row.starts.tolist(), row.ends.tolist(), strict=True))


def test_the_vocabulary_of_six_letters_is_that_of_dnabert(shared):
    published = (shared / "dnabert" / "vocab.txt").read_text().split()
    assert len(published) == 4101
    assert fitted("k-mer").vocabulary.pieces == tuple(published)


def test_the_sequences_that_dnabert_cut_are_cut_the_same(shared):
    lines = (shared / "dnabert" / "dev.tsv").read_text().splitlines()[1:]
    published = {word: number for number, word in enumerate((shared / "dnabert" / "vocab.txt").read_text().split())}
    words = [line.split("\t")[0].split() for line in lines]
    assert len(words) == 1000
    sequences = ["".join(word[0] for word in row) + row[-1][1:] for row in words]
    tokenizer = fitted("k-mer")
    encoded = tokenizer.encode_batch(sequences)
    for number, (row, sequence) in enumerate(zip(words, sequences, strict=True)):
        assert encoded.row(number).ids.tolist() == [published[word] for word in row]
        if number % 50 == 0:
            assert [token.text for token in tokenizer.tokens(sequence)] == row
            assert [token.text for token in tokenizer.settings.tokens(sequence)] == row


def test_nucleotides_are_four_letters_and_unknown_ones():
    tokenizer = fitted("nucleotide")
    assert tokenizer.vocabulary.pieces[5:] == ("A", "C", "G", "T")
    encoded = tokenizer.encode_batch(["acGU", "", "RNA"])
    assert [rows(encoded, number) for number in range(3)] == [
        [(5, 0, 1), (6, 1, 2), (7, 2, 3), (8, 3, 4)],
        [],
        [(1, 0, 1), (1, 1, 2), (5, 2, 3)],
    ]
    assert [token.text for token in tokenizer.tokens("RnA")] == ["R", "n", "A"]


def test_kmers_with_other_letters_are_unknown_and_short_sequences_have_none():
    tokenizer = fitted("k-mer", k=2, stride=3)
    encoded = tokenizer.encode_batch(["AATTTNGG", "A", "GC"])  # windows AA, TT, GG
    assert rows(encoded, 0) == [(5, 0, 2), (10, 3, 5), (20, 6, 8)]
    assert rows(encoded, 1) == []
    assert rows(encoded, 2) == [(19, 0, 2)]
    assert rows(fitted("k-mer", k=2).encode_batch(["ANu"]), 0) == [(1, 0, 2), (1, 1, 3)]


def test_words_of_more_than_eight_letters_are_learned_the_most_frequent_first():
    sequences = ("ACGTACGTACGTA", "ACGTACGTANN", "TTTTTTTTTT", "CCC")
    tokenizer = fitted("k-mer", sequences, k=9)
    counts = Counter(text[start : start + 9] for text in sequences for start in range(len(text) - 8))
    expected = sorted((word for word in counts if "N" not in word), key=lambda word: (-counts[word], word))
    assert tokenizer.vocabulary.pieces[5:] == tuple(expected)
    assert expected[:3] == ["ACGTACGTA", "TTTTTTTTT", "CGTACGTAC"]
    assert tokenizer.encode_batch(["acguacgua", "AAAAAAAAA"]).ids.tolist() == [5, 1]
    assert fitted("k-mer", sequences, k=9, stride=4).vocabulary.pieces[5:] == ("ACGTACGTA", "TTTTTTTTT")
    with pytest.raises(UserError, match="k-mers of 12 are learned.*16,777,216.*Choose a dataset, or k of at most 8"):
        fitted("k-mer", ("", ""), k=12)
    assert fitted("k-mer", ("ACGT",), k=12).encode_batch(["A" * 13]).ids.tolist() == [1, 1]


@settings(deadline=None, max_examples=100)
@given(
    sequences=st.lists(st.text("ACGTUNacgtu", max_size=30), max_size=4), k=st.integers(1, 12), stride=st.integers(1, 12)
)
def test_kmers_of_a_batch_are_those_of_a_loop(sequences, k, stride):
    learned = ("ACGTTTGCAACGGT" * 3, "AAAAAAAAAAAAA", "ACGTTTGCAACGTACA")
    tokenizer = fitted("k-mer", learned, k=k, stride=stride)
    ids = tokenizer.vocabulary.ids
    encoded = tokenizer.encode_batch(sequences)
    for number, sequence in enumerate(sequences):
        dna = sequence.upper().replace("U", "T")
        starts = range(0, len(sequence) - k + 1, stride)
        assert rows(encoded, number) == [(ids.get(dna[start : start + k], 1), start, start + k) for start in starts]


def pieces(tokenizer, sequence):
    return [(token.shown, token.start, token.end) for token in tokenizer.tokens(sequence)]


def test_species_kmers_without_padding_are_those_of_the_published_notebook(shared):
    tokenizer = fitted("species-k-mer", preset="SpeciesLM")
    published = (shared / "dnabert" / "vocab.txt").read_text().split()
    assert tokenizer.vocabulary.pieces == (*published, "candida_glabrata")
    assert tokenizer.vocabulary.special["species"] == 4101
    sequence = "ATGACGTTTAG"
    words = [sequence[start : start + 6] for start in range(6)]  # L - 5 of them
    assert [shown for shown, _, _ in pieces(tokenizer, sequence)] == ["[CLS]", "candida_glabrata", *words, "[SEP]"]
    assert tokenizer.encode_batch(["ACGTA", ""]).bounds.tolist() == [0, 0, 0]


def test_padding_lets_every_letter_lie_in_equally_many_words():
    tokenizer = fitted("species-k-mer", k=3, species="danio_rerio", padding=EVERY)
    assert pieces(tokenizer, "gUA") == [
        ("[CLS]", 0, 0),
        ("danio_rerio", 0, 0),
        ("__G", 0, 1),
        ("_GT", 0, 2),
        ("gUA", 0, 3),
        ("TA_", 1, 3),
        ("A__", 2, 3),
        ("[SEP]", 3, 3),
    ]
    assert [shown for shown, _, _ in pieces(tokenizer, "C")] == ["[CLS]", "danio_rerio", "__C", "_C_", "C__", "[SEP]"]
    same = fitted("species-k-mer", k=4, species="danio_rerio", padding=SAME)
    assert [shown for shown, _, _ in pieces(same, "GTACC")][2:-1] == ["_GTA", "GTAC", "TACC", "ACC_", "CC__"]


def test_the_species_is_checked():
    for species in ("", "Danio rerio", "[PAD]", "AAAAAA"):
        with pytest.raises(UserError, match="write it in lower case without blanks, such as candida_glabrata"):
            fitted("species-k-mer", species=species)


@settings(deadline=None, max_examples=150)
@given(sequence=st.text("ACGTUNacgtu", max_size=14), k=st.integers(1, 5), padding=st.sampled_from([EVERY, SAME, NONE]))
def test_species_kmers_are_windows_of_the_padded_sequence(sequence, k, padding):
    tokenizer = fitted("species-k-mer", k=k, padding=padding)
    before, after = {EVERY: (k - 1, k - 1), SAME: ((k - 1) // 2, k // 2), NONE: (0, 0)}[padding]
    padded = "_" * before + sequence.upper().replace("U", "T") + "_" * after
    words = [padded[start : start + k] for start in range(len(padded) - k + 1)] if sequence else []
    ids = tokenizer.vocabulary.ids
    encoded = tokenizer.encode_batch([sequence, "ACGTACGT"])
    expected = [2, ids["candida_glabrata"], *(ids.get(word, 1) for word in words), 3] if words else []
    assert encoded.row(0).ids.tolist() == expected
    coverage = Counter(position for _, start, end in rows(encoded, 0) for position in range(start, end))
    if padding == EVERY:
        assert coverage == dict.fromkeys(range(len(sequence)), k)
    if padding == SAME:
        assert len(words) == len(sequence)
    texts = tokenizer.vocabulary.texts
    assert all(len(texts[number]) == end - start for number, start, end in rows(encoded, 0) if number != 1)
    assert from_json(to_json(tokenizer)).encode_batch([sequence]).ids.tolist() == expected


def test_padded_words_are_listed_once_each():
    tokenizer = fitted("species-k-mer", k=3)
    words = {"".join(word) for word in itertools.product("ACGT_", repeat=3)}
    inner = {word for word in words if word.strip("_") and "_" not in word.strip("_")}
    assert set(tokenizer.vocabulary.pieces[5:]) == inner | {"candida_glabrata"}
    assert len(tokenizer.vocabulary.pieces) == 5 + 64 + 1 + 4 * 3 + 16 * 2
