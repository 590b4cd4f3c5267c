"""Parallel coordinates: every run of a sweep as a line through its settings to its validation R2."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from lib.core.registry import Value

INK = {"light": "#31404B", "dark": "#C9D3DB"}
SCALE = {
    "light": [(0.0, "#DDA53A"), (0.5, "#4E79A7"), (1.0, "#1B1464")],
    "dark": [(0.0, "#B5701C"), (0.5, "#4E9BD1"), (1.0, "#F3FAFF")],
}
"""From low to high: the best stand out from the background of each theme."""
HEIGHT = 380
_MARKED = 7  # values of an axis up to which each is marked
_APART = 0.07  # share of an axis that two marks must lie apart, so that their texts do not touch
_LONGEST = 26


@dataclass(frozen=True)
class Dimension:
    """One axis: a label, the value of each run, and how it is drawn.

    Parameters
    ----------
    values
        (N,) of each run.
    number
        True for numbers, False for names, which get one place each in the order given by ``sorted``.
    log
        Draw numbers on a logarithmic axis; ignored where one is not above 0.
    """

    label: str
    values: Sequence[Value]
    number: bool = True
    log: bool = False

    def place(self) -> tuple[list[float], list[float] | None, list[str] | None]:
        """Give where each run lies on the axis (N,), and the marks with their texts, None where plotly marks it."""
        if not self.number:
            names = sorted({str(value) for value in self.values})
            lies = {name: float(place) for place, name in enumerate(names)}
            return [lies[str(value)] for value in self.values], list(lies.values()), [_cut(name) for name in names]
        numbers = [float(value) for value in self.values]
        log = self.log and min(numbers, default=1.0) > 0
        marks = sorted(set(numbers))
        places = [math.log10(mark) if log else mark for mark in marks]
        if len(marks) > _MARKED or _too_close(places):
            if not log:
                return numbers, None, None
            marks = _decades(marks[0], marks[-1])
            places = [math.log10(mark) for mark in marks]
        placed = [math.log10(number) if log else number for number in numbers]
        return placed, places, [f"{mark:.4g}" for mark in marks]


def parallel(dimensions: Sequence[Dimension], scores: Sequence[float], *, score: str, dark: bool = False) -> go.Figure:
    """Draw N runs as lines; the last axis and the colour are their scores.

    Parameters
    ----------
    dimensions
        The settings that differ.
    scores
        (N,) finite numbers, higher is better.
    score
        Name of the score.
    """
    ink = {"color": INK["dark" if dark else "light"], "size": 13}
    drawn = [_draw_dimension(item) for item in dimensions]
    drawn.append({"label": score, "values": list(scores), "tickformat": ".3f", "range": _wide(scores)})
    low, high = _wide(scores)
    figure = go.Figure(
        go.Parcoords(
            dimensions=drawn,
            line={
                "color": list(scores),
                "colorscale": SCALE["dark" if dark else "light"],
                "cmin": low,
                "cmax": high,
                "showscale": True,
                "colorbar": {
                    "title": {"text": score, "font": ink, "side": "right"},
                    "tickfont": ink,
                    "thickness": 12,
                    "outlinewidth": 0,
                    "tickformat": ".3f",
                    "nticks": 5,
                },
            },
            labelfont=ink,
            tickfont=ink,
            rangefont={**ink, "size": 1, "color": "rgba(0,0,0,0)"},
            labelside="top",
        )
    )
    figure.update_layout(height=HEIGHT, margin={"l": 70, "r": 30, "t": 56, "b": 24})
    return figure


def _draw_dimension(item: Dimension) -> dict[str, object]:
    places, marks, texts = item.place()
    found: dict[str, object] = {"label": _cut(item.label), "values": places}
    if marks is not None:
        found |= {"tickvals": marks, "ticktext": texts, "range": _wide([*places, *marks])}
    return found


def _wide(numbers: Sequence[float]) -> list[float]:
    """Give the ends of an axis, a little apart where all numbers are one."""
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    return [low, high] if high > low else [low - 0.5, high + 0.5]


def _too_close(places: Sequence[float]) -> bool:
    return any(after - before < _APART * (places[-1] - places[0]) for before, after in itertools.pairwise(places))


def _decades(low: float, high: float) -> list[float]:
    """Give powers of ten between two numbers, and the numbers themselves at both ends."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    between = [10.0**power for power in range(first, last + 1)]
    near = [mark for mark in between if mark / low > 1.5 and high / mark > 1.5]
    return [low, *near, high]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def order(scores: Sequence[float | None]) -> list[int]:
    """Give the places of N scores from the best to the worst, those without one last, equal ones as they come."""
    keys = np.array([-math.inf if score is None else score for score in scores], dtype=float)
    return [int(place) for place in np.argsort(-keys, kind="stable")]
