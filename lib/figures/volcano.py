"""Tokens by their effect on the target and by how sure it is: the volcano plot."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lib.core.arrays import FloatArray
from lib.figures.colours import LOWERS, RAISES
from lib.figures.theme import apply_style, axis, safe

GL_ABOVE = 2000
LABELLED = 10
SMALLEST = 1e-300
"""Smaller q values are drawn here."""
_COLOURS = {
    "light": {"raises": RAISES, "lowers": LOWERS, "not significant": "#8A8F98", "ink": "#262730"},
    "dark": {"raises": "#C792E0", "lowers": "#F0894A", "not significant": "#7D858E", "ink": "#FAFAFA"},
}
_SYMBOLS = {"raises": "triangle-up", "lowers": "triangle-down", "not significant": "circle"}
_NEAR_X, _NEAR_Y = 0.16, 0.05  # labels closer than these shares of the axes would cover each other


def groups(table: pd.DataFrame, threshold: float) -> pd.Series:
    """Say of each token whether it raises or lowers the target at a q of ``threshold``, or is not significant."""
    sure = table["q"].to_numpy() <= threshold
    up = table["difference"].to_numpy() > 0
    names = np.where(~sure, "not significant", np.where(up, "raises", "lowers"))
    return pd.Series(names, index=table.index)


def volcano(table: pd.DataFrame, *, title: str, unit: str, threshold: float, dark: bool = False) -> go.Figure:
    """Draw each token at the difference of the mean target with and without it (x) and at -log10 q (y).

    The figure depends on the table and the threshold alone, never on what is selected. ``customdata[0]`` of a point is
    its ``id``.

    Parameters
    ----------
    table
        (V,) columns ``id``, ``shown``, ``difference``, ``q``, ``n_with``, ``cohens_d``.
    title
        Heading; escaped here, as are unit and tokens.
    unit
        Of the target.
    threshold
        q at which the line is drawn.
    dark
        Whether it stands on a dark page.
    """
    colour = _COLOURS["dark" if dark else "light"]
    scatter = go.Scattergl if len(table) > GL_ABOVE else go.Scatter
    height = heights(table)
    group = groups(table, threshold)
    figure = go.Figure()
    for name in ("not significant", "lowers", "raises"):
        chosen = (group == name).to_numpy()
        part = table[chosen]
        # Lists, for Streamlit gives rows of an array back as objects without their order.
        hover = part[["id", "n_with", "cohens_d", "q"]].to_numpy(dtype=object).tolist()
        figure.add_trace(
            scatter(
                x=part["difference"],
                y=height[chosen],
                mode="markers",
                name=f"{name} ({len(part):,})",
                text=[safe(token) for token in part["shown"]],
                customdata=hover,
                marker={
                    "color": colour[name],
                    "size": 5 if name == "not significant" else 7,
                    "line": {"width": 0},
                    "opacity": 0.55 if name == "not significant" else 0.9,
                    "symbol": _SYMBOLS[name],
                },
                selected={"marker": {"size": 12, "opacity": 1.0}},
                unselected={"marker": {"opacity": 0.35}},
                hovertemplate="<b>%{text}</b><br>difference %{x:+.3f}<br>Cohen's d %{customdata[2]:+.2f}"
                "<br>q %{customdata[3]:.1e}<br>n with it %{customdata[1]:,}<extra></extra>",
            )
        )
    _label(figure, table, strongest(table, threshold), colour["ink"])
    line = -np.log10(max(threshold, SMALLEST))
    figure.add_hline(y=line, line={"color": colour["not significant"], "width": 1.2, "dash": "dash"})
    figure.add_vline(x=0, line={"color": colour["not significant"], "width": 1})
    figure.update_layout(
        showlegend=True, clickmode="event+select", dragmode="pan", hovermode="closest", uirevision="keep"
    )
    difference = axis("Mean target with the token minus without it", safe(unit))
    figure = apply_style(figure, safe(title), x=difference, y="−log10 q", height=480)
    figure.update_yaxes(rangemode="tozero")
    return figure


def heights(table: pd.DataFrame) -> FloatArray:
    """Give -log10 q, (V,)."""
    found: FloatArray = -np.log10(np.maximum(table["q"].to_numpy(dtype=np.float64), SMALLEST))
    return np.abs(found)


def strongest(table: pd.DataFrame, threshold: float, count: int = LABELLED) -> list[int]:
    """Give the places of the significant tokens to label, by q, then by size of the difference.

    One whose label would cover another is passed over.
    """
    if not len(table):
        return []
    x, y = table["difference"].to_numpy(), heights(table)
    wide, high = max(float(np.ptp(x)), 1e-12), max(float(y.max()), 1e-12)
    order = np.lexsort((-np.abs(x), -y))
    kept: list[int] = []
    for place in order[: 40 * count].tolist():
        if table["q"].iloc[place] > threshold:
            break
        far = [abs(x[place] - x[other]) / wide > _NEAR_X or abs(y[place] - y[other]) / high > _NEAR_Y for other in kept]
        if all(far):
            kept.append(place)
        if len(kept) == count:
            break
    return kept


def _label(figure: go.Figure, table: pd.DataFrame, places: list[int], ink: str) -> None:
    if not places:
        return
    chosen = table.iloc[places]
    figure.add_scatter(
        x=chosen["difference"],
        y=heights(chosen),
        mode="text",
        text=[safe(token) for token in chosen["shown"]],
        textposition="top center",
        textfont={"size": 11, "color": ink},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
