"""Predicted against real values, coloured by the density of the points.

Every picture comes twice from the same data: as a plotly figure for the screen and as a matplotlib figure for papers.
"""

import html
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

FloatArray = NDArray[np.float64]

# Hues of about the same lightness, so that sparse and dense points stand out on a white and on a dark page alike.
DENSITY = ("#5b8fc7", "#4678c8", "#6f5fc9", "#a94b9f", "#d0506b")
GUIDE = "#8a8f98"
GL_ABOVE = 2000
_BINS = 64


@dataclass(frozen=True)
class Points:
    """N sequences with what was observed and predicted for one target, in ``unit``.

    Parameters
    ----------
    ids
        (N,) ids of the sequences, as the user wrote them.
    observed, predicted
        (N,) each.
    target, unit
        Name and unit of the target.
    deviation
        (N,) standard deviation over the members of an ensemble; None for other models.
    """

    ids: Sequence[str]
    observed: FloatArray
    predicted: FloatArray
    target: str
    unit: str
    deviation: FloatArray | None = None

    @property
    def label(self) -> str:
        """Name the target with its unit, for an axis."""
        return f"{self.target} ({self.unit})" if self.unit else self.target

    @property
    def limits(self) -> tuple[float, float]:
        """Give the one range, low and high, that both axes share; 4% of air on either side."""
        both = np.concatenate([self.observed, self.predicted]) if len(self.observed) else np.array([0.0, 1.0])
        low, high = float(both.min()), float(both.max())
        air = 0.04 * (high - low) or 0.5
        return low - air, high + air


def density(x: FloatArray, y: FloatArray) -> FloatArray:
    """Estimate how crowded each of N points is, (N,) from above 0 to 1: a smoothed histogram of 64 x 64 cells."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.ones(len(x))
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=_BINS)
    smooth = gaussian_filter(counts, sigma=1.6, mode="constant")
    columns = (x - x_edges[0]) / (x_edges[1] - x_edges[0]) - 0.5
    rows = (y - y_edges[0]) / (y_edges[1] - y_edges[0]) - 0.5
    found: FloatArray = map_coordinates(smooth, [columns, rows], order=1, mode="nearest")
    return found / found.max()


def predicted_against_real(points: Points, *, title: str) -> go.Figure:
    """Draw predicted (y) against observed (x) with the identity line, one range for both axes.

    The figure depends on the points alone, never on what is selected, so that a selection outlives a rerun. Point i of
    trace 0 is row i of ``points``.
    """
    low, high = points.limits
    shade = density(points.observed, points.predicted)
    scatter = go.Scattergl if len(points.ids) > GL_ABOVE else go.Scatter
    hovered, off, spread = points.predicted - points.observed, "customdata", ""
    if points.deviation is not None:
        hovered, off = np.column_stack([hovered, points.deviation]), "customdata[0]"
        spread = " ± %{customdata[1]:.2f} (SD of members)"
    figure = go.Figure(
        scatter(
            x=points.observed,
            y=points.predicted,
            mode="markers",
            text=[html.escape(str(name)) for name in points.ids],
            customdata=hovered,
            marker={"color": shade, "colorscale": _scale(), "size": marker_size(len(points.ids)), "opacity": 0.85},
            selected={"marker": {"opacity": 1.0, "size": 9}},
            unselected={"marker": {"opacity": 0.25}},
            hovertemplate=(
                f"<b>%{{text}}</b><br>observed %{{x:.2f}}<br>predicted %{{y:.2f}}{spread}<br>off by %{{{off}:+.2f}}"
                "<extra></extra>"
            ),
            name="sequences",
        )
    )
    figure.add_shape(type="line", x0=low, y0=low, x1=high, y1=high, line={"color": GUIDE, "width": 1.2, "dash": "dash"})
    label = html.escape(points.label)
    figure.update_layout(
        title={"text": html.escape(title), "font": {"size": 15}},
        xaxis={"title": f"Observed {label}", "range": [low, high], "zeroline": False, "constrain": "domain"},
        yaxis={
            "title": f"Predicted {label}", "range": [low, high], "zeroline": False,
            "scaleanchor": "x", "scaleratio": 1, "constrain": "domain",
        },
        showlegend=False, dragmode="pan", clickmode="event+select", hovermode="closest", height=500,
        margin={"l": 60, "r": 40, "t": 50, "b": 55}, modebar={"orientation": "v"}, uirevision="keep",
    )  # fmt: skip
    return figure


def predicted_against_real_picture(points: Points, *, title: str) -> Figure:
    """Draw the same picture for a paper, 4.2 x 4.2 inches on white."""
    low, high = points.limits
    shade = density(points.observed, points.predicted)
    order = np.argsort(shade)
    figure = Figure(figsize=(4.2, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.scatter(
        points.observed[order], points.predicted[order], c=shade[order], cmap=colour_map(), s=7, linewidths=0,
        rasterized=len(points.ids) > GL_ABOVE,
    )  # fmt: skip
    axes.plot([low, high], [low, high], color=GUIDE, linewidth=0.9, linestyle="--")
    axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    axes.set_xlabel(_plain(f"Observed {points.label}"))
    axes.set_ylabel(_plain(f"Predicted {points.label}"))
    axes.set_title(textwrap.fill(_plain(title), 48), fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def colour_map() -> LinearSegmentedColormap:
    """Give the colours of density to matplotlib."""
    return LinearSegmentedColormap.from_list("density", list(DENSITY))


def marker_size(count: int) -> int:
    """Give the width of a point in pixels, so that few are easy to hit and many do not hide each other."""
    return 8 if count <= 300 else 6 if count <= GL_ABOVE else 4


def _scale() -> list[tuple[float, str]]:
    return [(step / (len(DENSITY) - 1), colour) for step, colour in enumerate(DENSITY)]


def _plain(text: str) -> str:
    """Keep matplotlib from reading the user's dollar signs as mathematics."""
    return text.replace("$", r"\$")
