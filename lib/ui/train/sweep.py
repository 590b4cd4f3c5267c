"""A sweep on the Train page: what is varied and over which values, how many runs that makes, what they cost."""

from collections.abc import Sequence
from typing import NamedTuple

import streamlit as st

from lib.core.errors import UserError
from lib.core.registry import values_of
from lib.jobs import bayesian, slots, sweep_axes, sweeps
from lib.jobs.devices import DeviceRequest
from lib.jobs.groups import Base, Member
from lib.jobs.sweep_axes import SEED, TOKENIZER, Axis, Point
from lib.jobs.sweeps import format_value
from lib.ui import errors
from lib.ui.train import cost
from lib.ui.widgets import forms, state
from lib.ui.widgets.text import plain

LIST, RANGE = "List", "From … to"
GRID, RANDOM, BAYESIAN = "Grid", "Random search", "Bayesian search"
_WIDE = 1000.0
_STEP = 2.0


def draw(base: Base, title: str) -> None:
    """Draw the choices of a sweep around what is chosen above, and the button that starts it.

    Parameters
    ----------
    base
        What is not varied.
    title
        What the sweep is called; empty for what is varied.
    """
    prefix = f"sweep-{base.model.name}-{base.tokenizer.name if base.tokenizer else ''}"
    with st.container(border=True):
        varied = _axes(base, prefix)
        if not varied:
            st.caption("Choose one setting or more; all others stay as they are above. Each combination is one run.")
            return
        wish = _choose_search(varied, prefix)
    if wish.method == BAYESIAN:
        _search(base, varied, wish, title)
        return
    points = _points(varied, wish)
    if points is None:
        return
    try:
        wanted = sweeps.make_members(base, varied, points)
    except UserError as error:
        errors.show(error)
        return
    _cost(base, wanted, len(points))
    label = f"Start sweep of {len(wanted)} run{'s' * (len(wanted) != 1)}"
    if st.button(label, type="primary", icon=":material/grid_view:", key="start-sweep"):
        method = "random" if wish.method == RANDOM else "grid"
        group = sweeps.start_sweep(base, varied, points, name=title, method=method, owner=state.owner())
        st.query_params.pop("clone", None)
        state.go(state.GROUPS, dataset=base.dataset.id, group=group.id)


def _axes(base: Base, prefix: str) -> list[Axis]:
    cut = None if base.tokenizer is None else type(base.tokenizer)
    offered = {axis.key: axis for axis in sweeps.list_axes(type(base.model), cut)}
    chosen = st.multiselect(
        "Settings to vary",
        list(offered),
        format_func=lambda key: _name_axis(offered[key]),
        key=f"{prefix}-settings",
        placeholder="Choose settings, such as the learning rate",
        help="Any setting of the model and of its tokenizer, and the seed.",
    )
    return [_axis(offered[key], f"{prefix}-{key}", _current(base, offered[key])) for key in chosen]


def _name_axis(axis: Axis) -> str:
    return f"{axis.label} (tokenizer)" if axis.of == TOKENIZER else axis.label


def _current(base: Base, axis: Axis) -> object:
    """Give the value that is chosen above."""
    if axis.of == SEED:
        return base.seed
    return values_of(base.tokenizer if axis.of == TOKENIZER else base.model)[axis.setting.name]


