"""Presets fill a form, and a file that is brought becomes the path in its field."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from streamlit.testing.v1 import AppTest

from lib.core.registry import setting


@dataclass(frozen=True)
class Published:
    name: ClassVar[str] = "published"
    presets: ClassVar[dict] = {"Paper A": {"width": 7}, "Paper B": {"width": 9, "strict": True}}
    width: int = setting(5, label="Width", low=1, high=12)
    strict: bool = setting(False, label="Strict")
    path: str = setting("", label="Vocabulary", files=(".json",))


def page():
    import streamlit as st

    from lib.core.registry import values_of
    from lib.ui import errors
    from lib.ui.widgets import forms
    from tests.ui.widgets.test_forms_presets import Published

    with errors.guard():
        st.session_state["made"] = values_of(forms.configure(Published, key="t"))


def test_a_preset_fills_the_widgets_and_they_can_still_be_changed():
    form = AppTest.from_function(page, default_timeout=30).run()
    assert form.session_state["made"] == {"width": 5, "strict": False, "path": ""}
    assert form.selectbox(key="t-published-preset").options == ["Own settings", "Paper A", "Paper B"]
    form.selectbox(key="t-published-preset").set_value("Paper B").run()
    assert form.session_state["made"] == {"width": 9, "strict": True, "path": ""}
    form.number_input(key="t-published-Paper B-width").set_value(8).run()
    assert form.session_state["made"] == {"width": 8, "strict": True, "path": ""}


def test_a_file_that_is_brought_is_kept_by_its_content_and_its_path_is_taken(home):
    form = AppTest.from_function(page, default_timeout=30).run()
    form.file_uploader(key="t-published-path-upload").set_value(("mine.json", b'{"a": 1}', "application/json")).run()
    path = Path(form.session_state["made"]["path"])
    assert path.parent == home / "tokenizer-files" and path.read_bytes() == b'{"a": 1}'
    form.text_input(key="t-published-path").set_value("elsewhere.json").run()
    assert form.session_state["made"]["path"] == "elsewhere.json", "the field wins over a file that was taken before"
