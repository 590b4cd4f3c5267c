"""What motifs do at each time point, as a heat map: purple raises, orange lowers, a star where q is below 0.05."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lib.analysis.motif_times import SURE
from lib.figures import colours
from lib.figures.theme import apply_style, safe

_ROW, _ABOVE = 24, 130  # pixels


def heat_map(
    table: pd.DataFrame, motifs: Sequence[str], *, names: Mapping[str, str], title: str, effect: str, dark: bool = False
) -> go.Figure:
    """Draw the effect of each motif (rows, the first on top) at each time point (columns).

    Parameters
    ----------
    table
        As ``lib.analysis.motif_times`` gives it.
    motifs
        Which motifs, in their order.
    names
        How each is shown.
    title
        What is shown, with n.
    effect
        What the colour is, with its unit.
    """
    hours = np.sort(table["hours"].unique())
    columns = {name: _matrix(table, name, motifs, hours) for name in ("effect", "low", "high", "n_with", "n", "q")}
    size = np.nanmax(np.abs(columns["effect"]), initial=0.0) or 1.0
    sure = columns["q"] < SURE
    signs = np.where(columns["effect"] >= 0, "+", "−")
    stars = np.where(sure, np.char.add(signs, "*"), "")
    figure = go.Figure(
        go.Heatmap(
            x=[f"{hour:g} h" for hour in hours],
            y=[safe(names[motif]) for motif in motifs],
            z=columns["effect"],
            zmin=-size,
            zmax=size,
            colorscale=colours.scale_signed(dark=dark),
            text=stars,
            texttemplate="%{text}",
            textfont={"size": 13},
            xgap=1,
            ygap=1,
            hoverongaps=False,
            customdata=_write_hover(columns),
            hovertemplate="<b>%{y}</b>, %{x}<br>%{z:+.3f} [%{customdata[0]:.3f}, %{customdata[1]:.3f}]"
            "<br>n = %{customdata[2]:,} with a hit, of %{customdata[3]:,}<br>%{customdata[4]}<extra></extra>",
            colorbar={"title": {"text": safe(effect), "side": "right"}, "thickness": 14},
        )
    )
    height = _ABOVE + _ROW * max(len(motifs), 3)
    figure = apply_style(figure, safe(title), x="Time (hours)", y="Motif", height=height)
    figure.update_yaxes(autorange="reversed", type="category", tickfont={"family": "monospace"}, title=None)
    figure.update_xaxes(type="category", showgrid=False)
    return figure


def _write_hover(columns: Mapping[str, np.ndarray]) -> list[list[list[object]]]:
    """Give what a hover says beside the effect: low, high, n with a hit, n, and q in words."""
    words = [["not tested" if np.isnan(q) else f"q = {q:.2g}" for q in row] for row in columns["q"]]
    numbers = np.stack([columns[name] for name in ("low", "high", "n_with", "n")], axis=-1).tolist()
    return [[[*cell, said] for cell, said in zip(*pair, strict=True)] for pair in zip(numbers, words, strict=True)]


def _matrix(table: pd.DataFrame, column: str, motifs: Sequence[str], hours: np.ndarray) -> np.ndarray:
    wide = table.drop_duplicates(["motif", "hours"]).pivot(index="motif", columns="hours", values=column)
    found: np.ndarray = wide.reindex(index=list(motifs), columns=hours).to_numpy(dtype=float)
    return found
