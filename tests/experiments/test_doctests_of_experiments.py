"""The examples in the docstrings hold."""

import doctest

import pytest

from lib.experiments import ablation, asking, insertion, motifs, statistics
from lib.ui.experiments import design, insert, words


@pytest.mark.parametrize("module", [ablation, asking, insertion, motifs, statistics, design, insert, words])
def test_examples(module):
    found = doctest.testmod(module)
    assert found.attempted, f"{module.__name__} has no examples"
    assert not found.failed
