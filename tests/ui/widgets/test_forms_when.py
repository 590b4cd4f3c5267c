"""Settings that change nothing are not shown."""

from dataclasses import dataclass

from streamlit.testing.v1 import AppTest

from lib.core.registry import setting


@dataclass(frozen=True)
class Encoder:
    name = "encoder"
    way: str = setting("full", label="Way", choices=("full", "lora"))
    rank: int = setting(8, label="Rank", low=1, when=("way", ("lora",)))
    epochs: int = setting(3, label="Epochs", low=1)
    head: str = setting("linear", label="Head", choices=("linear", "convolution"), advanced=True)
    pooling: str = setting("mean", label="Pooling", choices=("mean", "cls"), advanced=True, when=("head", ("linear",)))
    scale: int = setting(16, label="Scale", low=1, advanced=True, when=("way", ("lora",)))


def page():
    import streamlit as st

    from lib.core.registry import values_of
    from lib.ui.widgets import forms
    from tests.ui.widgets.test_forms_when import Encoder

    st.session_state["made"] = values_of(forms.configure(Encoder, key="t", values={"rank": 5}))


def test_settings_appear_when_they_matter_and_keep_what_they_were_given():
    form = AppTest.from_function(page, default_timeout=30).run()
    assert [field.label for field in form.number_input] == ["Epochs"]
    assert [field.label for field in form.selectbox] == ["Way", "Head", "Pooling"]
    assert form.expander[0].label == "More settings (2)"
    given = {"way": "full", "rank": 5, "epochs": 3, "head": "linear", "pooling": "mean", "scale": 16}
    assert form.session_state["made"] == given, "a hidden setting has a value all the same"

    form.selectbox(key="t-encoder-way").set_value("lora")
    form.selectbox(key="t-encoder-head").set_value("convolution")
    form.run()
    assert {field.label: field.value for field in form.number_input} == {"Rank": 5, "Epochs": 3, "Scale": 16}
    assert [field.label for field in form.selectbox] == ["Way", "Head"]
    form.number_input(key="t-encoder-rank").set_value(6).run()
    assert form.session_state["made"] == {**given, "way": "lora", "rank": 6, "head": "convolution"}
