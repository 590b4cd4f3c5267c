"""The examples in the docstrings of segmentations and of the Compare page are true."""

import doctest
import importlib

import pytest

MODULES = ("lib.evaluation.segmentation", "lib.ui.tokens.compare_tokenizers", "lib.ui.tokens.compare_tracks")


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0 and result.failed == 0
