"""Figures of in-silico experiments: effects with intervals, effects by place, synergy by distance, a design's path."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lib.figures.colours import LOWERS, RAISES, scale_signed
from lib.figures.theme import INK, apply_style, axis, safe

SURE = 0.05
"""q up to which an effect is drawn as one."""
MOST = 40
"""Motifs in one picture, those with the largest effects."""
_GROUPS = (
    ("raises", RAISES, "triangle-up"),
    ("lowers", LOWERS, "triangle-down"),
    ("not significant", "#7F8C96", "circle-open"),
)
_LINE, _REST = 22, 160


def strongest(table: pd.DataFrame, count: int = MOST) -> pd.DataFrame:
    """Give the rows with the largest |mean|, from the highest mean to the lowest; rows without a mean are left out."""
    known = table[table["mean"].notna()]
    chosen = known.reindex(known["mean"].abs().sort_values(ascending=False, kind="stable").index).head(count)
    return chosen.sort_values("mean", ascending=False, kind="stable", ignore_index=True)


def effects(table: pd.DataFrame, *, title: str, effect: str, random: bool = False) -> go.Figure:
    """Draw the mean effect of each motif with its 95% interval, the highest on top.

    Parameters
    ----------
    table
        Columns ``label``, ``mean``, ``low``, ``high``, ``n``, ``q``; of over ``MOST`` rows those with large effects.
    title, effect
        Heading and name of the axis, escaped here.
    random
        Draw the column ``random`` as a cross: what as much changed elsewhere does.
    """
    shown = strongest(table)
    figure = go.Figure()
    if random:
        figure.add_scatter(
            x=shown["random"],
            y=[safe(label) for label in shown["label"]],
            mode="markers",
            name="random places",
            marker={"symbol": "x-thin", "size": 9, "line": {"width": 2, "color": INK}},
            hovertemplate="<b>%{y}</b><br>random places %{x:+.3f}<extra></extra>",
        )
    group = np.where(shown["q"] <= SURE, np.where(shown["mean"] > 0, "raises", "lowers"), "not significant")
    for name, colour, symbol in _GROUPS:
        part = shown[group == name]
        figure.add_scatter(
            x=part["mean"],
            y=[safe(label) for label in part["label"]],
            mode="markers",
            name=f"{name} ({len(part)})",
            marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 1.5, "color": colour}},
            error_x={
                "type": "data",
                "array": part["high"] - part["mean"],
                "arrayminus": part["mean"] - part["low"],
                "color": colour,
                "thickness": 1.6,
                "width": 4,
            },
            customdata=part[["low", "high", "n", "q"]].to_numpy(dtype=object).tolist(),
            hovertemplate="<b>%{y}</b><br>%{x:+.3f} [%{customdata[0]:+.3f}, %{customdata[1]:+.3f}]"
            "<br>n %{customdata[2]:,}<br>q %{customdata[3]:.1e}<extra></extra>",
        )
    figure.add_vline(x=0, line={"color": "#7F8C96", "width": 1})
    figure.update_layout(showlegend=True)
    apply_style(figure, safe(title), x=safe(effect), y="", height=_REST + _LINE * max(3, len(shown)))
    # Below the axis, for beside the title it has no room on a narrow screen.
    figure.update_layout(legend={"yref": "container", "y": 0, "yanchor": "bottom"}, margin={"t": 44, "b": 76})
    labels = [safe(label) for label in reversed(shown["label"].tolist())]
    figure.update_yaxes(categoryorder="array", categoryarray=labels, range=[-0.6, len(shown) - 0.4])
    return figure


def by_place(table: pd.DataFrame, *, title: str, effect: str) -> go.Figure:
    """Draw the effect of one motif by where it was put, with 95% intervals.

    Parameters
    ----------
    table
        Columns ``start`` (0-based; drawn counted from 1), ``mean``, ``low``, ``high``, ``n``.
    """
    return _curve(
        table["start"].to_numpy(dtype=np.float64) + 1,
        table,
        title=title,
        x_title=axis("First nucleotide of the motif", "nt"),
        effect=effect,
    )


def by_gap(table: pd.DataFrame, *, title: str, effect: str) -> go.Figure:
    """Draw the synergy of one ordered pair by the distance between the two: columns as ``by_place``, ``gap`` in nt."""
    return _curve(
        table["gap"].to_numpy(dtype=np.float64),
        table,
        title=title,
        x_title=axis("Nucleotides between the two", "nt"),
        effect=effect,
    )


def synergy(table: pd.DataFrame, *, title: str, effect: str, dark: bool = False) -> go.Figure:
    """Draw the synergy of ordered pairs (rows) by distance (columns); a star marks q of at most 0.05.

    Parameters
    ----------
    table
        Columns ``label``, ``gap``, ``mean``, ``q``, ``n``.
    """
    wide = table.pivot_table(index="label", columns="gap", values="mean", sort=False).sort_index(axis=1)
    q = table.pivot_table(index="label", columns="gap", values="q", sort=False).reindex_like(wide)
    largest = float(np.nanmax(np.abs(wide.to_numpy()), initial=0.0)) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=wide.to_numpy(),
            x=[str(gap) for gap in wide.columns],
            y=[safe(label) for label in wide.index],
            zmin=-largest,
            zmax=largest,
            colorscale=scale_signed(dark=dark),
            xgap=1,
            ygap=1,
            text=np.where(q.to_numpy() <= SURE, "*", ""),
            texttemplate="%{text}",
            colorbar={"title": {"text": safe(effect), "side": "right"}, "thickness": 12},
            hovertemplate="<b>%{y}</b><br>%{x} nt between them<br>%{z:+.3f}<extra></extra>",
        )
    )
    apply_style(
        figure, safe(title), x=axis("Nucleotides between the two", "nt"), y="", height=_REST + 26 * max(3, len(wide))
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(type="category")
    return figure


def path(predictions: Sequence[float], labels: Sequence[str], goal: float, *, target: str) -> go.Figure:
    """Draw the prediction after each edit of a design, the start first, with the wanted value as a line.

    Parameters
    ----------
    predictions, labels
        (E + 1,) each; the first is the start.
    goal, target
        The wanted value; name of the axis, escaped here.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=list(range(len(predictions))),
        y=list(predictions),
        mode="lines+markers",
        name="prediction",
        line={"color": INK, "shape": "hv"},
        marker={"size": 8},
        text=[safe(label) for label in labels],
        hovertemplate="%{text}<br>%{y:.3f}<extra></extra>",
        showlegend=False,
    )
    figure.add_hline(
        y=goal,
        line={"color": RAISES, "width": 1.5, "dash": "dash"},
        annotation_text="wanted",
        annotation_position="top left",
    )
    apply_style(figure, "Prediction after each edit", x="Edits", y=safe(target), height=280)
    figure.update_xaxes(dtick=1 if len(predictions) < 25 else None, rangemode="tozero")
    return figure


def _curve(x: np.ndarray, table: pd.DataFrame, *, title: str, x_title: str, effect: str) -> go.Figure:
    figure = go.Figure()
    figure.add_scatter(
        x=x,
        y=table["mean"],
        mode="lines+markers",
        line={"color": INK, "width": 1.5},
        marker={"size": 8, "color": INK},
        error_y={
            "type": "data",
            "array": table["high"] - table["mean"],
            "arrayminus": table["mean"] - table["low"],
            "color": INK,
            "thickness": 1.5,
            "width": 5,
        },
        customdata=table[["low", "high", "n", "q"]].to_numpy(dtype=object).tolist(),
        showlegend=False,
        hovertemplate="%{x:.0f}: %{y:+.3f} [%{customdata[0]:+.3f}, %{customdata[1]:+.3f}]<br>n %{customdata[2]:,}"
        "<br>q %{customdata[3]:.1e}<extra></extra>",
    )
    figure.add_hline(y=0, line={"color": "#7F8C96", "width": 1})
    return apply_style(figure, safe(title), x=x_title, y=safe(effect), height=300)
