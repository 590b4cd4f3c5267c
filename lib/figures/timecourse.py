"""Expression over time of chosen sequences, with replicates and the fitted decay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lib.core.arrays import FloatArray
from lib.datasets import decay
from lib.datasets.dataset import Dataset
from lib.figures import colours
from lib.figures.theme import apply_style, safe

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "triangle-down")


@dataclass(frozen=True)
class Course:
    """One sequence over time: hours (C,) and log2 expression (C,), NaN where missing; a fit where one was possible."""

    id: str
    hours: FloatArray
    values: FloatArray
    fit: Mapping[str, float] | None = None

    @property
    def fitted(self) -> bool:
        """Say whether there is a curve to draw."""
        return self.fit is not None and bool(np.isfinite(self.fit["rate"]))


def courses(dataset: Dataset, rows: Sequence[int]) -> list[Course]:
    """Take chosen rows of a dataset whose columns are times, replicates as they are, and fit their decay."""
    hours = np.asarray(dataset.times, dtype=np.float64)
    distinct = np.unique(hours)
    chosen = dataset.values[list(rows)]
    fits: list[Any] = [None] * len(rows)
    if len(distinct) >= decay.NEEDED_TIMES and len(rows):
        fits = decay.fit(distinct, average_replicates(hours, chosen)).to_dict("records")
    return [Course(str(dataset.ids[row]), hours, chosen[place], fits[place]) for place, row in enumerate(rows)]


def average_replicates(hours: FloatArray, values: FloatArray) -> FloatArray:
    """Average the replicates (N, C) of each distinct hour, ascending: (N, H), NaN where all are missing."""
    distinct = np.unique(hours)
    means = np.full((len(values), len(distinct)), np.nan)
    for place, hour in enumerate(distinct):
        replicates = values[:, hours == hour]
        present = np.isfinite(replicates)
        count = present.sum(axis=1)
        total = np.where(present, replicates, 0.0).sum(axis=1)
        np.divide(total, count, out=means[:, place], where=count > 0)
    return means


def table(shown: Sequence[Course]) -> pd.DataFrame:
    """Write courses as a table: id, hours, log2 expression, fitted value."""
    frames = [
        pd.DataFrame(
            {
                "id": course.id,
                "hours": course.hours,
                "log2_expression": course.values,
                "fitted": decay.curve(course.fit, course.hours) if course.fitted and course.fit else np.nan,
            }
        )
        for course in shown
    ]
    columns = ["id", "hours", "log2_expression", "fitted"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def timecourse_figure(shown: Sequence[Course], *, title: str = "", height: int = 340) -> go.Figure:
    """Draw measurements as points and the fitted decay as lines, one colour and one symbol per sequence."""
    figure = go.Figure()
    for place, course in enumerate(shown):
        colour, name = colours.of_run(place), safe(course.id)
        present = np.isfinite(course.values)
        figure.add_scatter(
            x=course.hours[present],
            y=course.values[present],
            mode="markers" if course.fitted else "lines+markers",
            name=name,
            legendgroup=str(place),
            marker={"color": colour, "size": 8, "symbol": SYMBOLS[place % len(SYMBOLS)]},
            line={"color": colour, "width": 1},
            hovertemplate=f"{name}<br>%{{x:g}} h: %{{y:.2f}}<extra></extra>",
        )
        if course.fitted and course.fit:
            hours = np.unique([*np.linspace(course.hours.min(), course.hours.max(), 60), course.fit["onset"]])
            figure.add_scatter(
                x=hours,
                y=decay.curve(course.fit, hours),
                mode="lines",
                name=f"fit of {name}",
                showlegend=False,
                legendgroup=str(place),
                line={"color": colour, "width": 2},
                hoverinfo="skip",
            )
    figure.update_layout(showlegend=len(shown) > 0)
    heading = title or f"Expression over time, {len(shown)} sequence{'s' * (len(shown) != 1)}"
    return apply_style(figure, heading, x="Time (hours)", y="Expression (log2)", height=height)
