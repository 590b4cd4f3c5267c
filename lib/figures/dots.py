"""Models side by side: a dot for each with its 95% interval, and what was published on other data as an open mark."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from lib.figures.theme import INK, apply_style, safe

PUBLISHED = "#D55E00"
_LINE, _REST = 40, 110


@dataclass(frozen=True)
class Dot:
    """One model: its score with the ends of its interval, and a published one; None where there is none."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    published: float | None = None


def dots(models: Sequence[Dot], *, title: str, score: str) -> go.Figure:
    """Draw N models below each other, the first on top.

    Parameters
    ----------
    models
        In the order in which they are read.
    title, score
        What the chart shows and the name of the axis.
    """
    figure = go.Figure()
    known = [model for model in models if model.value is not None]
    values = [model.value or 0.0 for model in known]
    above = [
        (model.high if model.high is not None else value) - value for model, value in zip(known, values, strict=True)
    ]
    below = [
        value - (model.low if model.low is not None else value) for model, value in zip(known, values, strict=True)
    ]
    figure.add_scatter(
        x=values,
        y=[safe(model.label) for model in known],
        mode="markers",
        name="here, with 95% interval",
        marker={"color": INK, "size": 11},
        error_x={"type": "data", "array": above, "arrayminus": below, "color": INK, "thickness": 2, "width": 6},
        customdata=[[value - less, value + more] for value, less, more in zip(values, below, above, strict=True)],
        hovertemplate="<b>%{y}</b><br>%{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<extra></extra>",
    )
    told = [model for model in models if model.published is not None]
    figure.add_scatter(
        x=[model.published for model in told],
        y=[safe(model.label) for model in told],
        mode="markers",
        name="published, on other data",
        marker={"symbol": "diamond-open", "color": PUBLISHED, "size": 11, "line": {"width": 2}},
        hovertemplate="<b>%{y}</b><br>%{x:.3f}, published on other data<extra></extra>",
    )
    figure.update_layout(showlegend=True)
    apply_style(figure, title, x=score, y="", height=_REST + _LINE * len(models))
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=[safe(model.label) for model in reversed(models)],
        range=[-0.6, len(models) - 0.4],
    )
    return figure


@dataclass(frozen=True)
class Series:
    """A model or run in a picture of several: its name, its colour and its mark."""

    label: str
    colour: str
    symbol: str = "circle"


@dataclass(frozen=True)
class Row:
    """One line of dots: label, n, and for each series the value with the ends of its interval; None for none."""

    label: str
    n: int
    values: Sequence[tuple[float, float, float] | None]


def rows_of_dots(rows: Sequence[Row], series: Sequence[Series], *, title: str, score: str) -> go.Figure:
    """Draw lines of dots below each other, the first on top; in each line the series below each other in their order.

    Parameters
    ----------
    rows
        (R,) each with S values.
    series
        (S,) in the order of the values.
    title, score
        What the chart shows and the name of the axis.
    """
    figure = go.Figure()
    crowded = any(sum(value is not None for value in row.values) > 1 for row in rows)
    apart = 0.8 / max(len(series), 1) if crowded else 0.0
    for place, one in enumerate(series):
        known = [(number, row, value) for number, row in enumerate(rows) if (value := row.values[place]) is not None]
        figure.add_scatter(
            x=[value for _, _, (value, _, _) in known],
            y=[number + (place - (len(series) - 1) / 2) * apart for number, _, _ in known],
            mode="markers",
            name=safe(one.label),
            marker={"color": one.colour, "symbol": one.symbol, "size": 10 if len(series) < 6 or not crowded else 7},
            error_x={
                "type": "data",
                "color": one.colour,
                "thickness": 1.6,
                "width": 4,
                "array": [high - value for _, _, (value, _, high) in known],
                "arrayminus": [value - low for _, _, (value, low, _) in known],
            },
            text=[f"{safe(row.label)}, n = {row.n:,}" for _, row, _ in known],
            customdata=[[low, high] for _, _, (_, low, high) in known],
            hovertemplate=(
                f"<b>{safe(one.label)}</b><br>%{{text}}<br>%{{x:.3f}} [%{{customdata[0]:.3f}}, %{{customdata[1]:.3f}}]"
                "<extra></extra>"
            ),
        )
    height = 110 + round(len(rows) * (max(34, 15 * len(series)) if crowded else 34)) + 40 * crowded
    apply_style(figure, title, x=score, y="", height=height)
    figure.update_layout(
        showlegend=crowded, legend={"yref": "container", "y": 0, "yanchor": "bottom", "traceorder": "normal"}
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[f"{safe(row.label)}<br>n = {row.n:,}" for row in rows],
        range=[len(rows) - 0.45, -0.55],
    )
    return figure
