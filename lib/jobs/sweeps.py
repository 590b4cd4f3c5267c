"""Sweeps: the same model trained with many settings on one split, queued as one group of runs."""

from collections.abc import Sequence
from typing import Any

from lib.core.errors import UserError
from lib.core.registry import Value, settings_of, values_of
from lib.jobs.groups import Base, Member, queue_group
from lib.jobs.start import spec_of
from lib.jobs.sweep_axes import MODEL, SEED, SEEDS, TOKENIZER, Axis, Point
from lib.models import MODELS, uses_tokenizer
from lib.models.base import own_tokenizer
from lib.store import groups
from lib.store.groups import Group
from lib.store.runs import Run
from lib.tokenizers import TOKENIZERS


def list_axes(model: type[Any], tokenizer: type[Any] | None) -> list[Axis]:
    """Give what can be varied: the settings of the model, those of the tokenizer, and the seed; without values yet."""
    found = [Axis(MODEL, item) for item in settings_of(model) if not item.files]
    if tokenizer is not None and uses_tokenizer(model) and not hasattr(model, "own_tokenizer"):
        found += [Axis(TOKENIZER, item) for item in settings_of(tokenizer) if not item.files]
    return [*found, Axis(SEED, SEEDS)]


def make_members(base: Base, axes: Sequence[Axis], points: Sequence[Point]) -> list[Member]:
    """Make the members of a sweep from its points; all faults are told together.

    Of points that differ only in settings that do not matter beside the others, the first alone is kept.

    Raises
    ------
    UserError
        If the registry refuses settings, or the dataset cannot be learned with them.
    """
    made: dict[object, Member] = {}
    faults: dict[str, None] = {}
    for point in points:
        try:
            one = _member(base, axes, point)
            spec_of(base.dataset, one.model, tokenizer=one.tokenizer, seed=one.seed)
        except UserError as error:
            faults[str(error)] = None
        else:
            made.setdefault((_relevant_settings(one.model), _relevant_settings(one.tokenizer), one.seed), one)
    if faults:
        raise UserError(" ".join(faults))
    return list(made.values())


def start_sweep(
    base: Base, axes: Sequence[Axis], points: Sequence[Point], *, name: str = "", method: str = "grid", owner: str = ""
) -> Group:
    """Queue one run for each point.

    Raises
    ------
    UserError
        As for ``members`` and ``queue``.
    """
    wanted = make_members(base, axes, points)
    facts = {"axes": [axis.facts() for axis in axes], "method": method, "asked": len(wanted), "model": base.model.name}
    name = name or f"{base.model.label}: {', '.join(axis.setting.label for axis in axes)}"
    return queue_group(groups.SWEEP, base, wanted, name=name, facts=facts, owner=owner)


def point_name(axes: Sequence[Axis], point: Point) -> str:
    """Say in words what is special about a point.

    >>> from lib.jobs.sweep_axes import Axis, SEEDS
    >>> point_name([Axis("seed", SEEDS, values=(1, 2))], {"seed": 2})
    'Seed 2'
    """
    return ", ".join(f"{axis.setting.label} {format_value(point[axis.key])}" for axis in axes)


def format_value(value: Value) -> str:
    """Write the value of a setting as people read it.

    >>> format_value(0.0005), format_value(True), format_value(12), format_value("base")
    ('0.0005', 'yes', '12', 'base')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def value_of(run: Run, key: str) -> Value | None:
    """Give the value that a run has on an axis by the key of the axis, None where it has none."""
    of, _, name = key.partition(".")
    if of == SEED:
        return run.spec.seed
    chosen = run.spec.model if of == MODEL else run.spec.tokenizer
    return None if chosen is None else chosen.settings.get(name)


def _member(base: Base, axes: Sequence[Axis], point: Point) -> Member:
    model = MODELS.create(base.model.name, {**values_of(base.model), **_part(point, MODEL)})
    tokenizer = own_tokenizer(model) or base.tokenizer
    if tokenizer is base.tokenizer and tokenizer is not None:
        tokenizer = TOKENIZERS.create(tokenizer.name, {**values_of(tokenizer), **_part(point, TOKENIZER)})
    return Member(point_name(axes, point), model, tokenizer, int(point.get(SEED, base.seed)), point)


def _part(point: Point, of: str) -> dict[str, Value]:
    return {key.removeprefix(f"{of}."): value for key, value in point.items() if key.startswith(f"{of}.")}


def _relevant_settings(component: Any) -> object:
    """Give the settings that matter, those left out that depend on another one which is set otherwise."""
    if component is None:
        return None
    values = values_of(component)
    kept = []
    for item in settings_of(component):
        when = getattr(item, "when", None)
        if not when or values[when[0]] in when[1]:
            kept.append((item.name, values[item.name]))
    return tuple(kept)
