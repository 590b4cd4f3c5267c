"""Known words in every window, and the words of a table that are kept, worked out by hand and by a naive reference."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.tokenizers._letters import join_letters, places, word
from lib.tokenizers._motifs import MOST_WORDS, meanings, threshold_at
from lib.tokenizers._windows import Words, common_width, keep_words, windows

TABLE = pd.DataFrame(
    {"motif": ["TTAG", "GCA", "RCA", "TGTAHATA", "CCC", "AAA"], "mean_rbp": [9.0, 2.5, 3.0, 4.0, 1.0, 2.5]}
)


def naive(sequence, words, stride, unknown):
    width = len(words[0])
    found = []
    for start in range(0, len(sequence) - width + 1, stride):
        window = sequence[start : start + width].upper().replace("U", "T")
        if window in words or unknown >= 0:
            found.append((words.index(window) + 5 if window in words else unknown, start, start + width))
    return found


@settings(deadline=None)  # compiling takes longer than any example
@given(
    sequences=st.lists(st.text("ACGTUNacgtuß😀", max_size=40), max_size=5),
    words=st.integers(1, 13).flatmap(
        lambda width: st.lists(st.text("ACGT", min_size=width, max_size=width), min_size=1, max_size=9, unique=True)
    ),
    stride=st.integers(1, 5),
    unknown=st.sampled_from([-1, 1]),
)
def test_windows_are_those_that_a_loop_finds(sequences, words, stride, unknown):
    encoded = windows(
        *join_letters(sequences), Words.of(words, len(words[0])), stride=stride, offset=5, unknown=unknown
    )
    rows = [encoded.row(number) for number in range(len(sequences))]
    found = [list(zip(row.ids.tolist(), row.starts.tolist(), row.ends.tolist(), strict=True)) for row in rows]
    assert found == [naive(sequence, words, stride, unknown) for sequence in sequences]


def test_words_of_31_letters_are_found_too():
    long = "TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT"
    encoded = windows(*join_letters([long[:30], "A" + long, "G" * 40]), Words.of(["A" * 31, long], 31))
    assert (encoded.ids.tolist(), encoded.starts.tolist(), encoded.bounds.tolist()) == ([1], [1], [0, 0, 1, 1])


def test_letters_are_numbered_one_by_one_whatever_they_are():
    codes, bounds = join_letters(["acGU", "", "ßNT"])
    assert codes.tolist() == [0, 1, 2, 3, 4, 4, 3]
    assert bounds.tolist() == [0, 4, 4, 7]
    assert places(bounds).tolist() == [0, 1, 2, 3, 0, 1, 2]
    assert word(codes[:4]) == "ACGT"
    assert join_letters([])[1].tolist() == [0]


def test_kept_words_are_the_strongest_first_with_iupac_written_out():
    kept = keep_words(TABLE, width=3, threshold=1.0, label="Sliding window")
    assert kept.words == ("ACA", "GCA", "AAA")
    assert kept.values.tolist() == [3.0, 3.0, 2.5]  # GCA has the higher of its two motifs
    assert kept.motifs == ("RCA", "RCA", "AAA")
    assert kept.threshold == 1.0


def test_the_threshold_is_a_value_or_a_quantile_of_one_width():
    assert keep_words(TABLE, width=3, quantile=0.5, label="").threshold == 2.5
    assert keep_words(TABLE, width=3, quantile=0.5, label="").words == ("ACA", "GCA")
    assert len(keep_words(TABLE, width=3, quantile=0.0, label="").words) == 4
    assert threshold_at([4.0, 1.0], 1.0) == 4.0
    assert common_width(TABLE) == 3
    assert keep_words(TABLE, width=0, threshold=2.9, label="").words == ("ACA", "GCA")


def test_a_table_without_such_motifs_is_answered_in_a_sentence():
    listed = r"no motif of 7 nt; it has motifs of 3 nt \(4\), 4 nt \(1\), 8 nt \(1\)\. Choose"
    with pytest.raises(UserError, match=listed):
        keep_words(TABLE, width=7, threshold=1.0, label="Sliding window")
    with pytest.raises(UserError, match=r"no motif of 3 nt has a Mean_RBP above 3; the highest is 3\. Choose a lower"):
        keep_words(TABLE, width=3, threshold=3.0, label="Sliding window")
    wide = pd.DataFrame({"motif": ["N" * 9 + "A", "T" * 10], "mean_rbp": [1.0, 2.0]})
    with pytest.raises(UserError, match=f"stand for 262,145 words.*at most {MOST_WORDS:,}"):
        keep_words(wide, width=10, quantile=0.0, label="Sliding window")


def test_an_iupac_motif_means_its_words():
    assert list(meanings("TTAG")) == ["TTAG"]
    assert list(meanings("WB")) == ["AC", "AG", "AT", "TC", "TG", "TT"]
