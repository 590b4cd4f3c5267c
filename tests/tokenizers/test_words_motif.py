"""The motif cover, worked out by hand and against all covers of short sequences."""

from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.tokenizers import TOKENIZERS, Corpus, fit, from_json, to_json
from lib.tokenizers._motifs import meanings

TABLE = pd.DataFrame(
    {
        "motif": ["TTTTTTT", "TATTTA", "TTAG", "TGTAHATA", "GCACTT", "CACTTAG", "GGG", "CCCC"],
        "mean_rbp": [3.0, 2.5, 2.0, 4.0, 2.25, 4.0, 0.0, -1.0],
    }
)


def fitted(table=TABLE, **values):
    return fit(TOKENIZERS.create("motif", values), Corpus((), table))


def texts(tokenizer, sequence):
    return [token.text for token in tokenizer.tokens(sequence)]


def test_the_heaviest_cover_is_not_always_that_of_the_strongest_motif():
    assert texts(fitted(), "AGCACTTAGC") == ["A", "G", "CACTTAG", "C"]  # 4 against 2.25 of GCACTT or 2 of TTAG
    assert texts(fitted(), "GCACTTAGTATTTAG") == ["G", "CACTTAG", "TATTTA", "G"]  # 6.5 against 4.75
    table = pd.DataFrame({"motif": ["GCAC", "CACTT", "TTAG"], "mean_rbp": [2.0, 3.0, 2.0]})
    assert texts(fitted(table), "GCACTTAG") == ["GCAC", "TTAG"]  # 4 against 3
    assert texts(fitted(table, method="greedy"), "GCACTTAG") == ["G", "CACTT", "A", "G"]


def test_ties_go_to_the_token_that_is_longer_read_from_the_start():
    table = pd.DataFrame({"motif": ["AC", "CG", "ACG", "GT"], "mean_rbp": [0.1, 0.3, 0.3, 0.2]})
    assert texts(fitted(table), "ACGT") == ["ACG", "T"]  # 0.3, as C G alone, and as AC (0.1) with GT (0.2)
    assert texts(fitted(table, method="greedy"), "ACGT") == ["ACG", "T"]
    shifted = pd.DataFrame({"motif": ["ACG", "CGT"], "mean_rbp": [1.0, 1.0]})
    assert texts(fitted(shifted), "ACGT") == ["ACG", "T"]
    assert texts(fitted(shifted, method="greedy"), "ACGT") == ["ACG", "T"]


def test_motifs_of_no_weight_are_never_chosen_and_iupac_motifs_match_their_words():
    tokenizer = fitted()
    assert texts(tokenizer, "GGGCCCCTGUACAUA") == [*"GGGCCCC", "TGUACAUA"]
    assert tokenizer.vocabulary.pieces[5:9] == ("A", "C", "G", "T")
    assert tokenizer.vocabulary.pieces[9:12] == ("CACTTAG", "TGTAAATA", "TGTACATA")
    assert tokenizer.motif_of(tokenizer.vocabulary.ids["TGTACATA"]) == ("TGTAHATA", 4.0)
    assert tokenizer.motif_of(tokenizer.vocabulary.ids["G"]) is None
    assert "GGG" not in tokenizer.vocabulary.ids


def test_other_letters_are_unknown_and_a_motif_longer_than_the_sequence_does_no_harm():
    tokenizer = fitted()
    row = tokenizer.encode_batch(["TTNAGttag-"])
    assert texts(tokenizer, "TTNAGttag-") == ["T", "T", "N", "A", "G", "ttag", "-"]
    assert row.ids.tolist()[2] == row.ids.tolist()[6] == tokenizer.vocabulary.special["unknown"]
    assert texts(tokenizer, "TTA") == ["T", "T", "A"]
    assert texts(tokenizer, "") == []


def test_a_motif_of_one_letter_is_that_letter_with_a_weight():
    table = pd.DataFrame({"motif": ["A", "CAC"], "mean_rbp": [2.0, 1.5]})
    tokenizer = fitted(table)
    assert texts(tokenizer, "CACCC") == ["C", "A", "C", "C", "C"]
    assert tokenizer.vocabulary.pieces[5:] == ("A", "C", "G", "T", "CAC")
    assert tokenizer.motif_of(5) == ("A", 2.0)


