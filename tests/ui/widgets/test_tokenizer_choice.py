"""Tokenizers as text in links: written shortly, read back exactly, checked as everything that comes from outside."""

from dataclasses import dataclass
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.core.registry import settings_of
from lib.tokenizers import TOKENIZERS
from lib.ui.widgets import tokenizer_choice


def test_only_what_differs_is_written():
    assert tokenizer_choice.write(TOKENIZERS.create("k-mer")) == "k-mer"
    assert tokenizer_choice.write(TOKENIZERS.create("k-mer", {"stride": 3, "k": 5})) == "k-mer(k=5,stride=3)"


@given(k=st.integers(1, 12), stride=st.integers(1, 12))
def test_several_come_back_as_they_were(k, stride):
    several = [TOKENIZERS.create("nucleotide"), TOKENIZERS.create("k-mer", {"k": k, "stride": stride})]
    assert tokenizer_choice.parse_all(tokenizer_choice.write_all(several)) == several


@pytest.mark.parametrize("name", TOKENIZERS.all())
def test_every_tokenizer_and_every_preset_can_stand_in_a_link(name):
    made = TOKENIZERS.create(name)
    files = [item.name for item in settings_of(made) if item.files and getattr(made, item.name)]
    if not files:
        assert tokenizer_choice.parse(tokenizer_choice.write(made)) == made
    for preset in getattr(type(made), "presets", {}):
        named = tokenizer_choice.parse(f"{name}(preset={quote(preset)})")
        assert named == TOKENIZERS.create(name, {"preset": preset})
        assert tokenizer_choice.parse(tokenizer_choice.write(named)) == named


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("k-mer(k=99)", "at most 12"),
        ("k-mer(k=six)", "whole number"),
        ("k-mer(k)", "write name=value"),
        ("k-mer(q=1)", "has no setting 'q'"),
        ("K-mer", "no tokenizer with settings"),
        ("", "no tokenizer with settings"),
        ("k-mer(k=5", "no tokenizer with settings"),
        ("horoscope", "no tokenizer called 'horoscope'"),
    ],
)
def test_what_is_no_tokenizer_is_one_sentence(text, sentence):
    with pytest.raises(UserError, match=sentence):
        tokenizer_choice.parse(text)


def test_text_settings_may_hold_any_letters_and_files_only_a_name(home):
    from lib.core.registry import setting

    @dataclass(frozen=True)
    class Texts:
        note: str = setting("", label="Note")
        path: str = setting("", label="File", files=(".json",))
        name = "texts"

    note, path = settings_of(Texts)
    for text in ("a,b", "x=(1)", "50%", "é ü"):
        written = tokenizer_choice._write(note, text)
        assert not set(written) & set(",()= ")
        assert tokenizer_choice._read(note, tokenizer_choice.unquote(written)) == text
    assert tokenizer_choice._write(path, "/srv/secret/tokenizer.json") == "tokenizer.json"
    assert tokenizer_choice._read(path, "ab12.json") == str(home / "tokenizer-files" / "ab12.json")
    with pytest.raises(UserError, match="cannot name the file"):
        tokenizer_choice._read(path, "../../etc/passwd")
