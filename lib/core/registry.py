"""One file adds a tokenizer, a model or an attribution method.

Importing a package finds its modules; a decorator registers the class. A registered class is a frozen dataclass: its
fields are its settings, made by ``setting`` with label, unit, limits and help, so that the form on a page and the
command line take the same settings and check them by the same rule.
"""

import dataclasses
import importlib
import pkgutil
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lib.core.errors import UserError

_SLUG = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}

Value = int | float | bool | str
T = TypeVar("T")
C = TypeVar("C", bound=type)


@dataclass(frozen=True)
class Setting:
    """One setting of a registered class, as a form or the command line sees it."""

    name: str
    type: type
    default: Value
    label: str
    unit: str
    low: float | None
    high: float | None
    choices: tuple[Value, ...]
    help: str
    advanced: bool
    files: tuple[str, ...] = ()
    when: tuple[str, tuple[Value, ...]] | None = None
    runs: str = ""
    checkpoint: bool = False

    @property
    def values(self) -> set[Value]:
        """All values that can always be chosen from a list or a switch; none where any number or text will do."""
        return {True, False} if self.type is bool else {""} if self.runs else set(self.choices)

    def matters(self, values: Mapping[str, object]) -> bool:
        """Tell whether this setting changes anything, given the others; one that is not among them counts as such."""
        return self.when is None or self.when[0] not in values or values[self.when[0]] in self.when[1]

    def check(self, value: object) -> Value:
        """Turn a value, typed or written as text, into the setting's type and check its limits.

        Raises
        ------
        UserError
            If the value is not of this type, or lies outside the limits or the choices.
        """
        typed = self._typed(value)
        if self.choices and typed not in self.choices:
            known = ", ".join(str(choice) for choice in self.choices)
            raise UserError(f"{self.label} is {value!r}; choose one of {known}.")
        if not isinstance(typed, str):
            if typed != typed or (self.low is not None and typed < self.low):
                raise UserError(f"{self.label} is {value}; it must be at least {self.low:g}{self._unit}.")
            if self.high is not None and typed > self.high:
                raise UserError(f"{self.label} is {value}; it must be at most {self.high:g}{self._unit}.")
        return typed

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def _typed(self, value: object) -> Value:
        text = str(value).strip()
        try:
            if self.type is bool:
                if isinstance(value, bool):
                    return value
                if text.lower() in _YES | _NO:
                    return text.lower() in _YES
                raise ValueError(text)
            if self.type is int:
                number = float(text)
                if number != int(number):
                    raise ValueError(text)
                return int(number)
            return float(text) if self.type is float else str(value)
        except (ValueError, OverflowError):
            needed = {bool: "yes or no", int: "a whole number", float: "a number"}[self.type]
            raise UserError(f"{self.label} ({self.name}) is {value!r}; it must be {needed}.") from None


def setting(
    default: Value,
    *,
    label: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[Value, ...] = (),
    help: str = "",
    advanced: bool = False,
    files: tuple[str, ...] = (),
    when: tuple[str, tuple[Value, ...]] | None = None,
    runs: str = "",
    checkpoint: bool = False,
) -> Any:
    """Declare a setting of a registered class; limits are inclusive, ``advanced`` settings stand under More.

    A text setting with ``files``, endings such as ``(".json",)``, is the path of a file or folder; forms let people
    bring the file. One with ``runs``, a kind of run, is the id of a finished run of that kind, or empty. One that is a
    ``checkpoint`` is the folder of a published model or, without ``runs``, its name on the hub. A setting that
    matters only while another one has certain values says so by ``when``, the name and those values; forms hide it
    otherwise.
    """
    facts: dict[str, Any] = {"label": label, "unit": unit, "low": low, "high": high, "choices": choices, "help": help}
    facts |= {"advanced": advanced, "files": files, "when": when, "runs": runs, "checkpoint": checkpoint}
    return dataclasses.field(default=default, metadata={**facts, "setting": True})


def settings_of(component: Any) -> tuple[Setting, ...]:
    """List the settings of a registered class or of one of its instances, in the order of the file."""
    cls = component if isinstance(component, type) else type(component)
    hints = typing.get_type_hints(cls)
    return tuple(
        Setting(
            name=field.name,
            type=hints[field.name],
            default=typing.cast(Value, field.default),
            **{key: value for key, value in field.metadata.items() if key != "setting"},
        )
        for field in dataclasses.fields(cls)
        if "setting" in field.metadata
    )


def presets_of(component: Any) -> Mapping[str, Mapping[str, Value]]:
    """List the named groups of settings of a registered class, such as published ones; empty where it has none."""
    return getattr(component, "presets", {})


