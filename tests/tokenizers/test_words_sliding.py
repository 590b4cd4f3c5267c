"""Sliding windows, worked out by hand and against a loop."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.datasets.simulate import write_demo
from lib.io.files import Source
from lib.io.rbp import read_rbp
from lib.tokenizers import TOKENIZERS, Corpus, fit
from lib.tokenizers._motifs import meanings

TABLE = pd.DataFrame(
    {
        "motif": ["TTTATTT", "ATTTATT", "TGTANAT", "GGGGGGG", "CCCCCCC", "TTAG", "GCAC"],
        "mean_rbp": [5.5, 3.32, 4.0, 0.954, 1.5, 9.0, 8.0],
    }
)


def fitted(table=TABLE, **values):
    return fit(TOKENIZERS.create("sliding-window", values), Corpus((), table))


def found(tokenizer, sequence):
    return [(token.text, token.start) for token in tokenizer.tokens(sequence)]


def test_windows_above_the_published_thresholds_are_kept_and_the_rest_is_dropped():
    sequence = "CATTTATTTGTAAATTAGGGGGGG"
    # 0 CATTTAT, 1 ATTTATT (3.32), 2 TTTATTT (5.5), 3 TTATTTG, ..., 8 TGTAAAT (4), ..., 17 GGGGGGG (0.954)
    strict = fitted(preset="Published, above 3.32")
    assert strict.vocabulary.pieces[5:] == ("TTTATTT", "TGTAAAT", "TGTACAT", "TGTAGAT", "TGTATAT")
    assert strict.values.tolist() == [5.5, 4.0, 4.0, 4.0, 4.0]
    assert (strict.width, strict.threshold) == (7, 3.32)
    assert found(strict, sequence) == [("TTTATTT", 2), ("TGTAAAT", 8)]
    lower = fitted(preset="Published, above 0.954")
    assert found(lower, sequence) == [("ATTTATT", 1), ("TTTATTT", 2), ("TGTAAAT", 8)]
    assert lower.vocabulary.pieces[-2:] == ("ATTTATT", "CCCCCCC")
    assert found(lower, sequence.lower().replace("t", "u"))[0] == ("auuuauu", 1)


def test_the_default_is_the_upper_half_of_the_motifs_of_the_commonest_width():
    tokenizer = fitted()
    assert (tokenizer.width, tokenizer.threshold) == (7, 3.32)
    assert found(tokenizer, "ATTTATTTG") == [("TTTATTT", 1)]
    assert fitted(width=4).vocabulary.pieces[5:] == ("TTAG",)
    assert len(fitted(quantile=0.0).values) == 8  # seven-letter words of five motifs, one of them four words


def test_the_defaults_suit_the_simulated_demo_whose_motifs_have_many_lengths(tmp_path):
    files = write_demo(tmp_path, n=60)
    table = read_rbp(Source("simulated_rbp.csv", files.rbp)).frame
    assert fitted(table).width == 6
    assert len(fitted(table).values) == 4
    with pytest.raises(UserError, match=r"no motif of 9 nt; it has motifs of 4 nt \(1\), 5 nt \(1\), 6 nt \(9\), 7 nt"):
        fitted(table, width=9)


def test_no_motif_above_the_threshold_is_a_sentence_with_the_highest():
    with pytest.raises(
        UserError, match=r"no motif of 7 nt has a Mean_RBP above 5\.5; the highest is 5\.5\. Choose a lo"
    ):
        fitted(by="value", width=7, threshold=5.5)
    with pytest.raises(UserError, match=r"above 5\.5; the highest is 5\.5"):
        fitted(quantile=1.0)
    with pytest.raises(UserError, match="needs an RBP table"):
        fitted(None)


def test_sequences_that_are_shorter_than_a_window_have_no_tokens():
    encoded = fitted().encode_batch(["TTTATT", "", "TTTATTT", "N"])
    assert encoded.bounds.tolist() == [0, 0, 0, 1, 1]


@settings(deadline=None, max_examples=200)
@given(
    rows=st.dictionaries(st.text("ACGTRN", min_size=3, max_size=3), st.integers(-9, 9), min_size=2, max_size=9),
    threshold=st.integers(-9, 8),
    sequence=st.text("ACGTUNacgtu", max_size=30),
)
def test_kept_windows_are_those_that_a_loop_keeps(rows, threshold, sequence):
    if max(rows.values()) <= threshold:
        return
    tokenizer = fitted(pd.DataFrame(rows.items(), columns=["motif", "mean_rbp"]), by="value", threshold=threshold)
    best = {}
    for motif, value in rows.items():
        for word in meanings(motif):
            best[word] = max(best.get(word, value), value)
    windows = [(sequence[start : start + 3], start) for start in range(len(sequence) - 2)]
    kept = [pair for pair in windows if best.get(pair[0].upper().replace("U", "T"), threshold) > threshold]
    assert found(tokenizer, sequence) == kept
    assert tokenizer.vocabulary.pieces[5:] == tuple(
        sorted((word for word in best if best[word] > threshold), key=lambda word: (-best[word], word))
    )
