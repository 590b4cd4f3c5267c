"""Any dataclass of settings becomes a form; the server checks what comes back."""

from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.errors import UserError
from lib.core.registry import setting, settings_of
from lib.ui.widgets import forms


@dataclass(frozen=True)
class Example:
    name = "example"
    depth: int = setting(3, label="Depth", unit="layers", low=1, high=9, help="How many layers.")
    rate: float = setting(3e-5, label="Learning rate", low=0.0, high=1.0)
    pooling: str = setting("mean", label="Pooling", choices=("mean", "max"))
    auxiliary: bool = setting(True, label="Auxiliary targets", advanced=True)
    note: str = setting("", label="Note", advanced=True)


def page():
    import streamlit as st

    from lib.core.registry import values_of
    from lib.ui import errors
    from lib.ui.widgets import forms
    from tests.ui.widgets.test_forms import Example

    with errors.guard():
        st.session_state["made"] = values_of(forms.configure(Example, key="t", values={"depth": 5}))


@pytest.fixture
def form():
    return AppTest.from_function(page, default_timeout=30).run()


def test_widgets_show_label_unit_and_limits(form):
    depth = form.number_input(key="t-example-depth")
    assert depth.label == "Depth (layers)"
    assert (depth.min, depth.max, depth.value) == (1, 9, 5), "the given value wins over the default"
    assert "How many layers." in depth.help and "From 1 to 9 layers." in depth.help
    assert form.selectbox(key="t-example-pooling").options == ["mean", "max"]


def test_advanced_settings_stand_under_more(form):
    assert form.expander[0].label == "More settings (2)"
    assert [toggle.label for toggle in form.expander[0].toggle] == ["Auxiliary targets"]


def test_values_come_back_typed(form):
    form.text_input(key="t-example-rate").set_value("2e-3")
    form.selectbox(key="t-example-pooling").set_value("max")
    form.toggle(key="t-example-auxiliary").set_value(False)
    form.run()
    expected = {"depth": 5, "rate": 0.002, "pooling": "max", "auxiliary": False, "note": ""}
    assert form.session_state["made"] == expected


@pytest.mark.parametrize(
    ("typed", "sentence"), [("7", "at most 1"), ("fast", "must be a number"), ("nan", "at least 0")]
)
def test_the_server_checks_again(form, typed, sentence):
    form.text_input(key="t-example-rate").set_value(typed).run()
    assert len(form.error) == 1
    assert sentence in form.error[0].value.replace("\\", "")


def test_a_small_default_is_not_rounded_away(form):
    assert form.text_input(key="t-example-rate").value == "3e-05"


def test_help_says_limits_and_default():
    by_name = {item.name: item for item in settings_of(Example)}
    assert forms.describe(by_name["rate"]) == "From 0 to 1. Default: 3e-05."
    assert forms.describe(by_name["auxiliary"]) is None


def test_choices_outside_the_list_are_refused():
    with pytest.raises(UserError, match="choose one of mean, max"):
        {item.name: item for item in settings_of(Example)}["pooling"].check("median")
