"""The examples in docstrings are true."""

import doctest
import importlib

import pytest

MODULES = ["export", "normalise", "quality", "sniff", "times"]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"lib.data.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
