"""The figures of the pages on paper: matplotlib draws what a plotly figure says, so that each is specified once.

Data, axes with titles, ranges and ticks, colours, dashes, symbols, guides and the names of the legend are read from the
plotly figure; sizes and fonts are those of a page of paper. Drawn are the traces ``scatter``, ``bar`` and ``heatmap``,
straight lines among the shapes, and annotations.
"""

import re
import textwrap
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.transforms import Transform, blended_transform_factory

from lib.figures.numbers import plain

Panels = dict[tuple[str, str], Axes]
"""Axes by the numbers of plotly's x and y axis, which are empty for the first."""

_DASHES: dict[str | None, Any] = {
    None: "-",
    "solid": "-",
    "dash": "--",
    "dot": ":",
    "dashdot": "-.",
    "longdash": (0, (8, 3)),
    "longdashdot": (0, (8, 3, 1, 3)),
}
_MARKERS = {
    "diamond": "D",
    "square": "s",
    "triangle-up": "^",
    "triangle-down": "v",
    "cross": "P",
    "x": "X",
    "star": "*",
}
_POINTS = 0.48
"""Points of paper for a pixel of the screen."""
_MANY = 2000
"""Points above which a trace is a bitmap within an SVG."""
_INK = "#222222"


def on_paper(*figures: go.Figure, title: str = "", size: tuple[float, float] | None = None) -> Figure:
    """Draw plotly figures side by side on white, under one title.

    Parameters
    ----------
    title
        Title of all; that of the first where left out.
    size
        Width and height in inches; by the height on the screen where left out.
    """
    width, height = size or (4.2 * len(figures), max(one.layout.height or 400 for one in figures) / 100)
    whole = Figure(figsize=(width, height), facecolor="white", layout="constrained")
    for part, figure in zip(whole.subfigures(1, len(figures), squeeze=False)[0], figures, strict=True):
        _draw(part, figure)
    heading = title or plain(figures[0].layout.title.text or "")
    whole.suptitle(_escape(textwrap.fill(heading, round(12 * width), max_lines=2, placeholder="…")), fontsize=10)
    return whole


def _draw(part: SubFigure, figure: go.Figure) -> None:
    """Draw one figure, with axes for each pair of plotly axes at its domain."""
    panels = _panels(part, figure)
    heights: dict[Axes, Any] = {}
    for trace in figure.data:
        axes = panels[_numbers(trace)]
        if trace.type == "bar":
            base = heights.get(axes, 0) if figure.layout.barmode == "stack" else trace.base
            heights[axes] = _bars(axes, trace, 0 if base is None else np.asarray(base))
        elif trace.type == "heatmap":
            _map(axes, trace)
        else:
            _scatter(axes, trace)
    for (x, y), axes in panels.items():
        _finish(axes, figure.layout[f"xaxis{x}"], figure.layout[f"yaxis{y}"], (x, y))
    for shape in figure.layout.shapes:
        if shape.type == "line":
            axes, transform = _where(panels, shape)
            line = {"color": shape.line.color, "linestyle": _DASHES[shape.line.dash], "linewidth": 0.9}
            axes.plot([shape.x0, shape.x1], [shape.y0, shape.y1], transform=transform, **line)
    for note in figure.layout.annotations:
        axes, transform = _where(panels, note)
        _note(axes, note, transform)
    if figure.layout.showlegend is not False:
        ranks = {_label(trace): trace.legendrank or 0 for trace in figure.data}
        for axes in panels.values():
            handles, labels = axes.get_legend_handles_labels()
            order = sorted(range(len(labels)), key=lambda at: ranks[labels[at]])
            if order:
                shown = [handles[at] for at in order], [labels[at] for at in order]
                axes.legend(*shown, framealpha=0.7, edgecolor="none", fontsize=7.5)


