"""The numbers behind a plotly figure as one table, for the charts that bring no table of their own."""

import html
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

SERIES, LABEL = "series", "label"
"""Columns with the name of the trace, and with the text of each of its points, such as the id of a sequence."""

_TAG = re.compile(r"<[^<>]*>")
_GRIDS = ("heatmap", "contour", "surface")


def of_figure(figure: go.Figure) -> pd.DataFrame:
    """Give the points of every trace, one below the other, in columns that are called what the axes are called.

    Traces that share an axis share its column; several panels have several. A heat map has one row for each cell, and
    the title of its colour bar names the column of its values. Bands and guides that have no name of their own, such as
    the area between two limits, keep the name of their trace.

    >>> figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name="a")).update_layout(xaxis_title="Time (hours)")
    >>> of_figure(figure).to_dict("list")
    {'Time (hours)': [1, 2], 'y': [3, 4]}
    """
    tables = []
    for place, trace in enumerate(figure.data):
        table = _of_trace(figure, trace)
        if len(table):
            tables.append((plain(trace.name or "") or f"trace {place + 1}", table))
    if not tables:
        return pd.DataFrame()
    if len(tables) > 1:
        for name, table in tables:
            table.insert(0, SERIES, name)
    return pd.concat([table for _, table in tables], ignore_index=True)


def plain(text: object) -> str:
    """Read a text of a figure as people see it: no tags, no HTML entities, one line.

    >>> plain("log<sub>2</sub> 8h&nbsp;&lt;b&gt;<br>(n)")
    'log2 8h <b> (n)'
    """
    without = _TAG.sub("", re.sub(r"<br\s*/?>", " ", str(text)))
    return " ".join(html.unescape(without).split())


def _of_trace(figure: go.Figure, trace: Any) -> pd.DataFrame:
    if trace.type == "parcoords":
        return pd.DataFrame({plain(one.label or i): list(one.values) for i, one in enumerate(trace.dimensions)})
    if trace.type in _GRIDS:
        return _grid(figure, trace)
    columns: dict[str, Sequence[Any]] = {}
    text = _values(trace, "text")
    if text is None:
        text = _values(trace, "hovertext")
    for letter in ("x", "y"):
        found = _values(trace, letter)
        if found is None:
            continue
        name = _axis(figure, trace, letter)
        columns[name if name not in columns else f"{name} ({letter})"] = found
        errors = trace[f"error_{letter}"] if f"error_{letter}" in trace else None
        for side in ("array", "arrayminus"):
            known = None if errors is None else errors[side]
            if known is not None and len(known) == len(found):
                columns[f"{name}, {'above' if side == 'array' else 'below'}"] = list(known)
    if "labels" in trace and "values" in trace and trace.labels is not None:
        columns |= {LABEL: list(trace.labels), "value": list(trace["values"])}
    longest = max(map(len, columns.values()), default=0)
    columns = {name: values for name, values in columns.items() if len(values) == longest}
    if text is not None and len(text) == longest:
        columns = {LABEL: [plain(item) for item in text], **columns}
    return pd.DataFrame(columns)


def _grid(figure: go.Figure, trace: Any) -> pd.DataFrame:
    """Give a heat map as one row for each cell, row by row."""
    cells = np.array([list(row) for row in trace.z], dtype=object)
    x = _values(trace, "x") or list(range(cells.shape[1]))
    y = _values(trace, "y") or list(range(cells.shape[0]))
    bar = trace.colorbar.title.text if "colorbar" in trace else None
    names = [_axis(figure, trace, "x"), _axis(figure, trace, "y"), plain(bar or "") or "value"]
    if len(set(names)) < 3:
        names = ["x", "y", "value"]
    rows = [
        (across, down, cells[i, j])
        for i, down in enumerate(y[: cells.shape[0]])
        for j, across in enumerate(x[: cells.shape[1]])
    ]
    return pd.DataFrame(rows, columns=names)


def _values(trace: Any, name: str) -> list[Any] | None:
    """Give an array of a trace as a list; texts without their markup; None where there is none."""
    found = trace[name] if name in trace else None
    if found is None or isinstance(found, str | int | float):
        return None
    return [plain(item) if isinstance(item, str) else item for item in np.asarray(found, dtype=object).tolist()]


def _axis(figure: go.Figure, trace: Any, letter: str) -> str:
    """Name the axis of a trace by its title; its letter where it has none."""
    number = str((trace[f"{letter}axis"] if f"{letter}axis" in trace else None) or letter).removeprefix(letter)
    axis = figure.layout[f"{letter}axis{number}"]
    return plain(axis.title.text or "") or f"{letter}{number}"
