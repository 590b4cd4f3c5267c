"""References keep what they promise; shuffles are drawn uniformly."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from lib.attribution.references import KINDS, describe, dinucleotide_shuffle, references
from lib.core.alphabet import codes
from lib.core.errors import UserError


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


def test_shuffles_depend_on_the_sequence_and_the_seed_alone():
    sequence = "ACGTTGCAACGGTTAACCGGATATCG"
    first = references("dinucleotide-shuffles", sequence, shuffles=3, seed=4)
    assert first.shape == (3, 4, 26) and (first.sum(axis=1) == 1).all()
    assert (first == references("dinucleotide-shuffles", sequence, shuffles=3, seed=4)).all()
    assert (first != references("dinucleotide-shuffles", sequence, shuffles=3, seed=5)).any()
    assert (first[0] != first[1]).any(), "the shuffles differ among themselves"


def test_zeros_uniform_and_unknown():
    assert (references("zeros", "ACGNA") == np.zeros((1, 4, 5))).all()
    assert (references("uniform", "ACGNA") == np.full((1, 4, 5), 0.25)).all()
    assert (references("dinucleotide-shuffles", "NNNN", shuffles=2) == 0).all(), "an unknown letter has no channel"
    with pytest.raises(UserError, match="'blank'; choose one of dinucleotide-shuffles, zeros, uniform, mask"):
        references("blank", "ACGT")
    with pytest.raises(UserError, match="for models that read tokens, and this one reads nucleotides"):
        references("mask", "ACGT")
    assert len({describe(kind, 10) for kind in KINDS}) == 4
