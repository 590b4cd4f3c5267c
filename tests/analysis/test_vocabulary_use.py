"""The use of a vocabulary, worked out by hand."""

import numpy as np
import pytest

from lib.analysis import vocabulary as use
from lib.tokenizers import TOKENIZERS, Corpus, Encoded, Vocabulary, fit

WORDS = Vocabulary.of(["AC", "GT", "ACGT", "T"])
AC, GT, ACGT, T, UNKNOWN = 5, 6, 7, 8, 1
SEQUENCES = ("ACGTT", "ACNAC", "")


@pytest.fixture
def encoded() -> Encoded:
    """ACGTT as AC GT T; ACNAC as [CLS] AC [UNK] AC; nothing of an empty sequence."""
    ids = [AC, GT, T, 2, AC, UNKNOWN, AC]
    starts, ends = [0, 2, 4, 0, 0, 2, 3], [2, 4, 5, 0, 2, 3, 5]
    return Encoded(*(np.array(values, dtype=np.int32) for values in (ids, starts, ends)), np.array([0, 3, 7, 7]))


def test_entries(encoded):
    table = use.entries(encoded, WORDS).set_index("token")
    assert table.loc["AC", ["length", "occurrences", "sequences"]].tolist() == [2, 3, 2]
    assert table.loc["ACGT", ["length", "occurrences", "sequences"]].tolist() == [4, 0, 0]
    assert table.loc["[UNK]", ["length", "occurrences", "special"]].tolist() == [0, 1, True]
    assert len(table) == 9


def test_summary(encoded):
    assert use.summary(encoded, WORDS, SEQUENCES) == {
        "sequences": 3,
        "letters": 10,
        "tokens": 6,
        "entries": 4,
        "used": 3,
        "unknown": 1,
        "unknown_share": pytest.approx(1 / 6),
        "covered_share": 0.9,
        "uncut": 1,
        "letters_per_token": pytest.approx(10 / 6),
    }


def test_letters_of_overlapping_tokens_count_once():
    sequences = ("ACGTACG", "AC", "ACGTA")
    fitted = fit(TOKENIZERS.create("k-mer", {"k": 3, "stride": 2}), Corpus(sequences))
    facts = use.summary(fitted.encode_batch(sequences), fitted.vocabulary, sequences)
    assert (facts["tokens"], facts["uncut"]) == (5, 1)
    assert facts["covered_share"] == pytest.approx(12 / 14)


def test_lengths_tokens_and_ranks(encoded):
    table = use.entries(encoded, WORDS)
    assert use.length_table(table).to_numpy().tolist() == [[1, 1, 1, 1], [2, 2, 2, 4], [4, 1, 0, 0]]
    assert use.per_sequence(encoded).to_numpy().tolist() == [[0, 1], [3, 2]]
    ranked = use.rank_frequency(table)
    assert ranked["token"].tolist() == ["AC", "GT", "T"]
    assert ranked["share"].tolist() == pytest.approx([0.6, 0.2, 0.2])


def test_nothing_at_all():
    nothing = Encoded(*(np.empty(0, dtype=np.int32),) * 3, np.zeros(1, dtype=np.int64))
    facts = use.summary(nothing, WORDS, ())
    assert facts["letters_per_token"] is facts["covered_share"] is facts["unknown_share"] is None
    assert len(use.rank_frequency(use.entries(nothing, WORDS))) == len(use.per_sequence(nothing)) == 0
