"""How well tokenizers agree on where tokens meet, and how many motifs each of them cuts through."""

import textwrap
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from lib.figures.theme import apply_style, safe

STATES = ("whole", "cut through", "left out")
_COLOURS = ("#0072B2", "#E69F00", "#98A2B3")
_PATTERNS = ("", "/", ".")
_INK = ("#FFFFFF", "#000000", "#000000")
_WRAPPED = 4
"""Tokenizers up to which their names stand below the map, in lines; more of them get numbers."""


def agreement_map(labels: Sequence[str], matrix: NDArray[np.float64], *, title: str) -> go.Figure:
    """Draw the F1 of the boundaries of every two of T tokenizers, with the number in each cell.

    Parameters
    ----------
    labels
        (T,) names of the tokenizers, no two alike.
    matrix
        (T, T) from 0 to 1.
    """
    names = [safe(label) for label in labels]
    figure = go.Figure(
        go.Heatmap(
            z=matrix,
            x=names,
            y=names,
            zmin=0.0,
            zmax=1.0,
            colorscale="Cividis",
            texttemplate="%{z:.2f}",
            xgap=2,
            ygap=2,
            colorbar={"title": {"text": "F1"}, "thickness": 12, "tickvals": [0, 0.5, 1]},
            hovertemplate="%{y}<br>and %{x}<br>F1 %{z:.3f}<extra></extra>",
        )
    )
    apply_style(figure, safe(title), x="", y="", height=150 + 44 * max(3, len(names)))
    figure.update_xaxes(type="category", showgrid=False)
    below, beside = ["<br>".join(map(safe, _lines(label))) for label in labels], names
    if len(names) > _WRAPPED:
        below = [str(number + 1) for number in range(len(names))]
        beside = [f"{name}  <b>{number}</b>" for name, number in zip(names, below, strict=True)]
    figure.update_xaxes(tickvals=names, ticktext=below, tickangle=0)
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False, tickvals=names, ticktext=beside)
    return figure


def motif_bars(labels: Sequence[str], counts: Sequence[tuple[int, int, int]], *, title: str) -> go.Figure:
    """Draw for each tokenizer how many motif hits stay whole, are cut through and are left out.

    Parameters
    ----------
    labels
        (T,) names of the tokenizers, no two alike.
    counts
        (T,) of (whole, cut, left out).
    """
    names = [safe(label) for label in labels]
    figure = go.Figure(
        [
            go.Bar(
                y=names,
                x=[row[place] for row in counts],
                name=state,
                orientation="h",
                text=[str(row[place]) if row[place] else "" for row in counts],
                textposition="inside",
                insidetextanchor="middle",
                textfont={"color": _INK[place]},
                textangle=0,
                marker={
                    "color": _COLOURS[place],
                    "pattern": {
                        "shape": _PATTERNS[place],
                        "solidity": 0.12,
                        "fgcolor": "#FFFFFF",
                        "size": 7,
                        "fillmode": "overlay",
                    },
                },
                hovertemplate=f"%{{y}}<br>{state}: %{{x}}<extra></extra>",
            )
            for place, state in enumerate(STATES)
        ]
    )
    figure.update_layout(showlegend=True)
    apply_style(figure, safe(title), x="RBP hits (n)", y="", height=150 + 44 * max(3, len(names)), barmode="stack")
    figure.update_layout(bargap=0.25)
    few = max(map(sum, counts), default=0) <= 10
    figure.update_xaxes(rangemode="tozero", tickformat=",d", dtick=1 if few else None)
    figure.update_yaxes(type="category", autorange="reversed")
    return figure


def _lines(label: str) -> list[str]:
    return textwrap.wrap(label, 12, break_long_words=False, break_on_hyphens=True) or [""]