def test_weak_motifs_are_left_out_by_share_or_value():
    assert set(fitted(by="value", threshold=2.5).words) == {"CACTTAG", "TTTTTTT", "TGTAAATA", "TGTACATA", "TGTATATA"}
    assert fitted(quantile=0.5).words == fitted(by="value", threshold=2.375).words
    assert fitted(by="value", threshold=-5.0).words == fitted().words
    with pytest.raises(UserError, match=r"Motif cover: no motif has a Mean_RBP above 9; the highest is 4\. Choose"):
        fitted(by="value", threshold=9.0)
    with pytest.raises(
        UserError, match=r"motifs with a Mean_RBP above 0, and the highest of the RBP table is -1\. Choose"
    ):
        fitted(TABLE.tail(1))


def test_motifs_of_hundreds_of_letters_and_sequences_of_4_kb_are_covered():
    long = "ACGGT" * 60
    tokenizer = fitted(pd.DataFrame({"motif": [long, "ACGGT"], "mean_rbp": [50.0, 1.0]}))
    found = texts(tokenizer, "T" * 1900 + long + "T" * 1901)
    assert found == [*"T" * 1900, *["ACGGT"] * 60, *"T" * 1901]  # 60 against 50
    again = from_json(to_json(tokenizer))
    assert texts(again, long) == ["ACGGT"] * 60 and again.motif_of(9) == (long, 50.0)


WORDS = st.dictionaries(st.text("ACGTRN", min_size=1, max_size=4), st.integers(-3, 9), min_size=1, max_size=7)


def known(table):
    """Give the weight of every word that the table stands for, as exact tenths."""
    found = {}
    for motif, value in table.items():
        for word in meanings(motif):
            if value > 0:
                found[word] = max(found.get(word, Fraction(0)), Fraction(value, 10))
    return found


def covers(sequence, weights):
    """Give every cover as (sum, lengths); a word may also be read as its letters, unless it is a single one."""
    if not sequence:
        return [(Fraction(0), ())]
    found = []
    for size in range(1, len(sequence) + 1):
        word = sequence[:size]
        if size == 1 or word in weights:
            gain = weights.get(word, Fraction(0))
            found += [(gain + rest, (size, *sizes)) for rest, sizes in covers(sequence[size:], weights)]
    return found


def strongest_first(sequence, weights):
    hits = [
        (-weights[sequence[start:end]], start - end, start, end)
        for start in range(len(sequence))
        for end in range(start + 1, len(sequence) + 1)
        if sequence[start:end] in weights
    ]
    taken = {}
    for _, _, start, end in sorted(hits):
        if not any(start < stop and first < end for first, stop in taken.items()):
            taken[start] = end
    sizes, position = [], 0
    while position < len(sequence):
        sizes.append(taken.get(position, position + 1) - position)
        position += sizes[-1]
    return tuple(sizes)


@settings(deadline=None, max_examples=300)
@given(table=WORDS, sequence=st.text("ACGTN", max_size=9))
@example(table={"AC": 1, "GT": 2, "CG": 3}, sequence="ACGT")
def test_covers_are_the_heaviest_and_the_strongest_first(table, sequence):
    weights = known(table)
    if not weights:
        return
    frame = pd.DataFrame({"motif": list(table), "mean_rbp": [value / 10 for value in table.values()]})
    heaviest = max(covers(sequence, weights))[1]
    for method, expected in (("viterbi", heaviest), ("greedy", strongest_first(sequence, weights))):
        tokens = fitted(frame, method=method).tokens(sequence)
        assert tuple(token.end - token.start for token in tokens) == expected, method


@settings(deadline=None, max_examples=50)
@given(
    sequences=st.lists(st.text("ACGTUNacgtu", max_size=60), max_size=4), method=st.sampled_from(["viterbi", "greedy"])
)
def test_a_cover_leaves_no_letter_out(sequences, method):
    tokenizer = fitted(method=method)
    for sequence in sequences:
        assert "".join(texts(tokenizer, sequence)) == sequence
    assert len(tokenizer.encode_batch(sequences)) == len(sequences)
