"""Residuals against a property of the sequences, to see where the model errs: at high GC, or in long UTRs."""

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from lib.figures.scatter import GL_ABOVE, GUIDE, marker_size

FloatArray = NDArray[np.float64]

POINT = "#5b8fc7"
TREND = "#d0506b"
MOST_DRAWN = 10_000
"""Points that are drawn at most; the medians are those of all."""


@dataclass(frozen=True)
class Residuals:
    """N residuals, predicted minus observed in ``unit``, against one property of the sequences.

    Parameters
    ----------
    ids
        (N,) ids of the sequences, as the user wrote them.
    residual, x
        (N,) each.
    measure, unit
        What ``x`` is, with its unit ("GC content (%)"), and the unit of the residual.
    """

    ids: Sequence[str]
    residual: FloatArray
    x: FloatArray
    measure: str
    unit: str

    @property
    def label(self) -> str:
        """Name the residual with its unit, for an axis."""
        return f"Predicted - observed ({self.unit})" if self.unit else "Predicted - observed"


def gc_percent(sequences: Sequence[str]) -> FloatArray:
    """Give the share of G and C among the A C G T of each sequence, (N,) in percent; 0 where there are none.

    >>> gc_percent(["GGCA", "AN", "NN"]).tolist()
    [75.0, 0.0, 0.0]
    """
    return np.array([_gc(sequence) for sequence in sequences], dtype=np.float64)


def _gc(sequence: str) -> float:
    strong = sequence.count("G") + sequence.count("C")
    known = strong + sequence.count("A") + sequence.count("T")
    return 100.0 * strong / known if known else 0.0


def trend(x: FloatArray, residual: FloatArray, *, bins: int = 10) -> tuple[FloatArray, FloatArray]:
    """Give the median x and the median residual of up to ``bins`` groups of about equally many points, by rising x.

    Points of the same x stay in one group, so that a property with one value gives one group.
    """
    if not len(x):
        return np.empty(0), np.empty(0)
    edges = np.unique(np.quantile(x, np.linspace(0, 1, bins + 1)))
    group = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, max(len(edges) - 2, 0))
    present = np.unique(group)
    middle = np.array([np.median(x[group == which]) for which in present])
    return middle, np.array([np.median(residual[group == which]) for which in present])


def choose_drawn(data: Residuals) -> NDArray[np.intp]:
    """Give the rows that are drawn as points, ascending: all, or of very many a random choice, always the same."""
    count = len(data.ids)
    if count <= MOST_DRAWN:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, MOST_DRAWN, replace=False))


def residuals_against(data: Residuals, *, title: str) -> go.Figure:
    """Draw residuals (y) against the property (x) with the median of each tenth of all points."""
    rows = choose_drawn(data)
    scatter = go.Scattergl if len(rows) > GL_ABOVE else go.Scatter
    figure = go.Figure(
        scatter(
            x=data.x[rows].astype(np.float32),
            y=data.residual[rows].astype(np.float32),
            mode="markers",
            name="sequences",
            text=[html.escape(str(data.ids[row])) for row in rows],
            marker={"color": POINT, "size": marker_size(len(data.ids)) - 1, "opacity": 0.45},
            hovertemplate="<b>%{text}</b><br>%{x:.4g}<br>off by %{y:+.2f}<extra></extra>",
        )
    )
    middle, level = trend(data.x, data.residual)
    figure.add_trace(
        go.Scatter(
            x=middle,
            y=level,
            mode="lines+markers",
            name="median of a tenth",
            line={"color": TREND, "width": 2},
            marker={"size": 6},
            hovertemplate="median %{y:+.2f}<extra></extra>",
        )
    )
    figure.add_hline(y=0, line={"color": GUIDE, "width": 1.2, "dash": "dash"})
    figure.update_layout(
        title={"text": html.escape(title), "font": {"size": 15}},
        xaxis={"title": html.escape(data.measure), "zeroline": False},
        yaxis={"title": html.escape(data.label), "zeroline": False},
        showlegend=False,
        height=340,
        margin={"l": 60, "r": 10, "t": 50, "b": 50},
        hovermode="closest",
    )
    return figure
