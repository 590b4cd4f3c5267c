"""Models side by side: a dot for each with its 95% interval, and what was published on other data as an open mark."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from lib.plots.theme import INK, safe, styled

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
        x=values, y=[safe(model.label) for model in known], mode="markers", name="here, with 95% interval",
        marker={"color": INK, "size": 11},
        error_x={"type": "data", "array": above, "arrayminus": below, "color": INK, "thickness": 2, "width": 6},
        customdata=[[value - less, value + more] for value, less, more in zip(values, below, above, strict=True)],
        hovertemplate="<b>%{y}</b><br>%{x:.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<extra></extra>",
    )  # fmt: skip
    told = [model for model in models if model.published is not None]
    figure.add_scatter(
        x=[model.published for model in told], y=[safe(model.label) for model in told], mode="markers",
        name="published, on other data",
        marker={"symbol": "diamond-open", "color": PUBLISHED, "size": 11, "line": {"width": 2}},
        hovertemplate="<b>%{y}</b><br>%{x:.3f}, published on other data<extra></extra>",
    )  # fmt: skip
    figure.update_layout(showlegend=True)
    styled(figure, title, x=score, y="", height=_REST + _LINE * len(models))
    figure.update_yaxes(
        categoryorder="array", categoryarray=[safe(model.label) for model in reversed(models)],
        range=[-0.6, len(models) - 0.4],
    )  # fmt: skip
    return figure
