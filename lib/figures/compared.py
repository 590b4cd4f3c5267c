"""Several runs in one picture: predicted against observed side by side or overlaid, and residual against residual."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from lib.figures.class_points import colour_of
from lib.figures.dots import Series
from lib.figures.scatter import GL_ABOVE, GUIDE, density
from lib.figures.theme import apply_style, safe

FloatArray = NDArray[np.float64]

MOST_POINTS = 60_000
"""Points of all runs together that are drawn at most."""
_COLUMNS, _PANEL = 5, 260


def choose_drawn(count: int, runs: int) -> NDArray[np.intp]:
    """Give which of N sequences are drawn for each run, ascending: all, or a random choice, always the same."""
    most = MOST_POINTS // max(runs, 1)
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, most, replace=False))


def side_by_side(
    ids: Sequence[str], observed: FloatArray, predicted: FloatArray, runs: Sequence[Series], *, label: str
) -> go.Figure:
    """Draw predicted against observed in a panel for each of K runs, all on one scale.

    Parameters
    ----------
    ids, observed
        (N,) each.
    predicted
        (K, N).
    label
        The target with its unit.
    """
    columns = min(len(runs), _COLUMNS)
    lines = -(-len(runs) // columns)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.02,
        vertical_spacing=0.14 / lines,
        subplot_titles=[safe(run.label) for run in runs],
    )
    for place, run in enumerate(runs):
        figure.add_trace(
            _points(ids, observed, predicted[place], run, of=len(runs)),
            row=place // columns + 1,
            col=place % columns + 1,
        )
    figure.update_annotations(font_size=12)
    figure.update_layout(showlegend=False)
    apply_style(figure, safe(label), x="", y="", height=_PANEL * lines + 90)
    figure.update_layout(margin={"t": 70})
    return _identity(figure, observed, predicted, lines=lines)


def overlaid(
    ids: Sequence[str], observed: FloatArray, predicted: FloatArray, runs: Sequence[Series], *, label: str
) -> go.Figure:
    """Draw predicted against observed of K runs in one panel; the arguments are those of ``side_by_side``."""
    figure = make_subplots(rows=1, cols=1)
    figure.add_traces([_points(ids, observed, predicted[place], run, of=len(runs)) for place, run in enumerate(runs)])
    figure.update_layout(showlegend=True)
    apply_style(figure, "", x="", y="", height=520)
    figure = _identity(figure, observed, predicted, lines=1)
    figure.update_xaxes(title=f"Observed {safe(label)}")
    return figure.update_yaxes(title=f"Predicted {safe(label)}")


def _points(ids: Sequence[str], observed: FloatArray, predicted: FloatArray, run: Series, *, of: int) -> Any:
    rows = choose_drawn(len(ids), of)
    kind = go.Scattergl if len(rows) * of > GL_ABOVE else go.Scatter
    return kind(
        x=observed[rows].astype(np.float32),
        y=predicted[rows].astype(np.float32),
        mode="markers",
        name=safe(run.label),
        text=[safe(str(ids[row])) for row in rows],
        marker={
            "color": run.colour,
            "symbol": run.symbol,
            "size": 4 if len(rows) > 400 else 6,
            "opacity": 0.5 if len(rows) > 400 else 0.85,
        },
        hovertemplate=f"<b>%{{text}}</b><br>{safe(run.label)}<br>observed %{{x:.2f}}<br>predicted %{{y:.2f}}"
        "<extra></extra>",
    )


def _identity(figure: go.Figure, observed: FloatArray, predicted: FloatArray, *, lines: int) -> go.Figure:
    low, high = _limits(observed, predicted)
    dashed = {"color": GUIDE, "width": 1.2, "dash": "dash"}
    figure.add_shape(type="line", x0=low, y0=low, x1=high, y1=high, line=dashed, row="all", col="all")
    figure.update_xaxes(range=[low, high])
    figure.update_yaxes(range=[low, high])
    figure.update_xaxes(title="Observed", row=lines)
    figure.update_yaxes(title="Predicted", col=1)
    figure.update_layout(hovermode="closest")
    return figure


def _limits(*values: FloatArray) -> tuple[float, float]:
    low, high = min(float(one.min()) for one in values), max(float(one.max()) for one in values)
    air = 0.04 * (high - low) or 0.5
    return low - air, high + air


def disagreement(
    ids: Sequence[str], first: FloatArray, second: FloatArray, runs: tuple[Series, Series], *, unit: str
) -> go.Figure:
    """Draw the residuals of one run against those of another; off the dashed line they disagree.

    The figure depends on the data alone, so that a selection outlives a rerun. Point i of trace 0 is sequence i.

    Parameters
    ----------
    first, second
        (N,) predicted minus observed of each run, in ``unit``.
    """
    kind = go.Scattergl if len(ids) > GL_ABOVE else go.Scatter
    one, other = (safe(run.label) for run in runs)
    figure = go.Figure(
        kind(
            x=first.astype(np.float32),
            y=second.astype(np.float32),
            mode="markers",
            name="sequences",
            text=[safe(str(name)) for name in ids],
            customdata=(second - first).astype(np.float32),
            marker={
                "size": 6 if len(ids) <= GL_ABOVE else 4,
                "opacity": 0.8,
                "color": density(first, second) if len(ids) <= GL_ABOVE else runs[0].colour,
                "colorscale": [[0, "#5b8fc7"], [0.5, "#6f5fc9"], [1, "#d0506b"]],
            },
            selected={"marker": {"opacity": 1.0, "size": 11}},
            unselected={"marker": {"opacity": 0.3}},
            hovertemplate=f"<b>%{{text}}</b><br>{one} off by %{{x:+.2f}}<br>{other} off by %{{y:+.2f}}<br>they lie "
            "%{customdata:+.2f} apart<extra></extra>",
        )
    )
    low, high = _limits(first, second)
    figure.add_shape(type="line", x0=low, y0=low, x1=high, y1=high, line={"color": GUIDE, "width": 1.2, "dash": "dash"})
    for where in ({"x0": low, "x1": high, "y0": 0, "y1": 0}, {"x0": 0, "x1": 0, "y0": low, "y1": high}):
        figure.add_shape(type="line", line={"color": GUIDE, "width": 0.8}, **where)
    figure.update_layout(showlegend=False)
    of = f" ({unit})" if unit else ""
    apply_style(
        figure, "", x=f"{one}: predicted - observed{safe(of)}", y=f"{other}: predicted - observed{safe(of)}", height=460
    )
    figure.update_layout(
        dragmode="pan", clickmode="event+select", hovermode="closest", uirevision="keep", modebar={"orientation": "v"}
    )
    return figure


def probabilities(
    ids: Sequence[str], first: FloatArray, second: FloatArray, positive: NDArray[np.bool_], runs: tuple[Series, Series]
) -> go.Figure:
    """Draw the probability of a class by one run against that by another; in two corners they call it differently.

    The figure depends on the data alone, so that a selection outlives a rerun. Point i of trace 0 is sequence i.

    Parameters
    ----------
    first, second
        (N,) probabilities.
    positive
        (N,) whether a sequence is of the class; filled marks are, open ones are not.
    """
    kind = go.Scattergl if len(ids) > GL_ABOVE else go.Scatter
    one, other = (safe(run.label) for run in runs)
    figure = go.Figure(
        kind(
            x=first.astype(np.float32),
            y=second.astype(np.float32),
            mode="markers",
            name="sequences",
            text=[safe(str(name)) for name in ids],
            customdata=np.where(positive, "of the class", "of the rest"),
            marker={
                "size": 7 if len(ids) <= GL_ABOVE else 5,
                "opacity": 0.8,
                "color": np.where(positive, colour_of(1), colour_of(0)),
                "symbol": np.where(positive, "circle", "diamond-open"),
            },
            selected={"marker": {"opacity": 1.0, "size": 11}},
            unselected={"marker": {"opacity": 0.3}},
            hovertemplate=f"<b>%{{text}}</b>, %{{customdata}}<br>{one} %{{x:.3f}}<br>{other} %{{y:.3f}}<extra></extra>",
        )
    )
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"color": GUIDE, "width": 1.2, "dash": "dash"})
    for where in ({"x0": 0, "x1": 1, "y0": 0.5, "y1": 0.5}, {"x0": 0.5, "x1": 0.5, "y0": 0, "y1": 1}):
        figure.add_shape(type="line", line={"color": GUIDE, "width": 0.8}, **where)
    figure.update_layout(showlegend=False)
    apply_style(figure, "", x=f"Probability by {one}", y=f"Probability by {other}", height=460)
    ends = {"range": [-0.02, 1.02], "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    figure.update_layout(
        dragmode="pan",
        clickmode="event+select",
        hovermode="closest",
        uirevision="keep",
        modebar={"orientation": "v"},
        margin={"r": 44},
    )
    return figure.update_xaxes(ends).update_yaxes(ends)


def plot_both(
    ids: Sequence[str], first: FloatArray, second: FloatArray, runs: tuple[Series, Series], *, score: str
) -> go.Figure:
    """Draw how well one run meets each sequence against how well another does; above the dashed line the second wins.

    Parameters
    ----------
    first, second
        (N,) scores of each run, such as a correlation; NaN leaves a sequence out.
    score
        What they are.
    """
    known = np.flatnonzero(np.isfinite(first) & np.isfinite(second))
    one, other = (safe(run.label) for run in runs)
    kind = go.Scattergl if len(known) > GL_ABOVE else go.Scatter
    figure = go.Figure(
        kind(
            x=first[known],
            y=second[known],
            mode="markers",
            name="sequences",
            text=[safe(str(ids[place])) for place in known.tolist()],
            marker={
                "size": 7 if len(known) <= GL_ABOVE else 4,
                "opacity": 0.75,
                "color": [runs[0].colour if better else runs[1].colour for better in first[known] > second[known]],
            },
            hovertemplate=f"<b>%{{text}}</b><br>{one} %{{x:.3f}}<br>{other} %{{y:.3f}}<extra></extra>",
        )
    )
    low, high = _limits(first[known], second[known]) if len(known) else (0.0, 1.0)
    figure.add_shape(type="line", x0=low, y0=low, x1=high, y1=high, line={"color": GUIDE, "width": 1.2, "dash": "dash"})
    apply_style(figure, "", x=f"{one}: {safe(score)}", y=f"{other}: {safe(score)}", height=430)
    figure.update_layout(showlegend=False, hovermode="closest", dragmode="pan", modebar={"orientation": "v"})
    return figure
