"""The predicted probability of one class for every sequence, in a band for each true class, and a threshold through it.

The figure of up to ``MOST_DRAWN`` sequences draws each; of more, the most confidently wrong ones and a random choice.
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from lib.figures.scatter import GUIDE
from lib.figures.theme import apply_style, safe
from lib.tasks.class_card import name_class

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]

CLASSES = ("#C2570C", "#8E5BB5", "#2A8F7B", "#B0861B", "#4C82C4", "#C25A86", "#6F7F35", "#7F7F7F")
"""Colours of classes in their order; that of two classes is orange for the first and purple for the positive one."""
MOST_DRAWN = 20_000
GL_ABOVE = 2000
_BINS = 60
_BAND, _HEADS = 96, 96  # pixels of a band, and of title and axis together


def colour_of(position: int) -> str:
    """Give the colour of the class at a position; after the eighth they repeat."""
    return CLASSES[position % len(CLASSES)]


@dataclass(frozen=True)
class ClassPoints:
    """N sequences with their true class and the predicted probability of one class.

    Parameters
    ----------
    ids
        (N,) ids of the sequences, as the user wrote them.
    classes
        (K,) names.
    observed
        (N,) number of the true class.
    probability
        (N,) predicted probability of class ``chosen``, 0 to 1.
    chosen
        Number of the class whose probability is shown.
    """

    ids: Sequence[str]
    classes: Sequence[str]
    observed: NDArray[np.intp]
    probability: FloatArray
    chosen: int

    @property
    def positive(self) -> NDArray[np.bool_]:
        """Say of each sequence whether it is of the chosen class, (N,)."""
        return np.asarray(self.observed == self.chosen)

    @property
    def miss(self) -> FloatArray:
        """Give how far each probability is from the truth, (N,) from 0 to 1."""
        return np.asarray(np.abs(self.probability - self.positive))

    @cached_property
    def layers(self) -> list[Rows]:
        """Give the rows that each of the K traces draws: trace k holds sequences of class k."""
        count = len(self.ids)
        kept = np.ones(count, dtype=bool)
        if count > MOST_DRAWN:
            chosen = np.random.default_rng(0).choice(count, MOST_DRAWN, replace=False)
            worst = np.argpartition(-self.miss, MOST_DRAWN // 10)[: MOST_DRAWN // 10]
            kept = np.isin(np.arange(count), np.concatenate([chosen[: -len(worst)], worst]))
        return [np.flatnonzero(kept & (self.observed == number)) for number in range(len(self.classes))]


def rows_of(points: ClassPoints, chosen: Iterable[tuple[int, int]]) -> list[int]:
    """Give the rows of points that were chosen in the figure, as numbers of trace and point."""
    held = points.layers
    return [int(held[trace][place]) for trace, place in chosen if trace < len(held) and place < len(held[trace])]


def spread(values: FloatArray) -> FloatArray:
    """Give each of N probabilities a place across its band, (N,) from -0.4 to 0.4: the wider, the more are like it.

    The places are the same each time; neighbours lie far apart.
    """
    if not len(values):
        return np.empty(0)
    bins = np.clip((values * _BINS).astype(np.intp), 0, _BINS - 1)
    density = gaussian_filter1d(np.bincount(bins, minlength=_BINS).astype(np.float64), 1.0, mode="nearest")[bins]
    order = np.argsort(values, kind="stable")
    turn = np.empty(len(values))
    turn[order] = (np.arange(1, len(values) + 1) * 0.6180339887498949) % 1.0  # the golden ratio leaves no stripes
    return np.asarray((turn - 0.5) * 0.8 * np.maximum(density / density.max(), 0.08))


def probabilities_by_class(points: ClassPoints, *, title: str, threshold: float | None = None) -> go.Figure:
    """Draw the probability of the chosen class (x) in a band for each true class (y), the chosen one on top.

    The first K traces hold the points as ``layers`` says, so that a click can be told from the figure alone.
    """
    name = name_class(points.classes[points.chosen])
    order = [number for number in range(len(points.classes)) if number != points.chosen] + [points.chosen]
    height = {number: place for place, number in enumerate(order)}
    figure = go.Figure()
    many = len(points.ids) > GL_ABOVE
    for number, rows in enumerate(points.layers):
        figure.add_trace(_band(points, number, rows, at=height[number], many=many))
    if threshold is not None:
        figure.add_vline(x=threshold, line={"color": GUIDE, "width": 1.6, "dash": "dash"})
    counts = np.bincount(points.observed, minlength=len(points.classes))
    figure.update_layout(showlegend=False)
    apply_style(
        figure,
        safe(title),
        x=f"Predicted probability of {safe(name)}",
        y="True class",
        height=_HEADS + max(_BAND * len(order), 2 * _BAND),
    )
    figure.update_xaxes(range=[-0.02, 1.02], tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_yaxes(
        tickvals=list(range(len(order))),
        range=[-0.5, len(order) - 0.5],
        showgrid=False,
        ticktext=[f"{safe(_short(points.classes[number]))}<br>n = {counts[number]:,}" for number in order],
    )
    return figure.update_layout(
        dragmode="pan",
        clickmode="event+select",
        hovermode="closest",
        uirevision="keep",
        modebar={"orientation": "v"},
        margin={"r": 44},
    )


def _band(points: ClassPoints, number: int, rows: Rows, *, at: int, many: bool) -> Any:
    values = points.probability[rows]
    kind = go.Scattergl if many else go.Scatter
    return kind(
        x=values.astype(np.float32),
        y=(at + spread(values)).astype(np.float32),
        mode="markers",
        name=safe(points.classes[number]),
        text=[html.escape(str(points.ids[row])) for row in rows],
        marker={"color": colour_of(number), "size": 5 if many else 7, "opacity": 0.6},
        selected={"marker": {"opacity": 1.0, "size": 10}},
        unselected={"marker": {"opacity": 0.25}},
        hovertemplate=f"<b>%{{text}}</b><br>true class {safe(points.classes[number])}<br>predicted probability of "
        f"{safe(points.classes[points.chosen])} %{{x:.3f}}<extra></extra>",
    )


def _short(name: str, length: int = 24) -> str:
    return name if len(name) <= length else f"{name[: length - 1]}…"
