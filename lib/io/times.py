"""Times in the names of columns, such as ``ctrl_2h_rep1``, ``-2h``, ``5min_pulse_2h``, ``ZT4`` or ``T0``.

A name may hold several times; which one counts follows from all names together: what is the same in every name is no
time point. What the names leave open (two times that vary, a number without a unit) is asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lib.core.errors import UserError
from lib.io.decisions import DEFAULT, Alternative, Decision, Reading

UNITS: Mapping[str, float] = {
    "h": 1.0,
    "hr": 1.0,
    "hrs": 1.0,
    "hour": 1.0,
    "hours": 1.0,
    "hpf": 1.0,
    "hpi": 1.0,
    "hpt": 1.0,
    "zt": 1.0,
    "ct": 1.0,
    "min": 1 / 60,
    "mins": 1 / 60,
    "minute": 1 / 60,
    "minutes": 1 / 60,
    "m": 1 / 60,
    "s": 1 / 3600,
    "sec": 1 / 3600,
    "secs": 1 / 3600,
    "second": 1 / 3600,
    "seconds": 1 / 3600,
    "d": 24.0,
    "day": 24.0,
    "days": 24.0,
    "dpf": 24.0,
    "dpi": 24.0,
    "week": 168.0,
    "weeks": 168.0,
    "wk": 168.0,
}
"""Hours of one unit."""
ASKED: Mapping[str, str] = {"h": "hours", "min": "minutes", "s": "seconds", "d": "days", "none": "labels, not times"}
WHICH = ("first", "last")
"""Values of ``columns`` that say which of several times in each name counts."""
_BEFORE = ("day", "days", "hour", "hours", "hr", "h", "min", "week", "zt", "ct", "d")
_UNSURE = ("d",)
"""Prefixes that may be a label as well: d1 is day 1 or donor 1."""
_NUMBER = r"\d+(?:[.,]\d+)?"
_AFTER_UNITS = "|".join(sorted((unit for unit in UNITS if unit not in ("zt", "ct")), key=len, reverse=True))
_WORD = r"(?:(?:time|t)[\s=_:]*)?"
_SUFFIXED = re.compile(
    rf"(?<![A-Za-z0-9])(?<!\d[.,]){_WORD}(?P<dash>(?:[-\u2212]|(?:minus|neg)[\s_]?)?)(?P<number>{_NUMBER})"
    rf"[\s_]*[\[(]?(?P<unit>{_AFTER_UNITS})(?![a-z])[\])]?",
    re.IGNORECASE,
)
_PREFIXED = re.compile(
    rf"(?<![A-Za-z0-9])(?P<unit>{'|'.join(sorted(_BEFORE, key=len, reverse=True))})"
    rf"[\s=_:.]?(?P<dash>[-\u2212]?)(?P<number>{_NUMBER})(?![A-Za-z0-9.])",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?<![A-Za-z0-9])(?:time|t)[\s=_:]*(?P<dash>[-\u2212]?)(?P<number>{_NUMBER})(?![A-Za-z0-9.])", re.IGNORECASE
)
_WHOLE = re.compile(rf"(?:(?:time|hour|t|h)[\s=_:]*)?(?P<dash>[-\u2212]?)(?P<number>{_NUMBER})", re.IGNORECASE)
_ATTACHED = re.compile(rf"(?<=[A-Za-z])(?P<dash>)(?P<number>{_NUMBER})(?P<unit>h|hr|hrs|hours|min|mins)(?![A-Za-z0-9])")
_SPLIT = re.compile(rf"(?<![A-Za-z0-9])(\d+)_(\d+)[\s_]?({_AFTER_UNITS})(?![a-z])", re.IGNORECASE)
_COPY = re.compile(r"(.+) \((\d+)\)")


@dataclass(frozen=True)
class Slot:
    """A number in a name that may be a time: ``name[start:end]``, its value, and its unit where there is one."""

    start: int
    end: int
    value: float
    unit: str
    dash: bool = False
    unsure: bool = False

    @property
    def hours(self) -> float | None:
        """Give the time in hours, None without a unit."""
        return round(self.value * UNITS[self.unit], 10) if self.unit else None


@dataclass(frozen=True)
class TimedName:
    """A name, its time in hours (None where it has none), and what else it says, ``"2"`` for a copy of a name."""

    name: str
    hours: float | None = None
    rest: str = ""


@dataclass(frozen=True)
class Times:
    """Times of some names, and what was decided about them."""

    names: tuple[TimedName, ...]
    decisions: tuple[Decision, ...] = ()


def ask_split_numbers(names: Sequence[TimedName], file: str) -> list[Decision]:
    """Ask about names such as ``1_5h``, which may be one hour and a half, or five hours of a first replicate."""
    found = {one.name: match for one in names if (match := _SPLIT.search(one.name))}
    if not found:
        return []
    first = next(iter(found))
    others = [f"{one.name}={one.hours:g}h" for one in names if one.hours is not None and one.name not in found]
    with_point = ",".join([*(f"{name}={match[1]}.{match[2]}{match[3]}" for name, match in found.items()), *others])
    without = ",".join([*(f"{name}={match[2]}{match[3]}::{match[1]}" for name, match in found.items()), *others])
    evidence = f"{first} may be one number with a point, or two numbers."
    options = (
        Alternative(with_point, f"{found[first][1]}.{found[first][2]} {found[first][3]}"),
        Alternative(without, f"{found[first][2]} {found[first][3]} of replicate {found[first][1]}"),
    )
    return [Decision(file, "Time in column names", "columns", None, evidence, options)]


def parse_hours(text: str) -> float:
    """Read a time; without a unit it is in hours.

    >>> parse_hours("2h"), parse_hours("t=30min"), parse_hours("1.5"), parse_hours("-2h")
    (2.0, 0.5, 1.5, -2.0)

    Raises
    ------
    UserError
        If the text is no time.
    """
    stripped = text.strip()
    slots = _slots(stripped)
    whole = [slot for slot in slots if (slot.start, slot.end) == (0, len(stripped))]
    if len(whole) != 1 or whole[0].unsure:
        raise UserError(f"{text!r} is not a time; write it like 2h, 30min or 1.5 (hours).")
    value = whole[0].value if not whole[0].unit else whole[0].hours or 0.0
    return -value if whole[0].dash else value


def read_times(names: Sequence[str], reading: Reading = DEFAULT, *, file: str = "") -> Times:
    """Read the times of column names, which belong to one table.

    >>> [(one.hours, one.rest) for one in read_times(["1h_rep1", "-2h_rep1", "AR03"]).names]
    [(1.0, 'rep1'), (-2.0, 'rep1'), (None, '')]
    """
    bases = [(match.group(1), match.group(2)) if (match := _COPY.fullmatch(name)) else (name, "") for name in names]
    found = [_slots(base) for base, _ in bases]
    if sum(map(bool, found)) < 2:
        attached = [_find_attached(base) for base, _ in bases]
        found = [mine or others for mine, others in zip(found, attached, strict=True)] if any(attached) else found
    chosen, several = _choose(found, [base for base, _ in bases], reading, file)
    chosen, unit = _give_units(chosen, [base for base, _ in bases], reading, file)
    chosen = _sign(chosen)
    timed = []
    for name, (base, copy), slot in zip(names, bases, chosen, strict=True):
        if slot is None or slot.hours is None:
            timed.append(TimedName(name))
            continue
        parts = (base[: slot.start], base[slot.end :], copy)
        rest = " ".join(part for part in (item.strip(" _.-:()[]#") for item in parts) if part)
        timed.append(TimedName(name, -slot.hours if slot.dash else slot.hours, rest))
    return Times(tuple(timed), (*several, *unit))


def _slots(name: str) -> list[Slot]:
    """Find every number of a name that may be a time, from left to right."""
    if match := _WHOLE.fullmatch(name):
        unit = "h" if name[:1].lower() == "h" else ""
        return [Slot(0, len(name), _value(match), unit, bool(match["dash"]))]
    found: list[Slot] = []
    for pattern in (_SUFFIXED, _PREFIXED, _BARE):
        for match in pattern.finditer(name):
            if any(match.start() < slot.end and slot.start < match.end() for slot in found):
                continue
            unit = match.groupdict().get("unit", "") or ""
            unsure = pattern is _PREFIXED and unit.lower() in _UNSURE
            found.append(Slot(*match.span(), _value(match), unit.lower(), _is_sign(match, name), unsure=unsure))
    return sorted(found, key=lambda slot: slot.start)


def _find_attached(name: str) -> list[Slot]:
    """Find times whose number follows a letter, such as ``S2h``."""
    return [Slot(*match.span(), _value(match), match["unit"].lower()) for match in _ATTACHED.finditer(name)]


def _value(match: re.Match[str]) -> float:
    return float(match["number"].replace(",", "."))


def _is_sign(match: re.Match[str], name: str) -> bool:
    """Say whether there is a dash before the number that nothing but a sign explains, or that may be one."""
    return bool(match["dash"]) or (match.start() > 0 and name[match.start() - 1] in "-\u2212")


def _sign(slots: Sequence[Slot | None]) -> list[Slot | None]:
    """Take a dash for a sign, unless it stands before every time (``ctrl-2h``, ``ctrl-8h``) and so separates."""
    there = [slot for slot in slots if slot is not None]
    separates = len(there) > 1 and all(slot.dash and slot.start > 0 for slot in there)
    return [slot and replace(slot, dash=slot.dash and not separates) for slot in slots]


def _choose(
    found: Sequence[list[Slot]], names: Sequence[str], reading: Reading, file: str
) -> tuple[list[Slot | None], list[Decision]]:
    """Choose one slot a name: the one that varies over the names; ask where several do."""
    chosen: list[Slot | None] = [None] * len(found)
    decisions: list[Decision] = []
    for count in sorted({len(slots) for slots in found if slots}):
        rows = [row for row, slots in enumerate(found) if len(slots) == count]
        columns = list(zip(*(found[row] for row in rows), strict=True))
        if any(all(slot.unit for slot in column) for column in columns):  # a number without a unit is hardly the time
            keep = [place for place, column in enumerate(columns) if all(slot.unit for slot in column)]
        else:
            keep = list(range(count))
        varying = [place for place in keep if len({(slot.value, slot.unit) for slot in columns[place]}) > 1]
        place = varying[0] if len(varying) == 1 else keep[-1]
        if len(varying) > 1:
            said = reading.columns if reading.columns in WHICH else None
            place = varying[0] if said == "first" else varying[-1]
            decisions.append(_ask_which([names[row] for row in rows], [columns[i] for i in varying], said, file))
        for row in rows:
            chosen[row] = found[row][place]
    return chosen, decisions


def _ask_which(names: Sequence[str], columns: Sequence[tuple[Slot, ...]], said: str | None, file: str) -> Decision:
    """Make the decision which of several times in each name counts."""
    options = []
    for which, column in zip(WHICH, (columns[0], columns[-1]), strict=True):
        texts = dict.fromkeys(name[slot.start : slot.end] for name, slot in zip(names, column, strict=True))
        options.append(Alternative(which, "times " + ", ".join(texts)))
    evidence = f"Names such as {', '.join(names[:3])} hold more than one time that varies."
    return Decision(file, "Time in column names", "columns", said, evidence, tuple(options))


def _give_units(
    chosen: Sequence[Slot | None], names: Sequence[str], reading: Reading, file: str
) -> tuple[list[Slot | None], list[Decision]]:
    """Give numbers without a unit the one that the user named; ask where nobody did."""
    units = {slot.unit for slot in chosen if slot is not None and slot.unit and not slot.unsure}
    bare = [name for name, slot in zip(names, chosen, strict=True) if slot is not None and not slot.unit]
    unsure = [name for name, slot in zip(names, chosen, strict=True) if slot is not None and slot.unsure]
    if units and bare:  # ``2h`` stands beside ``T1``: the latter is no time
        chosen = [None if slot is not None and not slot.unit else slot for slot in chosen]
        bare = []
    if units or not (bare or unsure):
        return list(chosen), []
    said = reading.time_unit if reading.time_unit in ASKED else None
    guess = "h" if bare else "d"
    unit = said or guess
    made = [slot and (None if unit == "none" else replace(slot, unit=unit, unsure=False)) for slot in chosen]
    listed = ", ".join((bare or unsure)[:4])
    why = "no unit" if bare else "days or labels such as donors"
    evidence = f"The numbers in {listed} have {why}." if bare else f"The numbers in {listed} may be {why}."
    example = next(slot.value for slot in chosen if slot is not None)
    options = [Alternative(key, f"{example:g} {word}" if key != "none" else word) for key, word in ASKED.items()]
    return made, [Decision(file, "Unit of the times", "time_unit", said, evidence, tuple(options))]
