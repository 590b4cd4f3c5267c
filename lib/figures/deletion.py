"""Deletion curves: what the prediction does while bases are replaced, in the order of an attribution and at random."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lib.attribution.faithfulness import Deletion
from lib.figures.colours import LOWERS, RAISES
from lib.figures.theme import apply_style, axis, safe

LOOKS = {
    "raising bases first": (RAISES, "solid", "triangle-down"),
    "lowering bases first": (LOWERS, "dash", "triangle-up"),
    "smallest first": (LOWERS, "dash", "triangle-down"),
    "largest first": (RAISES, "solid", "triangle-up"),
}
_GREY = "#8A929A"


def deletion_curve(found: Deletion, *, title: str, unit: str = "") -> go.Figure:
    """Draw the curves of an attribution over the mean of random orders with the band of 95% of them.

    Parameters
    ----------
    found
        What ``lib.attribution.faithfulness.deletion`` found.
    title, unit
        Title, and unit of the target.
    """
    share = 100 * found.shares
    low, high = found.interval()
    figure = go.Figure(
        [
            go.Scatter(
                x=np.concatenate([share, share[::-1]]),
                y=np.concatenate([high, low[::-1]]),
                fill="toself",
                fillcolor="rgba(138,146,154,0.25)",
                line={"width": 0},
                name="95% of random orders",
                hoverinfo="skip",
            ),
            go.Scatter(
                x=share,
                y=found.random.mean(axis=0),
                name=f"random orders, mean of {len(found.random)}",
                mode="lines",
                line={"color": _GREY, "dash": "dot", "width": 2},
            ),
        ]
    )
    for name, curve in found.curves.items():
        colour, dash, symbol = LOOKS[name]
        line = {"color": colour, "dash": dash, "width": 2}
        figure.add_trace(
            go.Scatter(
                x=share, y=curve, name=name, mode="lines+markers", line=line, marker={"symbol": symbol, "size": 7}
            )
        )
    figure.update_traces(hovertemplate="%{x:.0f}% replaced: %{y:+.3f}", selector={"mode": "lines+markers"})
    figure.update_layout(showlegend=True)
    y = axis("Change of the prediction" if found.signed else "Size of the change", unit)
    apply_style(figure, safe(title), x="Bases replaced (%)", y=safe(y), height=340)
    figure.update_yaxes(zeroline=True)
    figure.update_layout(margin={"t": 96})
    return figure


def deletion_table(found: Deletion) -> pd.DataFrame:
    """Give the numbers of the curves: share replaced, each curve, mean of the random orders and where 95% lie."""
    low, high = found.interval()
    return pd.DataFrame(
        {
            "share replaced": found.shares,
            **found.curves,
            "random mean": found.random.mean(axis=0),
            "random low": low,
            "random high": high,
        }
    )
