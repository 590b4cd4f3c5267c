"""The settings that every network shares."""

import dataclasses

import pytest

from lib.core.registry import settings_of
from lib.models.base import MODELS
from lib.models.cnn import CnnModel
from lib.models.schedule import Plan, Schedule, other


@dataclasses.dataclass(frozen=True)
class Network(Schedule):
    patience: int = other("patience", 3, help="Fewer.")


def test_a_plan_has_what_the_settings_say():
    changed = {"accumulation": 4, "clip": 0.5, "precision": "bf16", "compile": True, "deterministic": True}
    plan = Network(epochs=7, **changed).plan(warmup=0.2)
    assert (plan.epochs, plan.patience, plan.warmup, plan.batch_size) == (7, 3, 0.2, 64)
    assert {name: getattr(plan, name) for name in changed} == changed
    assert {field.name for field in dataclasses.fields(Plan)} - {"warmup"} <= {s.name for s in settings_of(Network)}


def test_another_default_keeps_the_limits_of_a_setting():
    found, usual = ({item.name: item for item in settings_of(cls)}["patience"] for cls in (Network, Schedule))
    assert (found.default, found.help) == (3, "Fewer.")
    assert (found.low, found.high, found.label, found.advanced) == (usual.low, usual.high, usual.label, usual.advanced)


def test_a_network_may_go_without_one_of_them():
    assert "gradient_checkpointing" not in {item.name for item in settings_of(CnnModel)}
    assert not CnnModel().plan(warmup=0.1).gradient_checkpointing


@pytest.mark.parametrize("name", [name for name, cls in MODELS.all().items() if issubclass(cls, Schedule)])
def test_networks_are_computed_in_one_piece_and_in_the_precision_of_the_device_unless_asked(name):
    plan = MODELS.create(name).plan(warmup=0.1)
    assert (plan.accumulation, plan.precision, plan.clip) == (1, "auto", 1.0)
    assert not (plan.compile or plan.deterministic or plan.gradient_checkpointing)
