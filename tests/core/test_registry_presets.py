"""Published groups of settings have names, and the shortest possible class can be registered."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from lib.core.errors import UserError
from lib.core.registry import Registry, setting, values_of


@dataclass(frozen=True)
class Saw:
    """Cuts wood.

    And metal, slowly.
    """

    name: ClassVar[str] = "saw"
    presets: ClassVar[dict] = {"fine": {"teeth": 30, "wet": True}, "coarse": {"teeth": 4}}
    teeth: int = setting(12, label="Teeth", low=2, high=40)
    wet: bool = setting(False, label="Wet")


@pytest.fixture
def saws() -> Registry:
    registry = Registry("lib.tokenizers", "saw")
    registry._searched = True
    registry.add(Saw)
    return registry


def test_a_preset_fills_settings_and_other_values_go_before_it(saws):
    assert values_of(saws.create("saw", {"preset": "fine"})) == {"teeth": 30, "wet": True}
    assert values_of(saws.create("saw", {"teeth": "9", "preset": "fine"})) == {"teeth": 9, "wet": True}


def test_an_unknown_preset_is_a_sentence(saws):
    with pytest.raises(UserError, match="no preset 'blunt'; choose one of fine, coarse"):
        saws.create("saw", {"preset": "blunt"})


def test_a_preset_that_breaks_a_limit_is_refused_like_any_value(saws):
    with pytest.raises(UserError, match="at most 40"):
        saws.create("saw", {"preset": "fine", "teeth": 41})


def test_a_preset_of_a_setting_that_there_is_not_is_a_bug(saws):
    @dataclass(frozen=True)
    class Broken:
        """Broken."""

        name: ClassVar[str] = "broken"
        presets: ClassVar[dict] = {"old": {"length": 3}}

    with pytest.raises(TypeError, match="'old' names no setting by \\['length'\\]"):
        saws.add(Broken)


def test_a_class_without_label_and_summary_is_called_by_its_name_and_docstring(saws):
    assert (saws.get("saw").label, saws.get("saw").summary) == ("saw", "Cuts wood.")
