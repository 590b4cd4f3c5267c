"""What a sweep varies: settings with the values they are to take, and the points of a grid or a random search."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.core.errors import UserError
from lib.core.registry import Setting, Value

MODEL, TOKENIZER, SEED = "model", "tokenizer", "seed"
LARGEST_SEED = 2**31 - 1
LARGEST = 200
"""Runs of one sweep at most."""
_DIGITS = 4  # significant digits of a number that is drawn or lies between two ends
_WIDE = 20.0  # a list whose largest value is so many times its smallest is drawn on a logarithmic axis
_TRIES = 1000

Point = Mapping[str, Value]
"""A value for each axis, by ``Axis.key``."""

SEEDS = Setting(
    name=SEED, type=int, default=0, label="Seed", unit="", low=0, high=LARGEST_SEED, choices=(), help="", advanced=False
)


@dataclass(frozen=True)
class Axis:
    """One setting that a sweep varies: over a list of values, or between two ends.

    Parameters
    ----------
    of
        Whose setting it is: ``model``, ``tokenizer``, or ``seed`` for the seed of the run.
    setting
        The setting, which knows its limits.
    values
        The values to try; empty for a range.
    low, high
        Ends of a range, both included; numbers, or text that is one.
    count
        Values that a grid takes from the range.
    log
        Whether the range is even on a logarithmic scale.
    """

    of: str
    setting: Setting
    values: tuple[object, ...] = ()
    low: float | str | None = None
    high: float | str | None = None
    count: int = 3
    log: bool = False

    @property
    def key(self) -> str:
        """Name the axis: ``model.learning_rate``, or ``seed``."""
        return SEED if self.of == SEED else f"{self.of}.{self.setting.name}"

    @property
    def label(self) -> str:
        """Name the axis for people, with its unit."""
        unit = f" ({self.setting.unit})" if self.setting.unit and "(" not in self.setting.label else ""
        return f"{self.setting.label}{unit}"

    @property
    def is_range(self) -> bool:
        """True for a range, False for a list of values."""
        return self.low is not None or self.high is not None

    @property
    def size(self) -> float:
        """Count the different values that a random search can draw; infinite for a range of fractions."""
        if not self.is_range:
            return len(self.grid())
        low, high = self._ends()
        return high - low + 1 if self.setting.type is int else math.inf

    def faults(self) -> list[str]:
        """Say everything that is wrong with the values, a sentence each; none where all is well."""
        found = []
        for value in (self.low, self.high) if self.is_range else self.values:
            try:
                self.setting.check("" if value is None else value)
            except UserError as error:
                found.append(str(error))
        name = self.setting.label
        if not self.is_range and not self.values:
            found.append(f"{name} has no values; give at least one, or leave it out of the sweep.")
        if found or not self.is_range:
            return found
        if self.setting.type not in (int, float):
            return [*found, f"{name} is no number, so it has no range; list its values."]
        low, high = self._ends()
        if low >= high:
            found.append(f"{name} runs from {low:g} to {high:g}; the second number must be larger than the first.")
        elif self.log and low <= 0:
            found.append(f"{name} begins at {low:g}; a logarithmic scale needs numbers above 0.")
        if not 2 <= self.count <= LARGEST:
            found.append(f"{name} is to take {self.count} values; it must be 2 to {LARGEST}.")
        return found

    def grid(self) -> tuple[Value, ...]:
        """Give the values of a grid, each once."""
        if not self.is_range:
            return tuple(dict.fromkeys(self.setting.check(value) for value in self.values))
        low, high = self._ends()
        spaced = np.geomspace if self.log else np.linspace
        return tuple(dict.fromkeys(self._near(float(value)) for value in spaced(low, high, self.count)))

    def draw(self, rng: np.random.Generator) -> Value:
        """Draw one value: each of a list is as likely, a range is uniform on its scale."""
        if not self.is_range:
            values = self.grid()
            return values[int(rng.integers(len(values)))]
        low, high = self._ends()
        if self.setting.type is int:
            high += 1  # each whole number stands for the stretch up to the next one
        value = math.exp(rng.uniform(math.log(low), math.log(high))) if self.log else float(rng.uniform(low, high))
        return self._near(math.floor(value) if self.setting.type is int else value)

    def settle(self, value: object) -> Value:
        """Give a number that was chosen elsewhere as the axis would draw it, and any other value as it is kept."""
        checked = self.setting.check(value)
        return self._near(float(str(checked))) if self.is_range else checked

    def facts(self) -> dict[str, Any]:
        """Give what pages need to draw the axis later, plain JSON."""
        numbers = [value for value in self.grid() if isinstance(value, int | float) and not isinstance(value, bool)]
        wide = bool(numbers) and len(numbers) == len(self.grid()) and _is_wide(numbers)
        return {
            "key": self.key,
            "label": self.label,
            "log": self.log if self.is_range else wide,
            "number": self.setting.type in (int, float) and not self.setting.choices,
        }

    def _ends(self) -> tuple[float, float]:
        return float(self.low or 0.0), float(self.high or 0.0)

    def _near(self, value: float) -> Value:
        """Round to few digits and stay between the ends."""
        low, high = self._ends()
        if self.setting.type is int:
            return int(min(max(round(value), low), high))
        return min(max(float(f"{value:.{_DIGITS}g}"), low), high)


def _is_wide(numbers: Sequence[float]) -> bool:
    return min(numbers) > 0 and max(numbers) / min(numbers) >= _WIDE


def require(axes: Sequence[Axis]) -> None:
    """Check all values of all axes, and tell all faults together.

    Raises
    ------
    UserError
        If there is no axis, two are the same, or a value breaks its limits.
    """
    if not axes:
        raise UserError("The sweep varies nothing yet. Choose at least one setting to vary.")
    found = [fault for axis in axes for fault in axis.faults()]
    keys = [axis.key for axis in axes]
    found += [f"{key} is varied twice; leave one out." for key in dict.fromkeys(keys) if keys.count(key) > 1]
    if found:
        raise UserError(" ".join(dict.fromkeys(found)))


def make_grid(axes: Sequence[Axis]) -> list[Point]:
    """Give every combination of the values, the last axis varying fastest.

    Raises
    ------
    UserError
        If a value breaks its limits, or there are more combinations than a sweep may have.
    """
    require(axes)
    values = [axis.grid() for axis in axes]
    _limit(math.prod(map(len, values)), "The grid has")
    return [dict(zip((axis.key for axis in axes), chosen, strict=True)) for chosen in itertools.product(*values)]


def sample_random(axes: Sequence[Axis], n: int, seed: int) -> list[Point]:
    """Draw n different combinations; the same seed draws the same. Fewer where there are no more.

    Raises
    ------
    UserError
        If a value breaks its limits, or more are asked for than a sweep may have.
    """
    require(axes)
    check_amount(n, "The random search")
    rng = np.random.default_rng(seed)
    wanted = int(min(n, math.prod(axis.size for axis in axes)))
    found: dict[tuple[Value, ...], None] = {}
    for _ in range(_TRIES * wanted):
        found.setdefault(tuple(axis.draw(rng) for axis in axes))
        if len(found) == wanted:
            break
    return [dict(zip((axis.key for axis in axes), chosen, strict=True)) for chosen in found]


def check_amount(count: int, search: str) -> None:
    """Check how many runs a search is to try.

    Raises
    ------
    UserError
        If there are none or too many.
    """
    if count < 1:
        raise UserError(f"{search} is to try {count} combinations; it must be at least 1.")
    _limit(count, f"{search} is to try")


def _limit(count: int, found: str) -> None:
    if count > LARGEST:
        raise UserError(f"{found} {count:,} runs; a sweep has at most {LARGEST}. Vary less, or draw some at random.")
