"""How many sequences each class has: a bar for each class, cut by part."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from lib.figures.theme import INK, PARTS, apply_style, safe

_LONGEST = 30


def class_bars(counts: pd.DataFrame, *, title: str = "Classes", height: int = 0) -> go.Figure:
    """Draw the members of each class.

    Parameters
    ----------
    counts
        A row for each class, a column for each part, or one called ``sequences``.
    title
        What it is, without n.
    height
        Pixels; 0 for a height that fits the classes.
    """
    names = _shorten(counts.index.astype(str).tolist())
    figure = go.Figure()
    for part in counts.columns:
        shares = 100 * counts[part] / max(1, int(counts[part].sum()))
        figure.add_bar(
            y=names,
            x=counts[part],
            name=str(part),
            orientation="h",
            customdata=shares,
            marker={"color": PARTS.get(str(part), INK), "line": {"width": 0}},
            hovertemplate=f"%{{y}}<br>%{{x:,}} {part} sequences, %{{customdata:.1f}}% of them<extra></extra>",
        )
    figure.update_layout(barmode="stack", showlegend=len(counts.columns) > 1)
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_xaxes(rangemode="tozero")
    n = int(counts.to_numpy().sum())
    tall = height or min(700, 130 + 28 * len(counts))
    return apply_style(figure, f"{safe(title)}, n = {n:,}", x="Sequences", y="", height=tall)


def _shorten(names: Sequence[str]) -> list[str]:
    """Shorten long names and keep them apart, for equal ones would share a bar."""
    short = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    return [safe(name if short.count(name) == 1 else f"{name} ({number + 1})") for number, name in enumerate(short)]
