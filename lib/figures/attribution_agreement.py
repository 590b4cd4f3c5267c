"""How several attributions of one sequence agree, and their logos one below the other."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from lib.attribution.base import Attribution
from lib.attribution.trust import Trust
from lib.core.arrays import FloatArray
from lib.figures import colours
from lib.figures.logo import draw_letters, draw_whiskers
from lib.figures.theme import apply_style, safe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PER_ROW = 110
_LETTER, _HIGH, _LEFT, _TOP, _GAP = 0.115, 0.8, 0.7, 0.4, 0.3  # inches


def pair_map(labels: Sequence[str], matrix: FloatArray, *, title: str, name: str, low: float = 0.0) -> go.Figure:
    """Draw one number for every two of M attributions, written in its cell.

    Parameters
    ----------
    labels
        (M,) names, no two alike.
    matrix
        (M, M) from ``low`` to 1; NaN cells stay empty.
    title, name
        Title of the map, and what its numbers are.
    low
        Lowest number of the scale; below 0 the scale is the signed one.
    """
    names = [safe(label) for label in labels]
    numbers = [str(place + 1) for place in range(len(names))]
    figure = go.Figure(
        go.Heatmap(
            z=matrix,
            x=names,
            y=names,
            zmin=low,
            zmax=1.0,
            texttemplate="%{z:.2f}",
            xgap=2,
            ygap=2,
            colorscale=[[0, colours.LOWERS], [0.5, "#F4F4F4"], [1, colours.RAISES]] if low < 0 else "Cividis",
            colorbar={"thickness": 12, "tickvals": [low, 0, 0.5, 1] if low < 0 else [0, 0.5, 1]},
            hovertemplate=f"%{{y}}<br>and %{{x}}<br>{safe(name)} %{{z:.3f}}<extra></extra>",
        )
    )
    apply_style(figure, safe(title), x="", y="", height=130 + 40 * max(3, len(names)))
    beside = [f"{text.replace(', ', '<br>', 1)}  <b>{number}</b>" for text, number in zip(names, numbers, strict=True)]
    figure.update_xaxes(type="category", showgrid=False, tickvals=names, ticktext=numbers, tickangle=0)
    figure.update_yaxes(type="category", showgrid=False, autorange="reversed", tickvals=names, ticktext=beside)
    return figure


def stack_logos(
    labels: Sequence[str],
    attributions: Sequence[Attribution],
    judged: Sequence[Trust],
    *,
    title: str = "",
    rna: bool = False,
    one_scale: bool = False,
    whiskers: bool = False,
    window: tuple[int, int],
) -> "Figure":
    """Draw the logos of M attributions of one sequence one below the other, in rows of 110 nt.

    Parameters
    ----------
    labels, attributions, judged
        (M,) each, all of one sequence; the badge stands behind each label.
    title, rna
        Title, such as the id; show T as U.
    one_scale
        Draw all of them on one scale, else each on its own.
    whiskers
        Draw the standard error of each score, where there are any.
    window
        Half-open range to draw.
    """
    from matplotlib.figure import Figure

    start, end = window
    width = min(_PER_ROW, end - start)
    edges = [*range(start, end, width), end]
    block = len(labels) * _HIGH + _GAP
    size = (max(5.0, _LEFT + _LETTER * width + 0.2), _TOP + block * (len(edges) - 1) + 0.2)
    figure = Figure(figsize=size, facecolor="white")
    figure.text(_LEFT / size[0], 1 - 0.18 / size[1], title, fontsize=10, va="center", parse_math=False)
    limits = find_limits([item.scores for item in attributions])
    letter = (size[0] - _LEFT - 0.2) / width
    for row, (low, high) in enumerate(pairwise(edges)):
        for place, (label, item, trust) in enumerate(zip(labels, attributions, judged, strict=True)):
            below = size[1] - _TOP - row * block - (place + 1) * _HIGH
            axes = figure.add_axes(
                (_LEFT / size[0], below / size[1], (high - low) * letter / size[0], 0.78 * _HIGH / size[1])
            )
            axes.set_ylim(*(limits if one_scale else find_limits([item.scores])))
            _letters(axes, item, (low, high), rna=rna, last=place == len(labels) - 1)
            if whiskers and item.standard_errors is not None:
                draw_whiskers(axes, item.scores, item.standard_errors, (low, high))
            if row == 0:
                named = f"{label}: {trust.word}" if label else trust.word
                axes.set_title(named, fontsize=7, loc="left", pad=1, parse_math=False)
    return figure


def find_limits(scores: Sequence[FloatArray]) -> tuple[float, float]:
    """Give the lowest and the highest number of several score vectors, 0 included.

    >>> find_limits([np.array([1.0, 2.0]), np.array([-0.5])])
    (-0.5, 2.0)
    """
    low = min(0.0, *(float(np.min(row)) for row in scores))
    high = max(0.0, *(float(np.max(row)) for row in scores))
    return (low, high) if low < high else (-1.0, 1.0)


def _letters(axes: "Axes", item: Attribution, window: tuple[int, int], *, rna: bool, last: bool) -> None:
    low, high = window
    axes.set_xlim(low - 0.5, high - 0.5)
    draw_letters(axes, item, window, rna=rna)
    ticks = [position for position in range(low, high) if (position + 1) % 10 == 0]
    axes.set_xticks(ticks, [str(tick + 1) for tick in ticks])
    axes.tick_params(labelsize=6, length=2, labelbottom=last)
    axes.spines[["top", "right"]].set_visible(False)
