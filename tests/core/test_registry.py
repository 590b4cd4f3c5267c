"""One file adds a tokenizer, a model or a method; settings are checked by one rule."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.errors import UserError
from lib.core.registry import Registry, setting, settings_of, values_of


@dataclass(frozen=True)
class Comb:
    """A registered class for these tests."""

    name: ClassVar[str] = "comb"
    label: ClassVar[str] = "Comb"
    summary: ClassVar[str] = "Combs."
    teeth: int = setting(7, label="Teeth", unit="mm", low=2, high=30)
    rate: float = setting(0.5, label="Rate", low=0)
    wet: bool = setting(False, label="Wet")
    kind: str = setting("fine", label="Kind", choices=("fine", "coarse"))


@pytest.fixture
def combs() -> Registry:
    registry = Registry("lib.tokenizers", "comb")
    registry._searched = True
    registry.add(Comb)
    return registry


def test_settings_are_the_fields_in_their_order():
    assert [(item.name, item.type, item.default) for item in settings_of(Comb)] == [
        ("teeth", int, 7),
        ("rate", float, 0.5),
        ("wet", bool, False),
        ("kind", str, "fine"),
    ]


def test_text_from_the_command_line_becomes_typed_values(combs):
    comb = combs.create("comb", {"teeth": "12", "rate": "1e-3", "wet": "yes", "kind": "coarse"})
    assert values_of(comb) == {"teeth": 12, "rate": 0.001, "wet": True, "kind": "coarse"}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"teeth": 1}, "Teeth is 1; it must be at least 2 mm."),
        ({"teeth": 31}, "Teeth is 31; it must be at most 30 mm."),
        ({"teeth": "many"}, "Teeth (teeth) is 'many'; it must be a whole number."),
        ({"teeth": 2.5}, "Teeth (teeth) is 2.5; it must be a whole number."),
        ({"teeth": "inf"}, "Teeth (teeth) is 'inf'; it must be a whole number."),
        ({"rate": "nan"}, "Rate is nan; it must be at least 0."),
        ({"wet": "perhaps"}, "Wet (wet) is 'perhaps'; it must be yes or no."),
        ({"kind": "odd"}, "Kind is 'odd'; choose one of fine, coarse."),
        ({"colour": 1}, "Comb has no setting 'colour'; it has: teeth, rate, wet, kind."),
    ],
)
def test_a_bad_value_gets_a_sentence(combs, values, sentence):
    with pytest.raises(UserError) as caught:
        combs.create("comb", values)
    assert str(caught.value) == sentence


def test_an_unknown_name_lists_the_known_ones(combs):
    with pytest.raises(UserError, match="no comb called 'brush'; choose one of comb"):
        combs.get("brush")


@given(st.integers())
def test_limits_are_inclusive(number):
    teeth = settings_of(Comb)[0]
    if 2 <= number <= 30:
        assert teeth.check(number) == teeth.check(str(number)) == number
    else:
        with pytest.raises(UserError):
            teeth.check(number)


def test_a_class_that_breaks_the_contract_is_a_bug(combs):
    class Plain:
        name, label, summary = "plain", "Plain", "Plain."

    with pytest.raises(TypeError, match="must be a frozen dataclass"):
        combs.add(Plain)
    shouting = dataclass(frozen=True)(type("Shouting", (), {"name": "LOUD", "label": "l", "summary": "s"}))
    with pytest.raises(TypeError, match="lower case"):
        combs.add(shouting)


def test_adding_a_file_is_all_it_takes(tmp_path: Path):
    """A new module in a registered package is found without an edit elsewhere."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/__init__.py").write_text(
        "from lib.core.registry import Registry\nTOOLS = Registry('tools', 'tool')\n"
    )
    (tmp_path / "tools/saw.py").write_text(
        "from dataclasses import dataclass\nfrom typing import ClassVar\nfrom tools import TOOLS\n"
        "@TOOLS.add\n@dataclass(frozen=True)\nclass Saw:\n    name: ClassVar[str] = 'saw'\n"
        "    label: ClassVar[str] = 'Saw'\n    summary: ClassVar[str] = 'Saws.'\n"
    )
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; from tools import TOOLS; assert list(TOOLS.all()) == ['saw']"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


@dataclass(frozen=True)
class Dependent:
    """Settings that matter only while others have certain values."""

    name = "dependent"
    way: str = setting("full", label="Way", choices=("full", "lora", "top"))
    rank: int = setting(8, label="Rank", low=1, when=("way", ("lora",)))
    shift: bool = setting(False, label="Shift", help="Move it.", when=("way", ("lora", "top")))
    step: int = setting(1, label="Step", advanced=True, when=("shift", (True,)))


def test_a_setting_says_when_it_matters():
    way, rank, shift, step = settings_of(Dependent)
    assert way.matters({}) and way.matters({"way": "full"})
    assert [rank.matters({"way": value}) for value in ("full", "lora", "top")] == [False, True, False]
    assert [shift.matters({"way": value}) for value in ("full", "lora", "top")] == [False, True, True]
    assert step.matters({"shift": True}) and not step.matters({"shift": False})
    assert rank.matters({"depth": 2}), "nothing is known of the other setting"
    registry = Registry("lib.core", "example")
    registry.add(Dependent)
    assert registry.get("dependent") is Dependent


@pytest.mark.parametrize("when", [("none", ("a",)), ("way", ("no choice",))])
def test_what_it_depends_on_must_be_there(when):
    @dataclass(frozen=True)
    class Wrong:
        """Depends on what cannot be."""

        name = "wrong"
        way: str = setting("full", label="Way", choices=("full", "lora"))
        rank: int = setting(8, label="Rank", when=when)

    with pytest.raises(TypeError, match="rank depends on"):
        Registry("lib.core", "example").add(Wrong)
