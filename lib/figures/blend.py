"""What each member that was trained added to a blend."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from lib.figures.theme import apply_style, safe


def draw_blend_path(path: Sequence[Mapping[str, Any]], label: str) -> go.Figure:
    """Draw how good a blend was on held-out sequences after each of its members, over the time spent.

    Parameters
    ----------
    path
        ``label``, cumulative ``seconds`` and ``shortfall`` of each, as ``lib.models.best`` gives them.
    label
        What the shortfall is, for the axis.
    """
    figure = go.Figure(
        go.Scatter(
            x=[step["seconds"] / 60 for step in path],
            y=[step["shortfall"] for step in path],
            mode="lines+markers",
            line={"shape": "hv"},
            text=[safe(step["label"]) for step in path],
            hovertemplate="after %{text}<br>%{x:.1f} min<br>%{y:.3f}<extra></extra>",
            showlegend=False,
        )
    )
    return apply_style(figure, "What more time gave", x="Time spent (min)", y=f"{label}, held out", height=300)
