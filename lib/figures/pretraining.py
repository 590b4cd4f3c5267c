"""What a pretraining learned, epoch by epoch: the losses of hidden letters, structure and energy."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.figures.curves import TRAIN, VALIDATION
from lib.figures.theme import safe

PANELS = (
    ("letters", "Hidden letters", "nats a letter"),
    ("structure", "Structure", "nats a base"),
    ("energy", "Folding energy", "squared, variance 1"),
)
_FEW = 8  # epochs of which each has its tick


def losses(table: pd.DataFrame, *, title: str, best: int | None = None, height: int = 300) -> go.Figure:
    """Draw each loss of the training and of what is held out, side by side.

    Parameters
    ----------
    table
        Columns ``epoch``, the three losses, and each again after ``validation_``.
    title
        Title of the figure.
    best
        The epoch that is kept, marked by a line; None while it is not known.
    height
        Pixels.
    """
    figure = make_subplots(rows=1, cols=len(PANELS), horizontal_spacing=0.09)
    for column, (part, name, unit) in enumerate(PANELS, start=1):
        for label, key, colour, symbol in (
            ("Training", part, TRAIN, "circle"),
            ("Held out", f"validation_{part}", VALIDATION, "diamond"),
        ):
            line = go.Scatter(
                x=table["epoch"],
                y=table[key],
                name=label,
                legendgroup=label,
                showlegend=column == 1,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"symbol": symbol, "size": 6},
                hovertemplate=f"{name}, {label.lower()}: %{{y:.3f}}<br>epoch %{{x:.0f}}<extra></extra>",
            )
            figure.add_trace(line, row=1, col=column)
        figure.update_yaxes(row=1, col=column, zeroline=False, automargin=True)
        below = f"{name}<br>({unit})"  # above, or beside the axis, panels of a narrow page leave it no room
        figure.update_xaxes(title=below, row=1, col=column, zeroline=False, tickformat="d", nticks=6, automargin=True)
    if len(table) < _FEW:
        figure.update_xaxes(dtick=1)
    if best is not None:
        figure.add_vline(x=best, line={"color": "#8A929A", "dash": "dot", "width": 1})
    figure.update_layout(
        title={"text": safe(title), "font": {"size": 15}, "x": 0, "xref": "container", "y": 0.98, "yanchor": "top"},
        height=height,
        margin={"l": 8, "r": 8, "t": 72, "b": 8},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None},
    )
    return figure
