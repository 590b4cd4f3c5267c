"""How a Bayesian search went: its scores in turn, and which settings mattered."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from lib.figures.colours import RUNS
from lib.figures.theme import apply_style, safe


def draw_search_history(scores: Sequence[float | None], *, score: str) -> go.Figure:
    """Draw the score of each run of a search in turn, and the best so far.

    Parameters
    ----------
    scores
        Validation metric of each run in the order in which they were chosen; None where there is none.
    score
        What it is, for the axis.
    """
    values = np.array([np.nan if value is None else value for value in scores], dtype=np.float64)
    numbers = np.arange(1, len(values) + 1)
    best = np.fmax.accumulate(values) if len(values) else values
    figure = go.Figure(
        [
            go.Scatter(x=numbers, y=values, mode="markers", name="run", marker={"color": RUNS[0], "size": 7}),
            go.Scatter(x=numbers, y=best, mode="lines", name="best so far", line={"shape": "hv", "color": "#8A969F"}),
        ]
    )
    figure.update_layout(showlegend=True)
    return apply_style(figure, "Score of each run", x="Run, in turn", y=score, height=320)


def draw_importance(shares: Mapping[str, float]) -> go.Figure:
    """Draw how much each setting mattered: shares of the variance of the score, by functional ANOVA.

    Parameters
    ----------
    shares
        By the name of the setting; 1 in sum.
    """
    rising = sorted(shares.items(), key=lambda item: item[1])
    figure = go.Figure(
        go.Bar(
            x=[share for _, share in rising],
            y=[safe(name) for name, _ in rising],
            orientation="h",
            marker={"color": RUNS[0]},
            hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        )
    )
    figure.update_layout(showlegend=False)
    return apply_style(
        figure, "Which settings mattered", x="Share of the variance", y="", height=120 + 32 * len(rising)
    )
