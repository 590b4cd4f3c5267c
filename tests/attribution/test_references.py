"""References keep what they promise."""

import numpy as np
import pytest

from lib.attribution.references import KINDS, describe, make_references
from lib.core.errors import UserError


def test_shuffles_depend_on_the_sequence_and_the_seed_alone():
    sequence = "ACGTTGCAACGGTTAACCGGATATCG"
    first = make_references("dinucleotide-shuffles", sequence, shuffles=3, seed=4)
    assert first.shape == (3, 4, 26) and (first.sum(axis=1) == 1).all()
    assert (first == make_references("dinucleotide-shuffles", sequence, shuffles=3, seed=4)).all()
    assert (first != make_references("dinucleotide-shuffles", sequence, shuffles=3, seed=5)).any()
    assert (first[0] != first[1]).any(), "the shuffles differ among themselves"


def test_zeros_uniform_and_unknown():
    assert (make_references("zeros", "ACGNA") == np.zeros((1, 4, 5))).all()
    assert (make_references("uniform", "ACGNA") == np.full((1, 4, 5), 0.25)).all()
    assert (make_references("dinucleotide-shuffles", "NNNN", shuffles=2) == 0).all(), "an unknown letter has no channel"
    with pytest.raises(UserError, match="'blank'; choose one of dinucleotide-shuffles, zeros, uniform, mask"):
        make_references("blank", "ACGT")
    with pytest.raises(UserError, match="for models that read tokens, and this one reads nucleotides"):
        make_references("mask", "ACGT")
    assert len({describe(kind, 10) for kind in KINDS}) == 4
