"""Hits of many sequences are those of each one; p values of PWMs are those that counting all words gives."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.motifs.scan import hits
from lib.motifs.scan_many import STEP, Scores, base_frequencies, scan_pwms, scan_words

TABLE = pd.DataFrame({"motif": ["TTAG", "TGTAHATA", "GN", "N" * 7 + "T"], "mean_rbp": [3.0, -4.0, 0.5, 1.0]})
PWM = np.array([[0.7, 0.1, 0.25], [0.1, 0.1, 0.25], [0.1, 0.7, 0.4], [0.1, 0.1, 0.1]])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text("ACGUTN", max_size=24), max_size=5))
def test_words_are_found_as_in_one_sequence(sequences):
    found = scan_words(sequences, TABLE)
    for row, sequence in enumerate(sequences):
        one = hits(sequence, TABLE)
        mine = found[found["row"] == row]
        expected = sorted(one[["start", "end", "motif", "mean_rbp"]].itertuples(index=False, name=None))
        assert sorted(mine[["start", "end", "motif", "mean_rbp"]].itertuples(index=False, name=None)) == expected
    assert set(found["row"]) <= set(range(len(sequences)))


@pytest.mark.parametrize("background", [np.full(4, 0.25), np.array([0.4, 0.1, 0.2, 0.3])])
def test_p_values_are_those_of_all_words(background):
    scores = Scores.of(PWM, background)
    every = np.array(
        [
            (scores.weights[list(word), range(3)].sum(), np.prod(background[list(word)]))
            for word in itertools.product(range(4), repeat=3)
        ]
    )
    for steps in every[:, 0].astype(int):
        assert scores.tail[steps] == pytest.approx(every[every[:, 0] >= steps, 1].sum())


def test_pwm_hits_by_hand():
    sequences = ["CCAGGAGT", "", "NAGNAG", "TTAGG"]
    found = scan_pwms(sequences, {"aga": PWM}, p=1 / 64)
    assert found[["row", "motif", "start", "end"]].to_numpy().tolist() == [[0, "aga", 2, 5], [3, "aga", 2, 5]]
    assert found["p"].to_numpy() == pytest.approx([1 / 64, 1 / 64])
    best = np.log2([(0.7 + 0.001) / 1.004 / 0.25, (0.7 + 0.001) / 1.004 / 0.25, (0.4 + 0.001) / 1.004 / 0.25]).sum()
    assert found["score"].to_numpy() == pytest.approx([best, best], abs=3 * STEP)
    assert scan_pwms(sequences, {"aga": PWM}, p=1 / 65).empty
    assert len(scan_pwms([], {"aga": PWM})) == 0 and len(scan_pwms(sequences, {})) == 0


def test_the_other_strand_is_searched_only_when_asked_for():
    assert scan_pwms(["CCT"], {"aga": PWM}, p=1 / 64).empty
    found = scan_pwms(["CCT", "AGG"], {"aga": PWM}, p=1 / 64, both=True)
    assert found[["row", "start", "strand"]].to_numpy().tolist() == [[0, 0, "-"], [1, 0, "+"]]


def test_base_frequencies_count_known_letters():
    assert base_frequencies(["AACN", "UU", "G"]).tolist() == pytest.approx([2 / 6, 1 / 6, 1 / 6, 2 / 6])
    assert base_frequencies([]).tolist() == pytest.approx([0.25] * 4)


def test_real_pwms_hit_as_often_as_their_p_value_says(shared):
    from lib.io.meme import read_meme

    pwms = read_meme((shared / "rbp-motifs" / "Ray2013_rbp_Homo_sapiens.dna_encoded.meme").read_text())
    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list("ACGT"), 400)) for _ in range(30)]
    found = scan_pwms(sequences, pwms, p=1e-3)
    assert 0.5 < len(found) / (102 * 30 * 394 * 1e-3) < 1.5
    counts = found.groupby("motif").size()
    assert len(counts) > 90