def _axis(axis: Axis, key: str, current: object) -> Axis:
    """Draw the values of one setting."""
    item, about = axis.setting, forms.describe(axis.setting)
    name = _name_axis(axis)
    if item.type is bool or item.choices:
        options = (False, True) if item.type is bool else item.choices
        picked = st.multiselect(
            name, options, default=list(options), format_func=format_value, key=f"{key}-chosen", help=about
        )
        return Axis(axis.of, item, values=tuple(picked))
    if item.type is str:
        return Axis(axis.of, item, values=_split(st.text_input(name, str(current), key=f"{key}-list", help=about)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        how = st.segmented_control(name, (LIST, RANGE), default=LIST, required=True, key=f"{key}-how", help=about)
        around = _around(axis, current)
        if how != RANGE:
            text = st.text_input("Values, separated by commas", ", ".join(around), key=f"{key}-list", width=320)
            return Axis(axis.of, item, values=_split(text))
        low = st.text_input("From", around[0], key=f"{key}-low", width=120)
        high = st.text_input("To", around[-1], key=f"{key}-high", width=120)
        count = st.number_input(
            "Values in a grid",
            2,
            sweep_axes.LARGEST,
            3,
            key=f"{key}-count",
            width=140,
            help="A random search needs none.",
        )
        wide = item.type is float and bool(item.low) and (item.high or 0) / (item.low or 1) >= _WIDE
        log = st.toggle("Logarithmic", value=wide, key=f"{key}-log", help="Each tenfold gets as many values.")
    return Axis(axis.of, item, low=low, high=high, count=int(count), log=log)


def _around(axis: Axis, current: object) -> list[str]:
    """Suggest half, the same and twice the value that is chosen above, as far as the limits allow."""
    item, value = axis.setting, float(str(current))
    if axis.of == SEED:
        return [str(int(value) + more) for more in range(3)]
    tried = [value / _STEP, value, value * _STEP] if value else [0.0, item.high or 1.0]
    kept = []
    for number in tried:
        number = min(max(number, item.low if item.low is not None else number), item.high or number)
        kept.append(str(int(number)) if item.type is int else f"{number:.4g}")
    return list(dict.fromkeys(kept))


def _split(text: str) -> tuple[object, ...]:
    return tuple(part.strip() for part in text.replace(";", ",").split(",") if part.strip())


class _Wish(NamedTuple):
    """How points are chosen: how many of them, and the seed of what is drawn."""

    method: str
    n: int
    seed: int


def _choose_search(varied: Sequence[Axis], prefix: str) -> _Wish:
    """Draw the method, and of a search how many runs it has and its seed."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = st.segmented_control(
            "Which combinations",
            (GRID, RANDOM, BAYESIAN),
            default=GRID,
            required=True,
            key=f"{prefix}-method",
            help="A grid tries all. With more than two settings a random search finds good ones with fewer runs. A "
            "Bayesian search chooses each run by what the runs before it found, and stops hopeless ones early.",
        )
        n, seed = 20, 0
        if method != GRID:
            n = st.number_input("Runs", 1, sweep_axes.LARGEST, 20, key=f"{prefix}-n", width=140)
            seed = st.number_input(
                "Seed of the search",
                0,
                sweep_axes.LARGEST_SEED,
                0,
                key=f"{prefix}-seed",
                width=160,
                help="The same seed draws the same combinations.",
            )
    return _Wish(str(method), int(n), int(seed))


def _points(varied: Sequence[Axis], wish: _Wish) -> list[Point] | None:
    """Give the points of a grid or a random search, None where they cannot be had, after saying why."""
    try:
        if wish.method == RANDOM:
            points = sweep_axes.sample_random(varied, wish.n, wish.seed)
            if len(points) < wish.n:
                st.caption(f"There are only {len(points)} different combinations; all of them are tried.")
            return points
        points = sweep_axes.make_grid(varied)
        sizes = " × ".join(f"{plain(axis.setting.label)} ({len(axis.grid())})" for axis in varied)
        st.caption(f"{len(points)} combination{'s' * (len(points) != 1)}: {sizes}")
    except UserError as error:
        errors.show(error)
        return None
    return points


def _search(base: Base, varied: Sequence[Axis], wish: _Wish, title: str) -> None:
    """Draw the button that starts a Bayesian search, after what is known of its cost."""
    faults = [fault for axis in varied for fault in axis.faults()]
    if faults:
        errors.show(UserError(" ".join(faults)))
        return
    first = min(wish.n, bayesian.STARTUP)
    st.caption(f"The first {first} runs are drawn at random; each later one is chosen by the results of those before.")
    _tell_time(base, wish.n)
    if st.button(
        f"Start search of {wish.n} run{'s' * (wish.n != 1)}",
        type="primary",
        icon=":material/query_stats:",
        key="start-search",
    ):
        try:
            group = bayesian.start_search(base, varied, wish.n, seed=wish.seed, name=title, owner=state.owner())
        except UserError as error:
            errors.show(error)
            return
        st.query_params.pop("clone", None)
        state.go(state.GROUPS, dataset=base.dataset.id, group=group.id)


def _cost(base: Base, wanted: Sequence[Member], asked: int) -> None:
    """Say how many runs there will be and how long they take, from what one run was measured to take."""
    if len(wanted) < asked:
        st.caption(
            f"{asked - len(wanted)} combinations differ only in settings that do not matter beside the others; they "
            "are left out."
        )
    _tell_time(base, len(wanted))


def _tell_time(base: Base, count: int) -> None:
    """Say how long so many runs take."""
    found = cost.recall(base.dataset, base.model, base.tokenizer, DeviceRequest.of(base.payload))
    many = len(slots.list_slots())
    order = "one after another" if many == 1 else f"{many} at a time"
    rest = f"{order}, after single runs that wait. The best is chosen by the validation part."
    if found is None or found.seconds_low is None or found.seconds_high is None:
        st.caption(f":material/timer: {count} runs, {rest} How long one takes is not known yet.")
        return
    rounds = -(-count // many)
    total = cost.span(found.seconds_low * rounds, found.seconds_high * rounds)
    st.caption(
        f":material/timer: {count} runs, {rest} Expected in all: **{total}**, if each takes as long as with the "
        "settings above."
    )
