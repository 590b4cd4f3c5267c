"""How right a classifier is: confusion matrix, ROC and precision-recall curves, calibration, metrics by threshold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from lib.figures.class_points import colour_of
from lib.figures.colours import RUNS
from lib.figures.dots import Series
from lib.figures.scatter import GUIDE
from lib.figures.theme import apply_style, safe
from lib.tasks.thresholds import Curve

SHADES = ("#E3EDF4", "#005A8C")
"""Colours of the confusion matrix, of 0% and 100% of a row; they are read on a white and on a dark page alike."""
_DASHED = {"color": GUIDE, "width": 1.2, "dash": "dash"}
_SQUARE = 400
LINES = (
    ("mcc", "MCC", RUNS[0], "solid"),
    ("f1", "F1", RUNS[1], "dash"),
    ("precision", "Precision", RUNS[2], "dot"),
    ("recall", "Recall", RUNS[3], "dashdot"),
    ("specificity", "Specificity", RUNS[4], "longdash"),
)
"""Metrics that are drawn against the threshold: key, name, colour, and how the line is dashed."""


class Drawn(NamedTuple):
    """A model in a picture of curves: how it looks, its curve, and the area below it (NaN where not defined)."""

    series: Series
    curve: Curve
    area: float


def confusion(counts: NDArray[np.int64], classes: Sequence[str], *, title: str) -> go.Figure:
    """Draw a confusion matrix: counts and the percentage of each row, which colours the cell.

    Parameters
    ----------
    counts
        (K, K), true classes in rows and predicted ones in columns.
    classes
        (K,) names.
    """
    share = shares(counts)
    names = [safe(name) for name in classes]
    shown = np.nan_to_num(share)
    crowded = len(classes) > 8
    text = [
        [f"{number:,}" + ("" if crowded else f"<br>{_percent(share[i, j])}") for j, number in enumerate(row)]
        for i, row in enumerate(counts.tolist())
    ]
    figure = go.Figure(
        go.Heatmap(
            x=list(range(len(names))),
            y=list(range(len(names))),
            z=100 * shown,
            zmin=0,
            zmax=100,
            xgap=2,
            ygap=2,
            colorscale=[[0, SHADES[0]], [1, SHADES[1]]],
            showscale=False,
            customdata=np.dstack([counts]),
            text=[[f"{one} called {other}" for other in names] for one in names],
            hovertemplate="<b>%{text}</b><br>%{customdata[0]:,} sequences, %{z:.1f}% of the row<extra></extra>",
        )
    )
    for i, row in enumerate(text):
        for j, cell in enumerate(row):
            figure.add_annotation(
                x=j,
                y=i,
                text=f"<b>{cell}</b>" if i == j else cell,
                showarrow=False,
                font={"color": ink(shown[i, j]), "size": 11 if crowded else 13},
            )
    totals = counts.sum(axis=1)
    figure.update_layout(showlegend=False)
    apply_style(figure, safe(title), x="Predicted class", y="True class", height=max(300, 150 + 68 * len(names)))
    ticks = {"tickvals": list(range(len(names))), "showgrid": False}
    figure.update_xaxes(ticks, ticktext=names)
    rows = [f"{name}<br>n = {total:,}" for name, total in zip(names, totals, strict=True)]
    return figure.update_yaxes(ticks, ticktext=rows, autorange="reversed")


def confusion_size(classes: Sequence[str]) -> tuple[float, float]:
    """Give the width and height of a confusion matrix on paper, in inches."""
    size = max(3.4, 1.4 + 0.7 * len(classes))
    return size + 0.6, size


def ink(share: float) -> str:
    """Give the colour of the letters in a cell of so large a share, with a contrast of 4.5:1 on ``SHADES``."""
    return "#FFFFFF" if share > 0.75 else "#000000"


def shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the share of each cell of its row, (K, K); NaN in a row without sequences."""
    totals = counts.sum(axis=1, keepdims=True).astype(np.float64)
    return counts / np.where(totals > 0, totals, np.nan)


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.0f}%"


def roc(models: Sequence[Drawn], *, title: str) -> go.Figure:
    """Draw ROC curves, the first on top, with the diagonal that guessing gives."""
    figure = go.Figure()
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line=_DASHED)
    _curves(figure, models, "AUROC", "false positive rate %{x:.3f}<br>true positive rate %{y:.3f}")
    return _square(figure, title, x="False positive rate (1 - specificity)", y="True positive rate (recall)")


def precision_recall(models: Sequence[Drawn], *, prevalence: float, title: str) -> go.Figure:
    """Draw precision-recall curves, the first on top, with the line at the prevalence that guessing gives."""
    figure = go.Figure()
    figure.add_hline(
        y=prevalence, line=_DASHED, annotation_text=f"prevalence {prevalence:.2f}", annotation_position="bottom left"
    )
    _curves(figure, models, "AUPRC", "recall %{x:.3f}<br>precision %{y:.3f}")
    return _square(figure, title, x="Recall", y="Precision")