def _panels(part: SubFigure, figure: go.Figure) -> Panels:
    pairs = list(dict.fromkeys(_numbers(trace) for trace in figure.data))
    spans = [
        {pair: figure.layout[f"{letter}axis{pair[at]}"].domain or (0, 1) for pair in pairs}
        for at, letter in enumerate("xy")
    ]
    columns, rows = ({span[0]: span[1] - span[0] for span in one.values()} for one in spans)
    left, top = sorted(columns), sorted(rows, reverse=True)
    grid = part.add_gridspec(
        len(top),
        len(left),
        width_ratios=[columns[at] for at in left],
        height_ratios=[rows[at] for at in top],
    )
    panels: Panels = {}
    for pair in pairs:
        shared = {
            f"share{letter}": next((axes for other, axes in panels.items() if other[at] == pair[at]), None)
            for at, letter in enumerate("xy")
        }
        place = grid[top.index(spans[1][pair][0]), left.index(spans[0][pair][0])]
        panels[pair] = part.add_subplot(place, **shared)
    return panels


def _numbers(trace: Any) -> tuple[str, str]:
    return (trace.xaxis or "x")[1:], (trace.yaxis or "y")[1:]


def _where(panels: Panels, item: Any) -> tuple[Axes, Transform]:
    """Find the axes of a shape or annotation, and how its coordinates are meant: as data, or as shares of the axes."""
    x, y = (str(item[f"{letter}ref"] or letter) for letter in "xy")
    pair = x.split()[0].removeprefix("x").removeprefix("paper"), y.split()[0].removeprefix("y").removeprefix("paper")
    axes = panels.get(pair) or next(iter(panels.values()))
    shares = [ref == "paper" or ref.endswith("domain") for ref in (x, y)]
    return axes, blended_transform_factory(*(axes.transAxes if share else axes.transData for share in shares))


def _scatter(axes: Axes, trace: Any) -> None:
    x, y, mode = np.asarray(trace.x), np.asarray(trace.y), trace.mode or "lines"
    colour = trace.line.color or (trace.marker.color if isinstance(trace.marker.color, str) else None)
    label = _label(trace)
    if "lines" in mode:
        width = 0.7 * (trace.line.width or 2)
        axes.plot(x, y, color=colour, linestyle=_DASHES[trace.line.dash], linewidth=width, label=label)
    if "markers" in mode:
        symbol, marker = str(trace.marker.symbol or "circle"), trace.marker
        shades = colour if marker.color is None else marker.color
        order = np.arange(len(x))
        options: dict[str, Any] = {}
        if shades is not None and not isinstance(shades, str) and len(shades) and not isinstance(shades[0], str):
            shades = np.asarray(shades, dtype=float)
            order = np.argsort(shades, kind="stable")  # the densest on top
            options = {"cmap": _colours(marker.colorscale)}
        sizes = np.square(_POINTS * np.asarray(marker.size if marker.size is not None else 6, dtype=float))
        axes.scatter(
            x[order],
            y[order],
            s=sizes if sizes.ndim == 0 else sizes[order],
            c=shades if isinstance(shades, str) or shades is None else np.asarray(shades)[order],
            marker=_MARKERS.get(symbol.removesuffix("-open"), "o"),
            alpha=marker.opacity,
            linewidths=0,
            rasterized=len(x) > _MANY,
            label=None if "lines" in mode else label,
            zorder=2.5,
            **options,
        )
    errors = trace.error_y
    if errors.array is not None:
        # An end may lie a rounding error on the wrong side of the point.
        ends = np.stack([errors.array if errors.arrayminus is None else errors.arrayminus, errors.array])
        axes.errorbar(
            x, y, yerr=ends.clip(min=0.0), color=errors.color or colour, fmt="none", elinewidth=1.1, capsize=2
        )


def _bars(axes: Axes, trace: Any, base: Any) -> Any:
    """Draw bars and give where they end."""
    lying = trace.orientation == "h"
    at, long = (trace.y, trace.x) if lying else (trace.x, trace.y)
    at, long = np.asarray(at), np.asarray(long)
    wide = np.diff(np.sort(at)).min() if len(at) > 1 else 1
    wide = trace.width if trace.width is not None else wide
    style = {"color": trace.marker.color, "alpha": trace.marker.opacity, "label": _label(trace)}
    if lying:
        axes.barh(at, long, height=wide, left=base, **style)
    else:
        axes.bar(at, long, width=wide, bottom=base, **style)
    return base + long


