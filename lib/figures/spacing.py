"""Pairs of patterns: a matrix of what was found for each pair, and the distances of one pair beside chance."""

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lib.core.arrays import FloatArray
from lib.figures import colours
from lib.figures.theme import FIT, INK, apply_style, safe
from lib.motifs.spacing import HALF, Histogram

SURE = 0.05
"""q value below which a pair has a star."""
_LINE = 24  # letters in a line of the scale's title
_CELL, _ABOVE, _WIDTH, _BAR = 30, 150, 300, 300  # pixels: of a row, above and below all, of all columns, of the scale
_STAR = {False: "#45525C", True: "#B9C4CE"}  # of squares that are not selected, by the dark theme


class Question(NamedTuple):
    """What is asked of pairs: its name in the table, on the page, and what the colour of a pair is."""

    key: str
    label: str
    colour: str
    value: Callable[[pd.DataFrame], "pd.Series[float]"]


def _excess(observed: str, expected: str) -> Callable[[pd.DataFrame], "pd.Series[float]"]:
    return lambda table: pd.Series(
        np.log2((table[observed].astype(float) + 0.5) / (table[expected].astype(float) + 0.5))
    )


QUESTIONS: Mapping[str, Question] = {
    "spacing": Question(
        "spacing", "Distance", "log2 observed / expected at the distance", _excess("observed", "expected_at")
    ),
    "order": Question(
        "order",
        "Order",
        "share with the first one first, minus expected",
        lambda table: ((table["before"] - table["expected_before"]) / table["pairs"]).astype(float),
    ),
    "together": Question("together", "Co-occurrence", "log2 sequences with both / expected", _excess("n", "expected")),
}


def find_tested(table: pd.DataFrame, names: Sequence[str], question: Question) -> list[str]:
    """Give the patterns of which at least one pair was tested, in their order."""
    tested = table[table[f"q_{question.key}"].notna()]
    return [name for name in names if name in {*tested["first"], *tested["second"]}]


def matrix(
    table: pd.DataFrame, names: Sequence[str], question: Question, *, labels: Mapping[str, str], dark: bool = False
) -> go.Figure:
    """Draw every pair as a square: the first pattern is its row, the second its column; a star where q < 0.05.

    Parameters
    ----------
    table
        As ``lib.motifs.spacing.analyse_spacing`` gives it; the points of the figure are its rows.
    names
        The patterns in their order.
    question
        One of ``QUESTIONS``.
    labels
        How each pattern is shown.
    """
    value = question.value(table).to_numpy(dtype=np.float64)
    p, q = (table[f"{what}_{question.key}"].to_numpy(dtype=np.float64) for what in ("p", "q"))
    tested = ~np.isnan(p)
    size = float(np.nanmax(np.abs(value[tested]), initial=0.0)) or 1.0
    colour = np.where(tested, np.nan_to_num(value), 0.0)
    said = [
        f"{describe_pair(row, question)}<br>p = {p[at]:.2g}, q = {q[at]:.2g}" if tested[at] else "not tested"
        for at, row in enumerate(table.to_dict("records"))
    ]
    side = max(6, min(_CELL, _WIDTH // max(len(names), 1)) - 6)
    edge, rows = "#8A8F98", _CELL * max(len(names), 4)
    figure = go.Figure(
        go.Scatter(
            x=[safe(labels[name]) for name in table["second"]],
            y=[safe(labels[name]) for name in table["first"]],
            mode="markers+text",
            text=np.where(~tested, "·", np.where(q < SURE, "*", "")),
            textfont={"size": 17},
            textposition="middle center",
            customdata=said,
            marker={
                "symbol": "square",
                "size": side,
                "color": colour,
                "cmin": -size,
                "cmax": size,
                "colorscale": [list(stop) for stop in colours.scale_signed(dark=dark)],
                "line": {"width": 1, "color": edge},
                "opacity": np.where(tested, 1.0, 0.45),
                "colorbar": {
                    "title": {"text": "<br>".join(wrap(question.colour, _LINE)), "side": "right"},
                    "thickness": 14,
                    "lenmode": "pixels",
                    "len": min(_BAR, rows),
                    "y": 1,
                    "yanchor": "top",
                },
            },
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 0.75}, "textfont": {"color": _STAR[dark]}},
            hovertemplate="<b>%{y}</b> and <b>%{x}</b><br>%{customdata}<extra></extra>",
        )
    )
    n = int(table["sequences"].max()) if len(table) else 0
    figure = apply_style(figure, f"{question.label}, n = {n:,} sequences", x="Second", y="First", height=_ABOVE + rows)
    order = [safe(labels[name]) for name in names]
    figure.update_xaxes(
        type="category", categoryorder="array", categoryarray=order, tickangle=-45, dtick=1, showgrid=False
    )
    figure.update_yaxes(
        type="category", categoryorder="array", categoryarray=order, autorange="reversed", dtick=1, showgrid=False
    )
    return figure


def describe_pair(row: Mapping[Any, Any] | pd.Series, question: Question) -> str:
    """Say what was found for a pair, a row of the table, and what was expected."""
    if question.key == "together":
        return f"{row['n']:,} sequences with both, {row['expected']:.1f} expected"
    if question.key == "order":
        first = f"{row['before']:,.0f} of {row['pairs']:,.0f} with the first one first"
        return f"{first}, {row['expected_before']:.1f} expected"
    sign = "" if row["first"] == row["second"] else "+"
    where = f"within {HALF} nt of {row['distance']:{sign}.0f} nt"
    return f"{row['observed']:,.0f} pairs {where}, {row['expected_at']:.1f} expected"


def histogram(found: Histogram, first: str, second: str, *, q: float) -> go.Figure:
    """Draw the distances of the instances of two patterns, beside what permutations give.

    Parameters
    ----------
    found
        Pairs at each distance.
    first, second
        How the patterns are shown; distances are positive where the second one comes after the first.
    q
        That of the distance.
    """
    distance, low, high = (np.asarray(values, dtype=np.float64) for values in (found.distance, found.low, found.high))
    figure = go.Figure()
    figure.add_bar(
        x=distance,
        y=found.observed,
        name="observed",
        marker={"color": INK, "line": {"width": 0}},
        hovertemplate="%{x:+} nt<br>%{y:,} pairs<extra></extra>",
    )
    figure.add_scatter(
        x=np.concatenate([distance, distance[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor="rgba(213, 94, 0, 0.25)",
        line={"width": 0},
        name="95% of permutations",
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=distance,
        y=found.expected,
        mode="lines",
        name="expected",
        line={"color": FIT, "width": 2},
        hovertemplate="%{x:+} nt<br>%{y:.2f} expected<extra></extra>",
    )
    figure.update_layout(showlegend=True)
    n = int(found.observed.sum())
    title = f"From {safe(first)} to {safe(second)}, n = {n:,} pairs, q = {q:.2g}"
    same = first == second
    x = "Distance between starts (nt)" if same else "Distance between starts (nt); right: the second one comes after"
    return apply_style(figure, title, x=x, y="Pairs of instances")


def bins(found: Histogram) -> pd.DataFrame:
    """Give the numbers of a histogram with their units."""
    columns: tuple[FloatArray, ...] = (found.expected, found.low, found.high)
    return pd.DataFrame(
        {"distance (nt)": found.distance, "observed pairs": found.observed}
        | dict(zip(("expected pairs", "95% low", "95% high"), columns, strict=True))
    )