def _curves(figure: go.Figure, models: Sequence[Drawn], area: str, hover: str) -> None:
    dashes = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
    for place, (series, curve, value) in reversed(list(enumerate(models))):
        known = "" if value != value else f" {value:.3f}"
        figure.add_scatter(
            x=curve.x.astype(np.float32),
            y=curve.y.astype(np.float32),
            mode="lines",
            legendrank=place,
            name=f"{safe(series.label)}{known}",
            line={"color": series.colour, "width": 2.5 if not place else 1.6, "dash": dashes[place % len(dashes)]},
            customdata=np.nan_to_num(curve.threshold, posinf=1.0),
            hovertemplate=f"<b>{safe(series.label)}</b>, {area}{known}<br>{hover}<br>at a threshold of "
            "%{customdata:.3f}<extra></extra>",
        )


def _square(figure: go.Figure, title: str, *, x: str, y: str) -> go.Figure:
    figure.update_layout(showlegend=True)
    apply_style(figure, safe(title), x=x, y=y, height=_SQUARE)
    figure.update_layout(
        hovermode="closest",
        margin={"t": 44, "b": 100},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )
    ends = {"range": [-0.02, 1.02], "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    return figure.update_xaxes(ends).update_yaxes(ends)


def calibration(
    bins: pd.DataFrame, probability: Sequence[NDArray[np.float64]], classes: Sequence[str], *, name: str, title: str
) -> go.Figure:
    """Draw how often a class is there where it is predicted with a probability, above how often each is predicted.

    Parameters
    ----------
    bins
        ``predicted`` (mean), ``observed`` (share), ``low_95``, ``high_95`` and ``n`` of each group of sequences.
    probability
        Predicted probabilities of class ``name``, an array for each true class.
    classes
        Names of the true classes.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.05)
    figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line=_DASHED, row=1, col=1)
    figure.add_scatter(
        row=1,
        col=1,
        x=bins["predicted"],
        y=bins["observed"],
        mode="lines+markers",
        name="observed share",
        line={"color": RUNS[0], "width": 1.5},
        marker={"size": 8},
        showlegend=False,
        error_y={
            "type": "data",
            "array": bins["high_95"] - bins["observed"],
            "arrayminus": bins["observed"] - bins["low_95"],
            "color": RUNS[0],
            "thickness": 1.5,
            "width": 4,
        },
        customdata=bins[["n", "low_95", "high_95"]],
        hovertemplate="predicted %{x:.2f} on average, n = %{customdata[0]:,}<br>observed %{y:.2f} "
        "[%{customdata[1]:.2f}, %{customdata[2]:.2f}]<extra></extra>",
    )
    edges = np.linspace(0, 1, 21)
    for number, (values, label) in enumerate(zip(probability, classes, strict=True)):
        counts = np.histogram(values, edges)[0]
        figure.add_bar(
            row=2,
            col=1,
            x=(edges[1:] + edges[:-1]) / 2,
            y=counts,
            width=0.046,
            name=safe(label),
            marker={"color": colour_of(number), "line": {"width": 0}},
            hovertemplate=f"{safe(label)}: %{{y:,}} sequences at about %{{x:.2f}}<extra></extra>",
        )
    figure.update_layout(barmode="stack", showlegend=True)
    apply_style(figure, safe(title), x="", y="", height=_SQUARE + 20)
    figure.update_layout(
        margin={"t": 44, "b": 90}, legend={"yref": "container", "y": 0, "yanchor": "bottom", "x": 0}, bargap=0
    )
    figure.update_xaxes(range=[-0.02, 1.02], tickvals=[0, 0.25, 0.5, 0.75, 1])
    figure.update_xaxes(title=f"Predicted probability of {safe(name)}", row=2, col=1)
    figure.update_yaxes(title=f"Share that is {safe(name)}", range=[-0.03, 1.03], row=1, col=1)
    return figure.update_yaxes(title="Sequences", row=2, col=1)


def by_threshold(frame: pd.DataFrame, threshold: float, *, title: str) -> go.Figure:
    """Draw what each threshold of the probability gives, with a line at the chosen one.

    Parameters
    ----------
    frame
        As ``lib.tasks.thresholds.by_threshold`` gives it.
    """
    figure = go.Figure()
    for key, label, colour, dash in LINES:
        figure.add_scatter(
            x=frame["threshold"],
            y=frame[key],
            mode="lines",
            name=label,
            line={"color": colour, "width": 2, "dash": dash},
            hovertemplate=f"{label} %{{y:.3f}} at a threshold of %{{x:.3f}}<extra></extra>",
        )
    figure.add_vline(x=threshold, line={"color": GUIDE, "width": 1.8})
    figure.update_layout(showlegend=True)
    apply_style(figure, safe(title), x="Threshold of the predicted probability", y="Metric", height=360)
    figure.update_layout(
        hovermode="x unified",
        margin={"t": 44, "b": 90},
        legend={"yref": "container", "y": 0, "yanchor": "bottom", "x": 0},
    )
    low = frame["mcc"].min()  # NaN where one class alone is there
    return figure.update_xaxes(range=[0, 1]).update_yaxes(range=[low if low < 0 else 0.0, 1.02])
