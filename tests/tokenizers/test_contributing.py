"""The tokenizer that CONTRIBUTING.md shows is all it takes: one file."""

import re
import sys
import types
from pathlib import Path

import pytest

from lib.tokenizers import TOKENIZERS, Token, fit, from_json, to_json
from tests.tokenizers.corpora import corpus

GUIDE = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"


@pytest.fixture
def halves(monkeypatch):
    TOKENIZERS.all()
    monkeypatch.setattr(TOKENIZERS, "_known", dict(TOKENIZERS._known))
    (code,) = re.findall(r"```python\n(\"\"\"Two halves.*?)```", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL)
    module = types.ModuleType("halves")
    monkeypatch.setitem(sys.modules, "halves", module)
    exec(compile(code, "halves.py", "exec"), module.__dict__)
    return TOKENIZERS.create("halves", {"share": "0.25"})


def test_the_example_cuts(halves):
    assert halves.tokens("ACGTACGT") == [Token("AC", 0, 2), Token("GTACGT", 2, 8)]


def test_it_gets_vocabulary_batches_and_a_file_for_nothing(halves):
    fitted = fit(halves, corpus())
    first = corpus().sequences[0]
    assert {first[:15], first[15:]} <= set(fitted.vocabulary.pieces)
    batch = fitted.encode_batch([first, "", "ACGTACGT"])
    assert batch.starts.tolist() == [0, 15, 0, 0, 0, 2] and batch.ends.tolist() == [15, 60, 0, 0, 2, 8]
    assert batch.ids.tolist()[-1] == fitted.vocabulary.unknown
    assert fitted.tokens("ACGTACGT") == halves.tokens("ACGTACGT")
    assert to_json(from_json(to_json(fitted))) == to_json(fitted)
