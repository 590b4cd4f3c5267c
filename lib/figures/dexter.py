"""What a DExTER run found, as figures: its elements along the sequence, and the lattice of one k-mer."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.figures.colours import LOWERS, NEUTRAL, RAISES, scale_signed
from lib.figures.theme import apply_style, axis
from lib.models.dexter.bins import Bins, Cell
from lib.models.dexter.lasso import Variable

MOST = 24
"""Elements in one picture, those with the largest coefficients."""
ANCHORS = {"start": "start", "centre": "centre", "end": "end", "position": "anchor"}
INKS = {"light": "#262730", "dark": "#FAFAFA"}
_BRIGHT = {RAISES: "#C792E0", LOWERS: "#F0894A"}
_LINE, _REST = 24, 130
_THINNEST, _THICKEST = 0.12, 0.86


def sign_colour(value: float, *, dark: bool) -> str:
    """Give the colour of what raises or lowers, readable on the page."""
    colour = RAISES if value > 0 else LOWERS
    return _BRIGHT[colour] if dark else colour


def places(bins: Bins, cell: Cell) -> tuple[int, int]:
    """Give the first and the last base of a region as biologists count: 1 follows the anchor, -1 lies before it.

    >>> places(Bins((-20, -5, 30), "centre"), (0, 2))
    (-20, 30)
    """
    low, high = bins.region(cell)
    return (low + 1 if low >= 0 else low), (high if high > 0 else high - 1)


def region_text(bins: Bins, cell: Cell) -> str:
    """Write where a region lies.

    >>> region_text(Bins((-20, -5, 30), "centre"), (0, 1))
    '−20 to −6 nt'
    """
    first, last = (f"{place:,}".replace("-", "−") for place in places(bins, cell))
    return f"{first} to {last} nt"


def position_axis(bins: Bins) -> str:
    """Name the axis of positions."""
    return axis(f"Position from the {ANCHORS[bins.anchor]}", "nt")


def strongest(variables: Sequence[Variable], count: int = MOST) -> list[Variable]:
    """Give the variables with the largest |coefficient|, from the most raising to the most lowering."""
    kept = [variable for variable in variables if variable.coefficient]
    kept.sort(key=lambda variable: -abs(variable.coefficient))
    return sorted(kept[:count], key=lambda variable: -variable.coefficient)


def thickness(variables: Sequence[Variable]) -> list[float]:
    """Give the height of the bar of each variable, 1 for a whole line, by its |coefficient|."""
    largest = max((abs(variable.coefficient) for variable in variables), default=1.0)
    return [_THINNEST + (_THICKEST - _THINNEST) * abs(variable.coefficient) / largest for variable in variables]


def elements(variables: Sequence[Variable], bins: Bins, *, dark: bool = False) -> go.Figure:
    """Draw the strongest variables as bars over their regions: colour for the sign, height for the coefficient."""
    shown = strongest(variables)
    heights = thickness(shown)
    figure = go.Figure()
    for name, sign in (("raises", 1), ("lowers", -1)):
        rows = [row for row, variable in enumerate(shown) if variable.coefficient * sign > 0]
        part = [shown[row] for row in rows]
        spans = [bins.region(variable.cell) for variable in part]
        figure.add_bar(
            orientation="h",
            y=rows,
            base=[low for low, _ in spans],
            x=[high - low for low, high in spans],
            width=[heights[row] for row in rows],
            name=f"{name} ({len(part)})",
            marker={"color": sign_colour(sign, dark=dark), "line": {"width": 0}},
            customdata=[
                [variable.kmer, region_text(bins, variable.cell), variable.coefficient, variable.correlation]
                for variable in part
            ],
            hovertemplate="<b>%{customdata[0]}</b>, %{customdata[1]}<br>coefficient %{customdata[2]:+.3f}"
            "<br>Spearman's ρ %{customdata[3]:+.3f} (training part)<extra></extra>",
        )
    if bins.edges[0] < 0 < bins.edges[-1]:
        figure.add_vline(x=0, line={"color": "#7F8C96", "width": 1.5, "dash": "dot"})
    figure.update_layout(showlegend=True, barmode="overlay", clickmode="event+select")
    apply_style(figure, "Words by region", x=position_axis(bins), y="", height=_REST + _LINE * max(4, len(shown)))
    figure.update_layout(
        legend={"yref": "container", "y": 0, "yanchor": "bottom"},
        margin={"t": 44, "b": 76},
        bargap=0,
    )
    figure.update_xaxes(range=[bins.edges[0], bins.edges[-1]], showgrid=True)
    figure.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[f"<b>{variable.kmer}</b> {write_signed(variable.coefficient)}" for variable in shown],
        range=[len(shown) - 0.45, -0.55],
        tickfont={"family": "monospace"},
        showgrid=False,
    )
    return figure


def lattice(
    kmer: str, correlations: FloatArray, bins: Bins, *, chosen: Sequence[Cell] = (), dark: bool = False
) -> go.Figure:
    """Draw the correlation of one k-mer in all runs of bins: position across, bins in the run upwards.

    Parameters
    ----------
    correlations
        (B (B + 1) / 2,) in the order of ``Bins.cells``.
    chosen
        The regions that became variables; each gets a mark.
    """
    values, texts = bricks(correlations, bins)
    largest = float(np.abs(correlations).max(initial=0.0)) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=_halves(bins),
            y=list(range(1, len(bins) + 1)),
            zmin=-largest,
            zmax=largest,
            colorscale=scale_signed(dark=dark),
            customdata=texts,
            hoverongaps=False,
            ygap=1,
            colorbar={"title": {"text": "Spearman's ρ", "side": "right"}, "thickness": 12, "tickformat": "+.2f"},
            hovertemplate="%{customdata}<br>Spearman's ρ %{z:+.3f}<extra></extra>",
        )
    )
    halves = _halves(bins)
    borders = [(halves[first + stop - 1], stop - first) for first, stop in bins.cells if first]
    figure.add_scatter(
        x=[place for x, _ in borders for place in (x, x, None)],
        y=[place for _, y in borders for place in (y - 0.5, y + 0.5, None)],
        mode="lines",
        line={"color": NEUTRAL["dark" if dark else "light"], "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    ink = INKS["dark" if dark else "light"]
    figure.add_scatter(
        x=[(halves[first + stop - 1] + halves[first + stop + 1]) / 2 for first, stop in chosen],
        y=[stop - first for first, stop in chosen],
        mode="markers",
        name="a variable",
        hoverinfo="skip",
        marker={"symbol": "diamond-open", "size": 13, "color": ink, "line": {"width": 2.5, "color": ink}},
    )
    figure.update_layout(showlegend=bool(chosen))
    apply_style(
        figure,
        f"{kmer}: correlation with the target by region",
        x=position_axis(bins),
        y="Length of region (bins)",
        height=_REST + 40 + 16 * max(12, min(20, len(bins))),
    )
    figure.update_layout(legend={"yref": "container", "y": 0, "yanchor": "bottom"}, margin={"l": 56, "t": 44, "b": 70})
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(showgrid=False, dtick=1 if len(bins) <= 15 else 5, range=[0.4, len(bins) + 0.6])
    return figure


def bricks(correlations: FloatArray, bins: Bins) -> tuple[FloatArray, NDArray[np.object_]]:
    """Lay a lattice out as rows of bricks, (B, 2 B) of half bins: each row shifted by half a brick from the last.

    The run of bins i to before j lies in row j - i - 1, columns i + j - 1 and i + j; the rest is NaN. Gives the
    correlations, and what each brick says where one points at it.
    """
    count = len(bins)
    values = np.full((count, 2 * count), np.nan)
    texts = np.full((count, 2 * count), "", dtype=object)
    for value, (first, stop) in zip(correlations, bins.cells, strict=True):
        row, column = stop - first - 1, first + stop - 1
        values[row, column : column + 2] = value
        texts[row, column : column + 2] = region_text(bins, (first, stop))
    return values, texts


def _halves(bins: Bins) -> FloatArray:
    """Give the edges and, between them, the middles of the bins, (2 B + 1,)."""
    edges = np.asarray(bins.edges, dtype=np.float64)
    return np.interp(np.arange(2 * len(bins) + 1) / 2, np.arange(len(edges)), edges)


def write_signed(value: float) -> str:
    """Write a number with its sign.

    >>> write_signed(-0.5)
    '−0.50'
    """
    return f"{value:+.2f}".replace("-", "−")