def values_of(component: Any) -> dict[str, Value]:
    """Give the settings of an instance as plain values, ready for JSON."""
    return {item.name: getattr(component, item.name) for item in settings_of(component)}


class Registry(Generic[T]):
    """The tokenizers, models or attribution methods that exist.

    Parameters
    ----------
    package
        Name of the package whose modules are searched, such as ``lib.models``.
    kind
        What is registered, in words ("model"), for messages.
    """

    def __init__(self, package: str, kind: str) -> None:
        self.package, self.kind = package, kind
        self._known: dict[str, type[T]] = {}
        self._searched = False

    def add(self, cls: C) -> C:
        """Register a frozen dataclass that carries ``name`` (a slug), ``label`` and ``summary``.

        A class without a label is called by its name, and one without a summary is described by the first line of its
        docstring. ``presets`` may name groups of settings: ``{"published": {"k": 6}}``.

        Raises
        ------
        TypeError
            If the class breaks the contract; this is a bug, not a fault of the user.
        """
        if not dataclasses.is_dataclass(cls) or not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
            raise TypeError(f"{cls.__name__} must be a frozen dataclass to be a {self.kind}")
        facts = typing.cast(Any, cls)
        if not _SLUG.fullmatch(facts.name):
            raise TypeError(f"{cls.__name__}.name is {facts.name!r}; use lower case, digits and hyphens")
        if facts.name in self._known and self._known[facts.name].__module__ != cls.__module__:
            raise TypeError(f"two {self.kind}s are called {facts.name!r}")
        if not hasattr(facts, "label"):
            facts.label = facts.name
        if not hasattr(facts, "summary"):
            facts.summary = (facts.__doc__ or "").strip().partition("\n")[0]
        if not (facts.label and facts.summary):
            raise TypeError(f"{cls.__name__} needs a label and a summary")
        known = {item.name: item for item in settings_of(cls)}
        for item in known.values():
            if item.when and not (item.when[0] in known and set(item.when[1]) <= known[item.when[0]].values):
                raise TypeError(f"{cls.__name__}.{item.name} depends on {item.when}, which cannot be chosen")
        for preset, values in presets_of(cls).items():
            unknown = set(values) - set(known)
            if unknown:
                raise TypeError(f"{cls.__name__}: the preset {preset!r} names no setting by {sorted(unknown)}")
        self._known[facts.name] = typing.cast(type[T], cls)
        return cls

    def all(self) -> dict[str, type[T]]:
        """Give every registered class by its name, sorted by name."""
        if not self._searched:
            package = importlib.import_module(self.package)
            for module in pkgutil.iter_modules(package.__path__):
                if not module.name.startswith("_"):  # those help others, and may import what is slow to load
                    importlib.import_module(f"{self.package}.{module.name}")
            self._searched = True
        return dict(sorted(self._known.items()))

    def get(self, name: str) -> type[T]:
        """Find a class by its name.

        Raises
        ------
        UserError
            If there is none; the sentence lists those there are.
        """
        known = self.all()
        if name not in known:
            raise UserError(f"There is no {self.kind} called {name!r}; choose one of {', '.join(known)}.")
        return known[name]

    def create(self, name: str, values: Mapping[str, object] | None = None) -> T:
        """Build an instance from settings that may come from a form, from JSON or as text, all checked again.

        Where the class has presets, ``preset`` names one of them; the other values go before it. Where settings were
        called otherwise in older versions, ``renamed`` of the class gives their names by those, so that links and runs
        of then are still read.

        Raises
        ------
        UserError
            If the name or a setting is unknown, or a value breaks its limits.
        """
        cls = self.get(name)
        known = {item.name: item for item in settings_of(cls)}
        renamed: Mapping[str, str] = getattr(cls, "renamed", {})
        values = {renamed.get(key, key): value for key, value in (values or {}).items()}
        if presets_of(cls) and "preset" in values and "preset" not in known:
            values = {**self._preset(cls, str(values.pop("preset"))), **values}
        for key in values:
            if key not in known:
                listed = ", ".join(known) or "none"
                raise UserError(f"{typing.cast(Any, cls).label} has no setting {key!r}; it has: {listed}.")
        return cls(**{key: known[key].check(value) for key, value in values.items()})

    def _preset(self, cls: type[T], preset: str) -> Mapping[str, Value]:
        presets = presets_of(cls)
        if preset not in presets:
            label = typing.cast(Any, cls).label
            raise UserError(f"{label} has no preset {preset!r}; choose one of {', '.join(presets)}.")
        return presets[preset]
