"""The examples in the docstrings of everything around RBP tables are true."""

import doctest
import importlib

import pytest

MODULES = (
    "lib.motifs.counting", "lib.motifs.lexicon", "lib.evaluation.correlation", "lib.plots.pwm_logos",
    "lib.ui.tokens.rbp_target", "lib.ui.tokens.rbp_threshold",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0 and result.failed == 0
