"""Coding sequences are recognised by their frame."""

import numpy as np
import pytest

from lib.datasets.coding import are_coding, is_coding, summarise
from lib.models.members import choose_candidates
from lib.tasks.data import Part, TrainingData


@pytest.mark.parametrize("sequence", ["ATGTAA", "ATGAAACCCTGA"])
def test_from_start_to_stop(sequence):
    assert is_coding(sequence)


@pytest.mark.parametrize("sequence", ["", "ATG", "ATGAAA", "ATGTAAAAATAG", "CATGTAA", "ATGATAA"])
def test_what_is_no_whole_frame(sequence):
    assert not is_coding(sequence)


def test_it_is_said_where_nearly_all_are():
    assert not are_coding([])
    assert summarise(["ATGAAATAA"] * 8 + ["ACGT"] * 2) == []
    [said] = summarise(["ATGAAATAA"] * 19 + ["ACGT"])
    assert said.startswith("19 of 20 sequences are coding")


def test_codon_usage_may_become_a_member_of_the_blend():
    part = Part(("ATGAAATAA",) * 30, np.zeros((30, 1)), np.empty((30, 0)))
    keys = [candidate.key for candidate in choose_candidates(TrainingData(part, part, ("y",), "regression"))]
    assert "codon-ridge" in keys
