"""What checks of a result found: the score of each training, and how it grows with the training part."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from lib.figures.colours import RUNS
from lib.figures.theme import styled


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
    return styled(figure, f"{score} of each training", x="", y=score, height=320)


def draw_learning(pieces: Sequence[Mapping[str, Any]], *, key: str, score: str) -> go.Figure:
    """Draw the test score over the number of training sequences, on a logarithmic axis."""
    figure = go.Figure(
        go.Scatter(
            x=[piece["train"] for piece in pieces],
            y=[piece["test"].get(key) for piece in pieces],
            mode="lines+markers",
            line={"color": RUNS[0]},
            hovertemplate="%{x:,} training sequences: %{y:.3f}<extra></extra>",
        )
    )
    figure.update_layout(showlegend=False, xaxis_type="log")
    return styled(figure, "Would more data help?", x="Training sequences", y=score, height=320)
