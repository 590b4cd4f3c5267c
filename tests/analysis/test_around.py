"""Profiles around a motif: hits on both strands, turned and cut by hand; averages, intervals and random places."""

import numpy as np
import pytest

from lib.analysis import motif_profile
from lib.analysis.motif_profile import Places
from lib.core.alphabet import reverse_complement

# 3 windows of 8 nt: TTAG forwards in the first, backwards (CTAA) in the second, twice in the third.
SEQUENCES = ["CCTTAGCC", "ACTAAGGG", "TTAGTTAG"]


def test_words_are_found_on_both_strands_and_palindromes_once() -> None:
    found = motif_profile.places_of_word(SEQUENCES, "TTAG")
    assert found.rows.tolist() == [0, 1, 2, 2]
    assert found.starts.tolist() == [2, 1, 0, 4]
    assert found.turned.tolist() == [False, True, False, False]
    one = motif_profile.places_of_word(SEQUENCES, "TTAG", both=False)
    assert (len(one), one.turned.any()) == (3, False)
    assert len(motif_profile.places_of_word(["AAGAATTCTT"], "GAATTC")) == 1, (
        "a palindrome lies at one place, not at two"
    )
    assert len(motif_profile.places_of_word(["ACNT"], "ANNT")) == 0, "an unknown letter matches nothing"


def test_a_pwm_is_found_where_its_word_is() -> None:
    pwm = np.full((4, 6), 0.01)
    for place, letter in enumerate("TTAGCA"):
        pwm["ACGT".index(letter), place] = 0.97
    sequences = ["GGGGGTTAGCAGGG", "GGG" + reverse_complement("TTAGCA") + "GGGCC", "CCCCCCCCCCCC"]
    found = motif_profile.places_of_pwm(sequences, pwm, p=1e-3)
    assert list(zip(found.rows.tolist(), found.starts.tolist(), found.turned.tolist(), strict=True)) == [
        (0, 5, False),
        (1, 3, True),
    ]
    assert len(motif_profile.places_of_pwm(sequences, pwm, p=1e-3, both=False)) == 1


def test_a_cut_reads_along_the_motif() -> None:
    values = np.arange(24.0).reshape(3, 8)
    places = Places(np.array([0, 1, 2]), np.array([2, 1, 5]), np.array([False, True, False]), 2)
    nan = np.nan
    found = motif_profile.cut(values, places, 2)
    np.testing.assert_array_equal(found, [[0, 1, 2, 3, 4, 5], [12, 11, 10, 9, 8, nan], [19, 20, 21, 22, 23, nan]])
    other = motif_profile.cut(values, places, 2, other=-values)
    np.testing.assert_array_equal(other[1], [-12, -11, -10, -9, -8, nan], err_msg="a turned hit reads the other strand")
    np.testing.assert_array_equal(other[0], found[0])


def test_the_average_weighs_hits_and_its_interval_draws_windows() -> None:
    places = Places(np.array([0, 0, 1, 2]), np.zeros(4, dtype=int), np.zeros(4, dtype=bool), 1)
    found = np.array([[1.0, 2.0, np.nan], [3.0, 2.0, np.nan], [5.0, 2.0, 4.0], [np.nan, np.nan, np.nan]])
    made = motif_profile.average(found, places, 1)
    np.testing.assert_array_equal(made.mean, [3.0, 2.0, 4.0])
    assert made.offsets.tolist() == [-1, 0, 1]
    assert (made.hits, made.windows) == (3, 2), "a hit about which nothing is known does not count"
    assert made.low[0] == pytest.approx(2.0), "two windows: the mean of the first is (1 + 3) / 2"
    assert made.high[0] == pytest.approx(5.0)
    assert (made.low[1], made.high[1], made.low[2]) == (2.0, 2.0, 4.0)


def test_no_hit_has_no_average() -> None:
    nothing = Places(np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0, dtype=bool), 3)
    made = motif_profile.average(np.empty((0, 5)), nothing, 1)
    assert np.isnan(made.mean).all()
    assert len(made.mean) == 5
    assert len(motif_profile.random_places(nothing, np.array([8]))) == 0


def test_random_places_stay_in_the_window_and_on_the_strand() -> None:
    places = Places(np.array([0, 2]), np.array([3, 0]), np.array([True, False]), 4)
    found = motif_profile.random_places(places, np.array([8, 9, 5]), each=50)
    assert len(found) == 100
    assert set(found.starts[found.rows == 0].tolist()) <= set(range(5))
    assert set(found.starts[found.rows == 2].tolist()) == {0, 1}
    np.testing.assert_array_equal(found.turned, found.rows == 0)


def test_a_peak_beside_a_planted_motif_is_seen_and_not_beside_random_places() -> None:
    random = np.random.default_rng(4)
    sequences, counts = [], np.ones((60, 90))
    for row in range(60):
        letters = random.choice(list("ACG"), 90)  # without T the motif lies nowhere else on this strand
        start = int(random.integers(10, 70))
        letters[start : start + 4] = list("TTTT")
        counts[row, start + 9] += 50
        sequences.append("".join(letters))
    places = motif_profile.places_of_word(sequences, "TTTT", both=False)
    values = motif_profile.shares(counts)
    hits, chance = motif_profile.around({"observed": (values, None)}, places, np.full(60, 90), flank=20)["observed"]
    assert hits.offsets[int(np.nanargmax(hits.mean))] == 9
    assert hits.low[29] > 10 * chance.high[29]
    assert hits.hits == hits.windows == 60
