"""Figures that say whether a dataset is good: targets, lengths, composition. Only bins are drawn, however many rows."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.datasets.dataset import PARTS as PART_NAMES
from lib.figures import colours
from lib.figures.theme import INK, PARTS, apply_style, axis, safe

BINS, LEAST_BINS = 60, 10


def edges(values: FloatArray) -> FloatArray:
    """Give the edges of equal bins over all finite values; twice the cube root of their number (Rice's rule)."""
    finite = values[np.isfinite(values)]
    bins = int(np.clip(2 * np.cbrt(len(finite)), LEAST_BINS, BINS))
    if not len(finite):
        return np.linspace(0.0, 1.0, bins + 1)
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def count_bins(
    values: FloatArray, parts: NDArray[np.str_] | None = None, *, limits: FloatArray | None = None
) -> pd.DataFrame:
    """Count values in bins: columns ``low``, ``high`` and one count per part (``count`` without parts)."""
    limits = edges(values) if limits is None else limits
    table = {"low": limits[:-1], "high": limits[1:]}
    groups: Mapping[str, FloatArray] = (
        {"count": values} if parts is None else {part: values[parts == part] for part in PART_NAMES}
    )
    for name, group in groups.items():
        table[name] = np.histogram(group[np.isfinite(group)], bins=limits)[0]
    return pd.DataFrame(table)


def target_histogram(
    values: FloatArray,
    parts: NDArray[np.str_] | None,
    *,
    name: str,
    unit: str,
    limits: FloatArray | None = None,
    height: int = 300,
) -> go.Figure:
    """Draw how a target (N,) is distributed, stacked by part where parts are given."""
    table = count_bins(values, parts, limits=limits)
    figure = go.Figure()
    middles, widths = (table["low"] + table["high"]) / 2, table["high"] - table["low"]
    for column in table.columns[2:]:
        label = column if parts is not None else "sequences"
        figure.add_bar(
            x=middles,
            y=table[column],
            width=widths,
            name=label,
            customdata=table[["low", "high"]],
            marker={"color": PARTS.get(column, INK), "line": {"width": 0}},
            hovertemplate=f"%{{customdata[0]:.2f}} to %{{customdata[1]:.2f}}<br>%{{y:,}} {label}<extra></extra>",
        )
    figure.update_layout(barmode="stack", showlegend=parts is not None)
    return apply_style(
        figure,
        f"Distribution of {safe(name)}, n = {len(values):,}",
        x=axis(safe(name), safe(unit)),
        y="Sequences",
        height=height,
    )


def length_histogram(lengths: NDArray[np.int64]) -> go.Figure:
    """Draw how long the sequences are; one bar per length where there are few different ones."""
    distinct = np.unique(lengths)
    n = f"n = {len(lengths):,}"
    if len(distinct) <= BINS:
        counts = [int((lengths == length).sum()) for length in distinct]
        figure = go.Figure(go.Bar(x=distinct, y=counts, marker={"color": INK}, width=None if len(distinct) > 1 else 1))
        figure.update_traces(hovertemplate="%{x} nt<br>%{y:,} sequences<extra></extra>")
        if len(distinct) == 1:
            middle = int(distinct[0])
            figure.update_xaxes(range=[middle - 10, middle + 10])
    else:
        figure = target_histogram(lengths.astype(np.float64), None, name="Length", unit="nt")
        figure.update_traces(
            hovertemplate="%{customdata[0]:.0f} to %{customdata[1]:.0f} nt<br>%{y:,} sequences<extra></extra>"
        )
    figure.update_layout(showlegend=False)
    return apply_style(figure, f"How long the sequences are, {n}", x="Length (nt)", y="Sequences")


def gc_histogram(gc: FloatArray, parts: NDArray[np.str_], lengths: NDArray[np.int64]) -> go.Figure:
    """Draw the GC content (N,) from 0 to 1 of the sequences, by part."""
    figure = target_histogram(gc * 100, parts, name="GC content", unit="%", limits=gc_edges(gc, lengths))
    return apply_style(figure, f"GC content, n = {len(gc):,}", x="G and C (% of the nucleotides)", y="Sequences")


def gc_edges(gc: FloatArray, lengths: NDArray[np.int64]) -> FloatArray | None:
    """Give edges (in %) that hold equally many possible values each, where all sequences are equally long.

    A sequence of 110 nt has one of 111 GC contents; other bins would hold now one of them, now two, and show combs.
    """
    if not len(lengths) or lengths.min() != lengths.max() or not np.isfinite(gc).any():
        return None
    length = int(lengths[0])
    low, high = np.rint(np.array([np.nanmin(gc), np.nanmax(gc)]) * length).astype(int)
    step = max(1, -(-(high - low + 1) // BINS))
    return (np.arange(low, high + 1 + step, step) - 0.5) * 100 / length


def composition_figure(table: pd.DataFrame, *, rna: bool = False) -> go.Figure:
    """Draw the share of each base along the sequences.

    Parameters
    ----------
    table
        Columns ``position`` (0-based), ``A``, ``C``, ``G``, ``T`` (shares from 0 to 1) and ``n`` (sequences that reach
        so far), as ``lib.datasets.quality.composition_by_position`` gives them.
    rna
        Whether T is written as U.
    """
    figure = go.Figure()
    for base, dash in zip(BASES, ("solid", "dash", "dot", "dashdot"), strict=True):
        letter = "U" if rna and base == "T" else base
        figure.add_scatter(
            x=table["position"] + 1,
            y=table[base] * 100,
            mode="lines",
            name=letter,
            customdata=table["n"],
            line={"color": colours.NUCLEOTIDES[base], "width": 2, "dash": dash},
            hovertemplate=f"position %{{x}}: %{{y:.1f}}% {letter}<br>n = %{{customdata:,}}<extra></extra>",
        )
    figure.update_layout(showlegend=True)
    n = int(table["n"].max()) if len(table) else 0
    title = f"Base composition along the sequences, n = {n:,}"
    figure = apply_style(figure, title, x="Position (nt, from the 5′ end)", y="Share of sequences (%)")
    figure.update_yaxes(rangemode="tozero")
    return figure
