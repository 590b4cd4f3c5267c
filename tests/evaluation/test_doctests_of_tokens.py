"""The examples in the docstrings of token statistics and of their words are true."""

import doctest
import importlib

import pytest

MODULES = (
    "lib.evaluation.association",
    "lib.evaluation.occurrences",
    "lib.ui.tokens.choice",
    "lib.ui.tokens.vocabulary_sequences",
    "lib.ui.tokens.vocabulary_words",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0 and result.failed == 0
