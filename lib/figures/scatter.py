"""Predicted against real values, coloured by the density of the points, with a histogram along either axis.

Up to ``MOST_DRAWN`` points each is drawn by itself. Above that the crowded middle is a map of counts, and only the
outlying points are drawn by themselves; these can still be hovered and chosen.
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]

# Hues of about the same lightness, so that sparse and dense points stand out on a white and on a dark page alike.
DENSITY = ("#5b8fc7", "#4678c8", "#6f5fc9", "#a94b9f", "#d0506b")
GUIDE = "#8a8f98"
GL_ABOVE = 2000
MOST_DRAWN = 100_000
"""Points that are drawn by themselves; of more only the ``OUTLYING`` ones are."""
OUTLYING = 20_000
_BINS = 64
_CELLS = 160
_BARS = 50
_LEVELS = 12  # one colour a trace: a colour a point costs a browser seconds for 100,000 points
_LONGEST = 400  # bytes of a name up to which an array of names, all as wide as the longest, is no waste
_MARGIN = 0.87  # share of the picture below and left of the histograms


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
    return np.asarray(found / found.max())


def layers(points: Points) -> list[Rows]:
    """Give the rows that the first traces of the figure draw, ascending: trace i holds the points ``layers[i]``.

    Few points are one trace. Of many each trace holds those of about the same density, the sparsest first; of more than
    ``MOST_DRAWN`` the ``OUTLYING`` sparsest alone.
    """
    count = len(points.ids)
    if count <= GL_ABOVE:
        return [np.arange(count)]
    shade = density(points.observed, points.predicted)
    drawn = np.arange(count)
    if count > MOST_DRAWN:
        drawn = np.sort(np.argpartition(shade, OUTLYING)[:OUTLYING])
    level = np.minimum((shade[drawn] * _LEVELS).astype(np.intp), _LEVELS - 1)
    return [drawn[level == number] for number in range(_LEVELS)]


def rows_of(points: Points, chosen: Iterable[tuple[int, int]]) -> list[int]:
    """Give the rows of points that were chosen in the figure, as numbers of trace and point; bars are left out."""
    asked = list(chosen)
    if not asked:
        return []
    held = layers(points)
    return [int(held[trace][place]) for trace, place in asked if trace < len(held) and place < len(held[trace])]


def plot_predicted_against_observed(points: Points, *, title: str) -> go.Figure:
    """Draw predicted (y) against observed (x) with the identity line, one range for both axes, and their histograms.

    The figure depends on the points alone, never on what is selected, so that a selection outlives a rerun. The first
    traces hold the points as ``layers`` says.
    """
    low, high = points.limits
    held = layers(points)
    names = _escape(points.ids)
    traces: list[Any] = [_trace(points, names, rows, number, of=len(held)) for number, rows in enumerate(held)]
    if len(points.ids) > MOST_DRAWN:
        traces.append(_map(points, np.concatenate(held)))
    traces += _histograms(points)
    label = html.escape(points.label)
    axis: dict[str, Any] = {"range": [low, high], "zeroline": False, "constrain": "domain", "domain": [0, _MARGIN]}
    beside = {"domain": [_MARGIN + 0.01, 1], "showgrid": False, "zeroline": False, "showticklabels": False}
    line = {"color": GUIDE, "width": 1.2, "dash": "dash"}
    return go.Figure(
        traces,
        {
            "title": {"text": html.escape(title), "font": {"size": 15}},
            "shapes": [{"type": "line", "x0": low, "y0": low, "x1": high, "y1": high, "line": line}],
            "xaxis": {**axis, "title": f"Observed {label}", "constraintoward": "right"},
            "yaxis": {
                **axis,
                "title": f"Predicted {label}",
                "scaleanchor": "x",
                "scaleratio": 1,
                "constraintoward": "top",
            },
            "xaxis2": {**beside, "anchor": "y", "fixedrange": True},
            "yaxis2": {**beside, "anchor": "x", "fixedrange": True},
            "showlegend": False,
            "dragmode": "pan",
            "clickmode": "event+select",
            "hovermode": "closest",
            "height": 490,
            "margin": {"l": 60, "r": 40, "t": 50, "b": 55},
            "modebar": {"orientation": "v"},
            "uirevision": "keep",
            "bargap": 0.05,
        },
    )


def _trace(points: Points, names: NDArray[np.str_], rows: Rows, number: int, *, of: int) -> Any:
    """Draw the points of one layer; the numbers are halved in size, which no eye can see."""
    many = of > 1
    if many:
        colour: dict[str, Any] = {"color": _colour((number + 0.5) / of)}
    else:
        colour = {"color": density(points.observed, points.predicted), "colorscale": _scale()}
    off = (points.predicted - points.observed)[rows].astype(np.float32)
    hovered, where, spread = off, "customdata", ""
    if points.deviation is not None:
        hovered, where = np.column_stack([off, points.deviation[rows].astype(np.float32)]), "customdata[0]"
        spread = " ± %{customdata[1]:.2f} (SD of members)"
    return {
        "type": "scattergl" if many else "scatter",
        "mode": "markers",
        "name": "sequences",
        "x": points.observed[rows].astype(np.float32),
        "y": points.predicted[rows].astype(np.float32),
        "text": names[rows] if names.itemsize <= _LONGEST else names[rows].tolist(),
        "customdata": hovered,
        "marker": {**colour, "size": marker_size(len(points.ids)), "opacity": 0.85},
        "selected": {"marker": {"opacity": 1.0, "size": 6 if many else 9}},
        "unselected": {"marker": {"opacity": 0.25}},
        "hovertemplate": (
            f"<b>%{{text}}</b><br>observed %{{x:.2f}}<br>predicted %{{y:.2f}}{spread}<br>off by %{{{where}:+.2f}}"
            "<extra></extra>"
        ),
    }


def _escape(ids: Sequence[str]) -> NDArray[np.str_]:
    """Escape names; all at once where none holds a letter that means anything to HTML. Plotly is quick with arrays."""
    names = [str(name) for name in ids]
    together = "\n".join(names)
    if html.escape(together) != together:
        names = [html.escape(name) for name in names]
    return np.array(names, dtype=np.str_)


def _map(points: Points, apart: Rows) -> Any:
    """Count the points of each cell that are not drawn by themselves; empty cells stay clear."""
    low, high = points.limits
    crowded = np.ones(len(points.ids), dtype=bool)
    crowded[apart] = False
    edges = np.linspace(low, high, _CELLS + 1)
    counts = np.histogram2d(points.predicted[crowded], points.observed[crowded], bins=[edges, edges])[0]
    middle = (edges[:-1] + edges[1:]) / 2
    shade = np.where(counts > 0, np.log10(np.maximum(counts, 1)), np.nan).astype(np.float32)
    return {
        "type": "heatmap",
        "x": middle,
        "y": middle,
        "z": shade,
        "customdata": counts.astype(np.int32),
        "colorscale": _scale(),
        "showscale": False,
        "name": "counts",
        "hovertemplate": "%{customdata:,} sequences in this cell<br>observed about %{x:.2f}<br>predicted about %{y:.2f}"
        "<extra></extra>",
    }


def _histograms(points: Points) -> list[Any]:
    """Give the histogram of the observed values above the picture and of the predicted ones beside it."""
    low, high = points.limits
    bars = []
    for values, word, length, place in (
        (points.observed, "observed", "y", "x"),
        (points.predicted, "predicted", "x", "y"),
    ):
        counts, edges = np.histogram(values, bins=_BARS, range=(low, high))
        middle = (edges[:-1] + edges[1:]) / 2
        bars.append(
            {
                "type": "bar",
                place: middle,
                length: counts,
                "orientation": "v" if place == "x" else "h",
                f"{length}axis": f"{length}2",
                "marker": {"color": DENSITY[0], "line": {"width": 0}},
                "name": word,
                "hovertemplate": f"{word} about %{{{place}:.2f}}: %{{{length}:,}} sequences<extra></extra>",
            }
        )
    return bars


def colour_map() -> LinearSegmentedColormap:
    """Give the colours of density to matplotlib."""
    return LinearSegmentedColormap.from_list("density", list(DENSITY))


def marker_size(count: int) -> int:
    """Give the width of a point in pixels, so that few are easy to hit and many do not hide each other."""
    return 8 if count <= 300 else 6 if count <= GL_ABOVE else 4 if count <= 20_000 else 3


def _colour(place: float) -> str:
    """Give the colour at a place from 0 to 1 of the scale of density."""
    red, green, blue, _ = colour_map()(place)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"


def _scale() -> list[tuple[float, str]]:
    return [(step / (len(DENSITY) - 1), colour) for step, colour in enumerate(DENSITY)]
