"""Dinucleotide shuffles keep what they promise and are drawn uniformly."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from lib.core.alphabet import codes
from lib.core.shuffle import dinucleotide_shuffle


def pairs(letters: np.ndarray) -> Counter:
    return Counter(zip(letters[:-1].tolist(), letters[1:].tolist(), strict=True))


@given(st.text("ACGTN", max_size=80), st.integers(0, 2**32))
def test_a_shuffle_keeps_dinucleotides_and_both_ends(sequence, seed):
    letters = codes(sequence)
    shuffled = dinucleotide_shuffle(letters, np.random.default_rng(seed))
    assert pairs(shuffled) == pairs(letters)
    assert shuffled[:1].tolist() == letters[:1].tolist() and shuffled[-1:].tolist() == letters[-1:].tolist()
    assert shuffled.dtype == letters.dtype


@pytest.mark.parametrize("sequence", ["ACAGACTA", "AACATACAG"])
def test_every_possible_shuffle_is_drawn_equally_often(sequence):
    letters = codes(sequence)
    inner = set(permutations(letters.tolist()))
    possible = sorted(p for p in inner if p[0] == letters[0] and pairs(np.array(p)) == pairs(letters))
    assert len(possible) > 5, "a test of fewer says nothing"
    rng = np.random.default_rng(11)
    drawn = Counter(tuple(dinucleotide_shuffle(letters, rng).tolist()) for _ in range(400 * len(possible)))
    assert set(drawn) == set(possible)
    assert chisquare([drawn[p] for p in possible]).pvalue > 1e-3


def test_a_nearly_unmixed_sequence_is_shuffled_at_once():
    letters = codes("A" * 3000 + "C" * 3000 + "G" * 3000 + "T")  # one in 27e9 random last edges would do
    shuffled = dinucleotide_shuffle(letters, np.random.default_rng(0))
    assert pairs(shuffled) == pairs(letters)
