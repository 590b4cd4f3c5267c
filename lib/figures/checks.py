"""What checks of a result found: the score of each training, and how it grows with the training part."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from lib.figures.colours import RUNS
from lib.figures.theme import apply_style


def draw_pieces(pieces: Sequence[Mapping[str, Any]], *, key: str, score: str, own: float | None) -> go.Figure:
    """Draw the test score of each training of a check, beside that of the run itself.

    Parameters
    ----------
    pieces
        ``name`` and ``test`` of each, as ``lib.training.checks`` gives them.
    key, score
        The metric, and its name for the axis.
    own
        That of the run.
    """
    figure = go.Figure(
        go.Scatter(
            x=[piece["name"] for piece in pieces],
            y=[piece["test"].get(key) for piece in pieces],
            mode="markers",
            marker={"color": RUNS[0], "size": 9},
            name="trained again",
            customdata=[piece["test"]["n"] for piece in pieces],
            hovertemplate="%{x}: %{y:.3f}, n = %{customdata:,}<extra></extra>",
        )
    )
    if own is not None:
        figure.add_hline(y=own, line={"dash": "dash", "color": "#8A969F"}, annotation_text="this run")
    figure.update_layout(showlegend=False)
    return apply_style(figure, f"{score} of each training", x="", y=score, height=320)


def draw_learning(pieces: Sequence[Mapping[str, Any]], *, key: str, score: str) -> go.Figure:
    """Draw the test score of each draw over the number of training sequences, and the mean as a line; log axis."""
    known = [(piece["train"], piece["test"][key]) for piece in pieces if piece["test"].get(key) is not None]
    sizes = sorted({size for size, _ in known})
    means = [float(np.mean([value for other, value in known if other == size])) for size in sizes]
    said = "%{x:,} training sequences: %{y:.3f}<extra></extra>"
    figure = go.Figure(
        [
            go.Scatter(x=sizes, y=means, mode="lines", line={"color": RUNS[0]}, name="mean", hovertemplate=said),
            go.Scatter(
                x=[size for size, _ in known],
                y=[value for _, value in known],
                mode="markers",
                marker={"color": RUNS[0], "size": 8, "opacity": 0.7},
                name="one draw",
                hovertemplate=said,
            ),
        ]
    )
    ticks = {"type": "log", "tickvals": sizes, "ticktext": [f"{size:,}" for size in sizes]}
    figure.update_layout(showlegend=False, xaxis=ticks)
    return apply_style(figure, "Would more data help?", x="Training sequences", y=score, height=320)