def _map(axes: Axes, trace: Any) -> None:
    z = np.asarray(trace.z, dtype=float)
    x, y = (
        np.arange(n) if at is None else np.asarray(at, dtype=float)
        for at, n in zip((trace.x, trace.y), z.shape[::-1], strict=True)
    )
    edge: dict[str, Any] = {"edgecolors": "white", "linewidth": 1.5} if trace.xgap else {}
    axes.spines[:].set_visible(False)
    axes.pcolormesh(
        x, y, z, cmap=_colours(trace.colorscale), vmin=trace.zmin, vmax=trace.zmax, rasterized=z.size > _MANY, **edge
    )


def _note(axes: Axes, note: Any, transform: Transform) -> None:
    bold = "bold" if "<b>" in note.text else "normal"
    away = (note.ax or 0, -(note.ay or 0)) if note.showarrow else (note.xshift or 0, note.yshift or 0)
    axes.annotate(
        _lines(note.text),
        (note.x, note.y),
        xycoords=transform,
        xytext=away,
        textcoords="offset points",
        ha={"left": "left", "right": "right"}.get(note.xanchor, "center"),
        va={"top": "top", "bottom": "bottom"}.get(note.yanchor, "center"),
        arrowprops={"arrowstyle": "-", "color": note.arrowcolor or _INK} if note.showarrow else None,
        fontsize=8,
        fontweight=bold,
        color=note.font.color or _INK,
    )


def _finish(axes: Axes, x: Any, y: Any, pair: tuple[str, str]) -> None:
    """Give axes their titles, ranges and ticks; where a plotly axis has no labels there is no line either."""
    for letter, axis, drawn, anchor in (("x", x, axes.xaxis, f"y{pair[1]}"), ("y", y, axes.yaxis, f"x{pair[0]}")):
        drawn.set_label_text(_lines(axis.title.text or "", 40))
        if axis.type == "log":
            axes.set(**{f"{letter}scale": "log"})
        if axis.tickvals is not None:
            texts = None if axis.ticktext is None else [_lines(text, 18) for text in axis.ticktext]
            drawn.set_ticks(axis.tickvals, texts)
        drawn.set_tick_params(labelsize=8, labelfontfamily=axis.tickfont.family or "sans-serif")
        if axis.range is not None:
            axes.set(**{f"{letter}lim": 10.0 ** np.array(axis.range) if axis.type == "log" else axis.range})
        elif axis.rangemode == "tozero" and axis.type != "log":
            low, high = axes.get_xlim() if letter == "x" else axes.get_ylim()
            smallest = axes.dataLim.x0 if letter == "x" else axes.dataLim.y0
            axes.set(**{f"{letter}lim": (low if smallest < 0 else 0, high)})
        if axis.autorange == "reversed":
            (axes.invert_xaxis if letter == "x" else axes.invert_yaxis)()
        elsewhere = (axis.anchor or anchor[0]) != anchor
        if elsewhere or axis.visible is False or axis.showticklabels is False:
            drawn.set_visible(False)
            axes.spines[["bottom" if letter == "x" else "left"]].set_visible(False)
    axes.spines[["top", "right"]].set_visible(False)
    if y.scaleanchor == f"x{pair[0]}":
        axes.set_box_aspect(1)


def _label(trace: Any) -> str | None:
    return None if trace.showlegend is False or not trace.name else _lines(trace.name, 40)


def _colours(scale: Any) -> LinearSegmentedColormap:
    return LinearSegmentedColormap.from_list("scale", [(float(at), colour) for at, colour in scale])


def _lines(text: str, width: int = 0) -> str:
    """Write a text of the screen, its line breaks kept and long lines wrapped."""
    lines = [plain(line) for line in re.split(r"<br\s*/?>", text)]
    wrapped = [textwrap.fill(line, width, max_lines=2, placeholder="…") if width else line for line in lines]
    return _escape("\n".join(wrapped))


def _escape(text: str) -> str:
    """Keep matplotlib from reading the user's dollar signs as mathematics."""
    return text.replace("$", r"\$")
