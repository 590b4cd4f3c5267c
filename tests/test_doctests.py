"""The examples in docstrings are true, in every module that has some."""

import doctest
import importlib

import pytest

from tests.test_architecture import files, name_of

EXAMPLES = [name_of(path) for path in files() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0
