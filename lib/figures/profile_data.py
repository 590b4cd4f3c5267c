"""Figures that say whether counts at each base are good: a heat map of all windows, the mean profile, replicates."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.figures.colours import RUNS
from lib.figures.data import edges
from lib.figures.theme import INK, apply_style, safe
from lib.tasks.profile import mean_profile

ROWS, COLUMNS = 160, 300
"""Cells of a heat map at most; more windows share a row, more bases a column."""
SCALE = [[0.0, "rgba(86, 180, 233, 0)"], [0.3, "rgba(86, 180, 233, 0.9)"], [1.0, "#D55E00"]]
"""From the background of the page, whatever its theme, over blue to vermilion."""
_TOP = 99.5  # percentile of the cells that has the last colour

Counts = NDArray[np.float32]


def sort_shares(counts: Counts) -> tuple[FloatArray, FloatArray, NDArray[np.int64], NDArray[np.int64]]:
    """Put windows (N, L) in the order of their counts, most first, and average their shares in cells.

    Returns
    -------
    tuple
        Shares in percent (R, C), mean total counts of each row (R,), first window of each row and first base of each
        column, from 0.
    """
    totals = counts.sum(axis=1, dtype=np.float64)
    order = np.argsort(-totals, kind="stable")[: int((totals > 0).sum())]
    if not len(order):
        return np.zeros((0, 0)), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    shares = 100 * counts[order] / totals[order, None]
    first = np.unique(np.linspace(0, len(order), min(ROWS, len(order)) + 1).astype(np.int64)[:-1])
    step = -(-counts.shape[1] // COLUMNS)
    bases = np.arange(0, counts.shape[1], step)
    sizes = np.diff(np.append(first, len(order)))
    cells = np.add.reduceat(np.add.reduceat(shares, first, axis=0), bases, axis=1) / sizes[:, None]
    means = np.add.reduceat(totals[order], first) / sizes
    return cells / np.diff(np.append(bases, counts.shape[1])), means, first, bases


def heat_map(counts: Counts, *, track: str, height: int = 420) -> go.Figure:
    """Draw where the counts (N, L) of a track lie in each window, most counts on top."""
    cells, means, first, bases = sort_shares(counts)
    n = int((counts.sum(axis=1) > 0).sum())
    top = float(np.percentile(cells, _TOP)) if cells.size else 1.0
    figure = go.Figure(
        go.Heatmap(
            z=cells,
            x=bases + 1,
            y=first + 1,
            zmin=0,
            zmax=top or 1.0,
            colorscale=SCALE,
            customdata=np.broadcast_to(means[:, None], cells.shape),
            colorbar={"title": {"text": "% of counts"}},
            hovertemplate="position %{x}<br>%{z:.2f}% of the counts<br>windows of %{customdata:,.0f} counts"
            "<extra></extra>",
        )
    )
    title = f"Where the counts of {safe(track)} lie in each window, n = {n:,}"
    figure = apply_style(figure, title, x="Position in the window (nt)", y="Windows, most counts on top", height=height)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(showgrid=False)
    return figure


def mean_figure(profiles: Counts, tracks: tuple[str, ...], *, height: int = 300) -> go.Figure:
    """Draw the mean share of the counts (N, T, L) at each position, one line for each track."""
    means = 100 * mean_profile(profiles)
    figure = go.Figure()
    for place, track in enumerate(tracks):
        n = int((profiles[:, place].sum(axis=1) > 0).sum())
        figure.add_scatter(
            x=np.arange(1, means.shape[1] + 1),
            y=means[place],
            mode="lines",
            name=safe(track),
            line={"color": INK if len(tracks) == 1 else RUNS[place % len(RUNS)], "width": 2},
            hovertemplate=f"position %{{x}}: %{{y:.2f}}% of the counts<br>n = {n:,} windows<extra></extra>",
        )
    figure.update_layout(showlegend=len(tracks) > 1)
    title = f"Mean profile, n = {len(profiles):,} windows"
    figure = apply_style(
        figure, title, x="Position in the window (nt)", y="Mean share of the counts (%)", height=height
    )
    figure.update_yaxes(rangemode="tozero")
    return figure


def agreement_figure(values: FloatArray, tracks: tuple[str, ...], *, replicates: int) -> go.Figure:
    """Draw how each replicate correlates with the others along the windows, (N, T), one histogram for each track."""
    limits = edges(values.ravel())
    figure = go.Figure()
    for place, track in enumerate(tracks):
        known = values[:, place][np.isfinite(values[:, place])]
        counted = np.histogram(known, bins=limits)[0]
        figure.add_bar(
            x=(limits[:-1] + limits[1:]) / 2,
            y=counted,
            width=np.diff(limits),
            name=safe(track),
            marker={"color": INK if len(tracks) == 1 else RUNS[place % len(RUNS)], "line": {"width": 0}},
            opacity=0.75,
            customdata=np.stack([limits[:-1], limits[1:]], axis=1),
            hovertemplate="%{customdata[0]:.2f} to %{customdata[1]:.2f}<br>%{y:,} windows<extra></extra>",
        )
    figure.update_layout(barmode="overlay", showlegend=len(tracks) > 1)
    n = int(np.isfinite(values).any(axis=1).sum())
    title = f"How well {replicates} replicates agree along the windows, n = {n:,}"
    return apply_style(figure, title, x="Pearson r of a replicate and the sum of the others, mean", y="Windows")


def totals_table(replicates: dict[str, Counts], tracks: tuple[str, ...]) -> pd.DataFrame:
    """Give the counts of each replicate and track, and how its log counts correlate with those of the others."""
    rows = []
    for name, counts in replicates.items():
        others = np.sum([other for key, other in replicates.items() if key != name], axis=0)
        for place, track in enumerate(tracks):
            one, rest = (np.log1p(values[:, place].sum(axis=1, dtype=np.float64)) for values in (counts, others))
            varies = one.std() > 0 and rest.std() > 0
            r = float(np.corrcoef(one, rest)[0, 1]) if varies else float("nan")
            rows.append({"Track": track, "Replicate": name, "Counts": int(counts[:, place].sum()), "Pearson r": r})
    return pd.DataFrame(rows)
