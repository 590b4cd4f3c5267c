"""What the figures of the data pages share: margins, titles with n, colours of the parts, escaped names."""

import html
from typing import Any

import plotly.graph_objects as go

PARTS = {"train": "#0072B2", "validation": "#E69F00", "test": "#CC79A7"}
"""Colours of the parts of a split (Okabe and Ito)."""
INK = "#4E79A7"
"""Colour of what belongs to no part and no run."""
FIT = "#D55E00"
"""Colour of a fitted line."""
HEIGHT = 300


def safe(text: str) -> str:
    """Escape what a user typed: plotly reads a few HTML tags in titles, labels and hovers."""
    return html.escape(text, quote=False).replace("$", "&#36;")


def axis(name: str, unit: str = "") -> str:
    """Name an axis with its unit.

    >>> axis("Length", "nt")
    'Length (nt)'
    """
    return f"{name} ({unit})" if unit else name


def apply_style(figure: go.Figure, title: str, *, x: str, y: str, height: int = HEIGHT, **layout: Any) -> go.Figure:
    """Give a figure its title and axes; what users typed must have been through ``safe``."""
    figure.update_layout(
        title={"text": title, "font": {"size": 15}, "x": 0, "xref": "container", "y": 0.98, "yanchor": "top"},
        height=height,
        margin={"l": 8, "r": 8, "t": 64 if figure.layout.showlegend else 44, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None, "traceorder": "normal"},
        bargap=0.04,
        hoverlabel={"namelength": -1},
        **layout,
    )
    figure.update_xaxes(title={"text": x, "standoff": 10}, automargin=True, zeroline=False)
    figure.update_yaxes(title={"text": y, "standoff": 14}, automargin=True, zeroline=False)
    return figure
