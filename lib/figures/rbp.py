"""Figures of an RBP table: how strong its motifs are, how often they hit, and how hits go with the target."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.figures.data import edges
from lib.figures.theme import FIT, INK, apply_style, axis, safe

LEFT_OUT = "#A9B4BD"
"""Colour of motifs below the threshold."""
GUIDE = "#8A8F98"
SIGNIFICANT = 0.05
"""Largest q value of a motif that is drawn as one that goes with the target."""
GL_ABOVE = 2000
_BARS = 60
_NAMED = 30  # motifs among which those that go with the target are named beside their points


def strengths(values: FloatArray, threshold: float) -> pd.DataFrame:
    """Count motifs by ``mean_rbp`` in bins ``low`` to ``high``: ``left_out`` below a threshold, and ``kept``."""
    finite = values[np.isfinite(values)]
    limits = edges(finite)
    out, kept = (
        np.histogram(part, bins=limits)[0] for part in (finite[finite < threshold], finite[finite >= threshold])
    )
    return pd.DataFrame({"low": limits[:-1], "high": limits[1:], "left_out": out, "kept": kept})


def strength_histogram(values: FloatArray, threshold: float, *, score: str = "Mean_RBP") -> go.Figure:
    """Draw how the scores (M,) of the motifs are distributed, and the threshold; ``score`` says whose they are."""
    table = strengths(values, threshold)
    figure = go.Figure()
    looks = (("left_out", "left out", LEFT_OUT), ("kept", f"kept, at least {threshold:.4g}", INK))
    for column, label, colour in looks:
        figure.add_bar(
            x=(table["low"] + table["high"]) / 2,
            y=table[column],
            width=table["high"] - table["low"],
            name=f"{label} ({table[column].sum():,})",
            customdata=table[["low", "high"]],
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate=f"%{{customdata[0]:.3g}} to %{{customdata[1]:.3g}}<br>%{{y:,}} motifs {label}<extra></extra>",
        )
    figure.add_vline(x=threshold, line={"color": FIT, "width": 2, "dash": "dash"})
    figure.update_layout(barmode="stack", showlegend=True)
    figure = apply_style(figure, f"{safe(score)} of the motifs, n = {len(values):,}", x=safe(score), y="Motifs")
    figure.update_xaxes(tickvals=_ticks(float(table["low"].iloc[0]), float(table["high"].iloc[-1])))
    return _whole(figure, (table["left_out"] + table["kept"]).max())


def _ticks(low: float, high: float, *, wanted: int = 6) -> FloatArray:
    """Give round numbers in a range; plotly would mark the middle of wide bars, which are no round numbers."""
    width = (high - low) / wanted
    power = 10.0 ** np.floor(np.log10(width))
    step = float(power * next(factor for factor in (1, 2, 5, 10) if factor * power >= width * (1 - 1e-9)))
    return np.round(np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step, 12)


def spread(hits: NDArray[np.int64]) -> pd.DataFrame:
    """Count sequences by their number of hits (N,): ``low`` to ``high``, both inclusive, and ``sequences``."""
    low, high = (int(hits.min()), int(hits.max())) if len(hits) else (0, 0)
    step = max(1, -(-(high - low + 1) // _BARS))
    starts = np.arange(low, high + 1, step)
    counts = np.bincount((hits - low) // step, minlength=len(starts))
    return pd.DataFrame({"low": starts, "high": np.minimum(starts + step - 1, high), "sequences": counts})


def hits_histogram(hits: NDArray[np.int64]) -> go.Figure:
    """Draw how many hits sequences (N,) have."""
    table = spread(hits)
    ranges = [
        str(low) if low == high else f"{low} to {high}" for low, high in zip(table["low"], table["high"], strict=True)
    ]
    step = float(table["low"].iloc[1] - table["low"].iloc[0]) if len(table) > 1 else 1.0
    figure = go.Figure(
        go.Bar(
            x=table["low"] + (step - 1) / 2,
            y=table["sequences"],
            width=step,
            customdata=ranges,
            marker={"color": INK, "line": {"width": 0}},
            hovertemplate="%{customdata} hits<br>%{y:,} sequences<extra></extra>",
        )
    )
    figure.update_layout(showlegend=False)
    if len(table) <= 12:
        figure.update_xaxes(dtick=1)
    title = f"Hits per sequence, n = {len(hits):,} training sequences"
    return _whole(apply_style(figure, title, x="Hits per sequence", y="Sequences"), table["sequences"].max())


def _whole(figure: go.Figure, largest: float) -> go.Figure:
    """Mark whole numbers only on an axis that counts."""
    return figure.update_yaxes(rangemode="tozero", dtick=1 if largest <= 6 else None)


def target_by_group(table: pd.DataFrame, *, what: str, target: str, unit: str, overall: float) -> go.Figure:
    """Draw the mean target of groups of sequences with its 95% interval.

    Parameters
    ----------
    table
        As ``lib.analysis.correlation.group_means`` gives it.
    what
        What the sequences are grouped by, for the axis.
    target, unit
        Name and unit of the target.
    overall
        Mean target of all sequences.
    """
    above, below = table["mean_high"] - table["mean"], table["mean"] - table["mean_low"]
    ranges = [
        f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}" for low, high in table[["low", "high"]].to_numpy()
    ]
    figure = go.Figure(
        go.Scatter(
            x=table["x"],
            y=table["mean"],
            mode="lines+markers",
            error_y={"type": "data", "array": above.fillna(0), "arrayminus": below.fillna(0), "color": INK},
            marker={"color": INK, "size": 8},
            line={"color": INK, "width": 1},
            customdata=np.stack([ranges, table["n"].map("{:,}".format), above.map("{:.3f}".format)], axis=1),
            hovertemplate=(
                f"{safe(what)} %{{customdata[0]}}<br>mean %{{y:.3f}} ± %{{customdata[2]}}"
                "<br>n = %{customdata[1]}<extra></extra>"
            ),
        )
    )
    figure.add_hline(y=overall, line={"color": GUIDE, "width": 1.2, "dash": "dash"})
    figure.update_layout(showlegend=False)
    n = int(table["n"].sum())
    title = f"{safe(target)} by {safe(what[:1].lower() + what[1:])}, n = {n:,}"
    apply_style(figure, title, x=safe(what), y=f"Mean {axis(safe(target), safe(unit))}")
    return figure.update_yaxes(title={"standoff": 14})


def effect_against_strength(table: pd.DataFrame, *, target: str, score: str = "Mean_RBP") -> go.Figure:
    """Draw the correlation of each motif's hits with the target against its ``mean_rbp``, which ``score`` names.

    Parameters
    ----------
    table
        Columns ``motif`` (as it is shown), ``mean_rbp``, ``r``, ``q``, ``sequences``; those without ``r`` are left out.
    """
    known = table[np.isfinite(table["r"])]
    sure = (known["q"] <= SIGNIFICANT).to_numpy()
    few = len(known) <= _NAMED
    figure = go.Figure()
    kind = go.Scattergl if len(known) > GL_ABOVE else go.Scatter
    looks = ((~sure, "other motifs", LEFT_OUT, "circle-open"), (sure, f"q at most {SIGNIFICANT:g}", INK, "circle"))
    for chosen, label, colour, symbol in looks:
        part = known[chosen]
        names = [safe(str(name)) for name in part["motif"]]
        written = {}
        if few and symbol == "circle":
            places = ["top center" if r > 0 else "bottom center" for r in part["r"]]
            written = {"mode": "markers+text", "text": names, "textposition": places, "cliponaxis": False}
        figure.add_trace(
            kind(
                x=part["mean_rbp"],
                y=part["r"],
                name=f"{label} ({len(part):,})",
                hovertext=names,
                customdata=part[["q", "sequences"]],
                marker={"color": colour, "symbol": symbol, "size": 6, "opacity": 0.85},
                hovertemplate=(
                    f"<b>%{{hovertext}}</b><br>{safe(score)} %{{x:.3g}}"
                    "<br>r = %{y:.3f}, q = %{customdata[0]:.1e}"
                    "<br>in %{customdata[1]:,} sequences<extra></extra>"
                ),
                **({"mode": "markers"} | written),
            )
        )
    figure.add_hline(y=0, line={"color": GUIDE, "width": 1})
    figure.update_layout(showlegend=True)
    title = f"Which motifs go with {safe(target)}, n = {len(known):,} motifs"
    return apply_style(figure, title, x=safe(score), y="Correlation of its hits (r)", height=340)
