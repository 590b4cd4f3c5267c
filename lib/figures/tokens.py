"""Figures of tokens: one of them in its sequences, and the use of a whole vocabulary."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lib.core.arrays import FloatArray
from lib.figures.data import edges
from lib.figures.theme import INK, apply_style, axis, safe

WITH, WITHOUT = "#CC4C02", "#4E79A7"
"""Sequences with the token, and those without it; the latter are also dashed."""


def both_distributions(having: FloatArray, lacking: FloatArray, *, name: str, unit: str, token: str) -> go.Figure:
    """Draw how a target is distributed among the sequences with a token and among those without it, as shares."""
    limits = edges(np.concatenate([having, lacking]))
    middles = (limits[:-1] + limits[1:]) / 2
    figure = go.Figure()
    groups = ((f"without {token}", lacking, WITHOUT, "dash"), (f"with {token}", having, WITH, "solid"))
    for label, values, colour, dash in groups:
        counts = np.histogram(values, bins=limits)[0]
        figure.add_scatter(
            x=middles,
            y=100 * counts / max(len(values), 1),
            mode="lines",
            name=f"{safe(label)}, n = {len(values):,}",
            line={"color": colour, "width": 2.5, "dash": dash, "shape": "hvh"},
            customdata=counts,
            hovertemplate=f"{safe(label)}<br>%{{x:.2f}}: %{{y:.1f}}% (%{{customdata:,}} sequences)<extra></extra>",
        )
    figure.update_layout(showlegend=True)
    figure = apply_style(
        figure, "How the target is distributed", x=axis(safe(name), safe(unit)), y="Share of sequences (%)"
    )
    figure.update_yaxes(rangemode="tozero")
    return figure


def both_courses(having: pd.DataFrame, lacking: pd.DataFrame, *, token: str, relative: bool = False) -> go.Figure:
    """Draw the mean expression over time with and without a token, with 95% intervals.

    Parameters
    ----------
    having, lacking
        As ``lib.analysis.occurrences.course`` gives them.
    token
        As people read it.
    relative
        Whether the values are relative to the first time.
    """
    figure = go.Figure()
    groups = (
        (f"without {token}", lacking, WITHOUT, "dash", "square"),
        (f"with {token}", having, WITH, "solid", "circle"),
    )
    for label, table, colour, dash, symbol in groups:
        band = table.dropna()
        figure.add_scatter(
            x=[*band["hours"], *band["hours"][::-1]],
            y=[*band["high"], *band["low"][::-1]],
            fill="toself",
            mode="none",
            fillcolor=_faint(colour),
            hoverinfo="skip",
            showlegend=False,
            name=safe(label),
        )
        n = int(table["n"].max()) if len(table) else 0
        figure.add_scatter(
            x=table["hours"],
            y=table["mean"],
            mode="lines+markers",
            name=f"{safe(label)}, n = {n:,}",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 7, "symbol": symbol, "color": colour},
            customdata=table[["low", "high", "n"]],
            hovertemplate=f"{safe(label)}<br>%{{x:g}} h: %{{y:.2f}} [%{{customdata[0]:.2f}}, %{{customdata[1]:.2f}}]"
            "<br>n = %{customdata[2]:,}<extra></extra>",
        )
    figure.update_layout(showlegend=True)
    y = "Expression since the first time (log2)" if relative else "Expression (log2)"
    return apply_style(figure, "Mean expression over time, 95% intervals", x="Time (hours)", y=y)


def where(table: pd.DataFrame, *, relative: bool) -> go.Figure:
    """Draw where a token starts beside what equal chances of every place would give.

    Parameters
    ----------
    table
        As ``lib.analysis.occurrences.positions`` gives it.
    relative
        Whether positions are shares of the sequence.
    """
    factor, shift = (100, 0) if relative else (1, 1)
    low, high = table["low"] * factor + shift, table["high"] * factor + shift
    last = high if relative else high - 1
    labels = [f"{a:.0f}" if a == b else f"{a:.0f} to {b:.0f}" for a, b in zip(low, last, strict=True)]
    unit = "%" if relative else " nt"
    middle = (low + last) / 2
    figure = go.Figure()
    figure.add_bar(
        x=middle,
        y=table["observed"],
        width=high - low,
        name="observed",
        marker={"color": INK, "line": {"width": 0}},
        customdata=labels,
        hovertemplate=f"%{{customdata}}{unit}<br>%{{y:,}} occurrences<extra></extra>",
    )
    figure.add_scatter(
        x=middle,
        y=table["expected"],
        mode="lines",
        name="expected if every place were equally likely",
        line={"color": WITH, "width": 2, "dash": "dash", "shape": "hvh"},
        customdata=labels,
        hovertemplate=f"%{{customdata}}{unit}<br>%{{y:.1f}} expected<extra></extra>",
    )
    figure.update_layout(showlegend=True)
    n = int(table["observed"].sum())
    x = "Start along the sequence (% of the way to the last place)" if relative else "Start (nt, from the 5′ end)"
    return apply_style(figure, f"Where it starts, n = {n:,} occurrences", x=x, y="Occurrences")


def token_lengths(table: pd.DataFrame) -> go.Figure:
    """Draw how long tokens are: entries of the vocabulary that are used, and their occurrences, each as a share.

    Parameters
    ----------
    table
        As ``lib.analysis.vocabulary.length_table`` gives it.
    """
    figure = go.Figure()
    hatched = {"fillmode": "overlay", "fgcolor": "#FFFFFF", "fgopacity": 0.6}
    for name, column, colour, pattern in (
        ("entries in use", "used", WITHOUT, "/"),
        ("occurrences", "occurrences", WITH, ""),
    ):
        figure.add_bar(
            x=table["length"],
            y=100 * table[column] / max(table[column].sum(), 1),
            name=name,
            customdata=table[column],
            marker={"color": colour, "line": {"width": 0}, "pattern": {"shape": pattern, **hatched}},
            hovertemplate=f"%{{x}} nt: %{{y:.1f}}% of the {name} (%{{customdata:,}})<extra></extra>",
        )
    figure.update_layout(showlegend=True, barmode="group")
    figure = apply_style(figure, "How long tokens are", x="Length (nt)", y="Share (%)")
    if len(table) <= 16:
        figure.update_xaxes(tickmode="array", tickvals=table["length"].tolist())
    if len(table) == 1:
        middle = int(table["length"].iloc[0])
        figure.update_xaxes(range=[middle - 3, middle + 3])
    return figure


def tokens_per_sequence(table: pd.DataFrame) -> go.Figure:
    """Draw how many tokens the sequences have; ``table`` as ``lib.analysis.vocabulary.per_sequence`` gives it."""
    numbers, counts = table["tokens"].to_numpy(), table["sequences"].to_numpy()
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 1)
    step = max(1, -(-(high - low + 1) // 60))
    limits = np.arange(low, high + 1 + step, step)
    found = np.histogram(numbers, bins=limits, weights=counts)[0]
    labels = [f"{a}" if step == 1 else f"{a} to {a + step - 1}" for a in limits[:-1].tolist()]
    figure = go.Figure(
        go.Bar(
            x=limits[:-1] + (step - 1) / 2,
            y=found,
            width=step,
            customdata=labels,
            marker={"color": INK},
            hovertemplate="%{customdata} tokens<br>%{y:,} sequences<extra></extra>",
        )
    )
    if low == high:
        figure.update_xaxes(range=[low - 5, low + 5])
    n = int(counts.sum())
    return apply_style(figure, f"Tokens per sequence, n = {n:,} sequences", x="Tokens", y="Sequences")


def rank_frequency(table: pd.DataFrame) -> go.Figure:
    """Draw how often the entries occur by their rank, both axes as logarithms.

    Parameters
    ----------
    table
        As ``lib.analysis.vocabulary.rank_frequency`` gives it, with ``shown``.
    """
    keep = np.unique(np.geomspace(1, len(table), 1500).astype(int)) - 1 if len(table) else np.arange(0)
    thin = table.iloc[keep]
    figure = go.Figure(
        go.Scatter(
            x=thin["rank"],
            y=thin["occurrences"],
            mode="lines+markers",
            text=[safe(token) for token in thin["shown"]],
            line={"color": INK, "width": 1.5},
            marker={"size": 4, "color": INK},
            hovertemplate="<b>%{text}</b><br>rank %{x:,}<br>%{y:,} occurrences<extra></extra>",
        )
    )
    figure = apply_style(figure, f"Rank and frequency of {len(table):,} tokens", x="Rank", y="Occurrences")
    figure.update_xaxes(type="log", dtick=1)
    figure.update_yaxes(type="log", dtick=1)
    return figure


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.22)"
