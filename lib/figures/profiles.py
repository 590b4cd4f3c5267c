"""Counts at each base as pictures: how well windows are predicted, and the mean profile around a motif."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from lib.analysis.motif_profile import Average
from lib.figures.scatter import GL_ABOVE, GUIDE
from lib.figures.theme import apply_style, safe

if TYPE_CHECKING:
    pass

FloatArray = NDArray[np.float64]

OBSERVED, PREDICTED, CHANCE = "#7F858E", "#3B7FBF", "#C98A2B"
"""Colours of what was measured, what the model says, and random places; the first two are those of the ruler."""
_GUIDES = ((OBSERVED, "solid"), (CHANCE, "dash"), ("#D0506B", "dot"))
_BINS = (10, 40)
"""Bars of a histogram, at least and at most."""


class Guide(NamedTuple):
    """A line to compare with, such as the median of a baseline: its name and where it lies."""

    label: str
    value: float


def each_window(
    ids: Sequence[str], values: FloatArray, guides: Sequence[Guide], *, title: str, score: str
) -> go.Figure:
    """Draw how a score spreads over N windows: a histogram, and below it each window as a point that can be chosen.

    The first trace holds the points of the windows whose score is known, in the order of ``find_known``. The figure
    depends on the scores alone, never on what is selected.

    Parameters
    ----------
    ids
        (N,) ids of the windows.
    values
        (N,) scores, NaN where a window has none.
    guides
        What the scores are compared with.
    title, score
        What the chart shows and the name of the axis.
    """
    rows = find_known(values)
    shown = values[rows]
    height = np.random.default_rng(0).uniform(0.08, 0.92, len(rows))
    drawn = go.Scattergl if len(rows) > GL_ABOVE else go.Scatter
    figure = go.Figure(
        drawn(
            x=shown,
            y=height,
            mode="markers",
            name="window",
            yaxis="y2",
            text=[safe(str(ids[row])) for row in rows],
            marker={"color": PREDICTED, "size": 7 if len(rows) <= GL_ABOVE else 4, "opacity": 0.6},
            hovertemplate=f"<b>%{{text}}</b><br>{safe(score)} %{{x:.3f}}<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 0.6}},
        )
    )
    counts, edges = np.histogram(shown, bins=_bins(shown), range=_range(shown))
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": PREDICTED, "opacity": 0.75},
        name="windows",
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate="%{customdata[0]:.2f} to %{customdata[1]:.2f}: %{y} windows<extra></extra>",
    )
    for guide, (colour, dash) in zip(guides, _GUIDES, strict=False):
        label = f"{safe(guide.label)} {guide.value:.2f}".replace("-", "−")
        figure.add_scatter(
            x=[guide.value] * 2,
            y=[0, max(1, counts.max(initial=0))],
            mode="lines",
            name=label,
            hoverinfo="name",
            line={"color": colour, "width": 2, "dash": dash},
            showlegend=True,
        )
    figure.update_layout(showlegend=True)
    figure.update_traces(showlegend=False, selector={"type": "bar"})
    figure.data[0].showlegend = False
    apply_style(figure, safe(title), x=safe(score), y="Windows", height=390)
    figure.update_layout(
        yaxis={"domain": [0.24, 1]},
        clickmode="event+select",
        dragmode="pan",
        uirevision="keep",
        modebar={"orientation": "v"},
        margin={"t": 90, "r": 40},
        yaxis2={
            "domain": [0, 0.2],
            "showticklabels": False,
            "showgrid": False,
            "range": [0, 1],
            "fixedrange": True,
            "zeroline": False,
            "title": None,
        },
    )
    figure.update_xaxes(anchor="y2")
    return figure


def find_known(values: FloatArray) -> NDArray[np.intp]:
    """Give the rows of the windows that have a score, in the order in which ``each_window`` draws them."""
    return np.flatnonzero(np.isfinite(values))


def _bins(values: FloatArray) -> int:
    """Give fewer bars to fewer windows."""
    return int(np.clip(2 * np.sqrt(len(values)), *_BINS))


def _range(values: FloatArray) -> tuple[float, float]:
    """Give whole tenths around the scores, which end at 1."""
    if not len(values):
        return 0.0, 1.0
    low = float(np.floor(values.min() * 10) / 10)
    high = 1.0 if values.max() <= 1 else float(np.ceil(values.max() * 10) / 10)
    return (low, high) if low < high else (low - 0.1, high)


def around_motif(
    found: Mapping[str, tuple[Average, Average]], *, title: str, unit: str, width: int, motif: str
) -> go.Figure:
    """Draw the mean profile around the hits of a motif, observed and predicted, with that around random places.

    Parameters
    ----------
    found
        What ``lib.analysis.motif_profile.around`` gave: ``observed`` and ``predicted``, any or both.
    title, unit
        What the chart shows, and the unit of the means.
    width, motif
        Nucleotides of the motif, which are shaded, and what it is called.
    """
    figure = go.Figure()
    colours = {"observed": OBSERVED, "predicted": PREDICTED}
    for name, (hits, chance) in found.items():
        _band(figure, hits, name=name, colour=colours.get(name, GUIDE), width=2.4, dash="solid")
        if name == "observed" or "observed" not in found:
            _band(figure, chance, name=f"{name}, random places", colour=CHANCE, width=1.6, dash="dot")
    figure.add_vrect(x0=-0.5, x1=width - 0.5, fillcolor=GUIDE, opacity=0.16, line_width=0, layer="below")
    figure.add_annotation(
        x=(width - 1) / 2, y=1, yref="paper", text=safe(motif), showarrow=False, yanchor="top", font={"size": 12}
    )
    figure.update_layout(showlegend=True)
    apply_style(figure, safe(title), x="Position from the first nucleotide of the motif (nt)", y=safe(unit), height=400)
    figure.update_layout(hovermode="x unified", margin={"t": 86})
    figure.update_yaxes(rangemode="tozero")
    return figure


def _band(figure: go.Figure, found: Average, *, name: str, colour: str, width: float, dash: str) -> None:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    fill = f"rgba({red},{green},{blue},0.2)"
    edge = {"mode": "lines", "line": {"width": 0}, "legendgroup": name, "showlegend": False, "hoverinfo": "skip"}
    figure.add_scatter(x=found.offsets, y=found.low, name=f"{name}, low", **edge)
    figure.add_scatter(x=found.offsets, y=found.high, name=f"{name}, high", fill="tonexty", fillcolor=fill, **edge)
    figure.add_scatter(
        x=found.offsets,
        y=found.mean,
        name=name,
        mode="lines",
        legendgroup=name,
        line={"color": colour, "width": width, "dash": dash},
        customdata=np.stack([found.low, found.high], axis=1),
        hovertemplate="%{y:.3g} [%{customdata[0]:.3g}, %{customdata[1]:.3g}]",
    )
