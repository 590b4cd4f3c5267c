"""Learning curves: how the loss fell and the validation score, such as R2, rose while a model trained."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.tasks import metric

TRAIN, VALIDATION, SCORE = "#5b8fc7", "#d55e00", "#009e73"
_BEFORE = "validation_"


def score_column(history: pd.DataFrame) -> str:
    """Give the column of the score that epochs were judged by, such as ``validation_r2`` or ``validation_mcc``."""
    known = (name for name in history.columns if name.startswith(_BEFORE) and name != "validation_loss")
    return next(known, "validation_r2")


def score_label(history: pd.DataFrame) -> str:
    """Name that score for people.

    >>> score_label(pd.DataFrame({"validation_loss": [0.5], "validation_mcc": [0.4]}))
    'Validation MCC'
    >>> score_label(pd.DataFrame({"validation_loss": [0.5], "validation_minus_loss": [-0.5]}))
    'Minus the validation loss'
    """
    label = metric(score_column(history).removeprefix(_BEFORE)).label
    return f"Minus the validation {label[6:]}" if label.startswith("minus ") else f"Validation {label}"


def has_curve(history: pd.DataFrame) -> bool:
    """Say whether a history holds at least one number to draw."""
    return any(column in history and history[column].notna().any() for column, *_ in _lines(history))


def best_row(history: pd.DataFrame) -> int | None:
    """Give the row number of the highest validation score, None where there is none."""
    column = score_column(history)
    if column not in history or not history[column].notna().any():
        return None
    return int(np.nanargmax(history[column].to_numpy(dtype=float)))


def _lines(history: pd.DataFrame) -> tuple[tuple[str, str, str, str, int], ...]:
    return (
        ("loss", "Training loss", TRAIN, "circle", 1),
        ("validation_loss", "Validation loss", VALIDATION, "diamond", 1),
        (score_column(history), score_label(history), SCORE, "square", 2),
    )


def along(history: pd.DataFrame) -> tuple[str, str]:
    """Choose what the x axis counts: ``epoch`` where the model has epochs, else ``step``; with its label."""
    if "epoch" in history and history["epoch"].notna().any():
        return "epoch", "Epoch (pass over the training part)"
    return "step", "Step"


def learning_curve(history: pd.DataFrame, *, title: str = "", height: int = 300) -> go.Figure:
    """Draw losses on the left and the validation score on the right, against the epoch.

    Parameters
    ----------
    history
        Columns ``step, epoch, seconds, loss, validation_loss, learning_rate`` and that of the score, by which epochs
        were judged; NaN where not applicable.
    title
        Empty for none.
    height
        Pixels.
    """
    x, x_label = along(history)
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.12)
    for column, label, colour, symbol, panel in _lines(history):
        if column not in history:
            continue
        rows = history[history[column].notna()]
        line = go.Scatter(
            x=rows[x],
            y=rows[column],
            name=label,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"symbol": symbol, "size": 6},
            hovertemplate=f"{label} %{{y:.3f}}<br>{x} %{{x:.3g}}<extra></extra>",
        )
        figure.add_trace(line, row=1, col=panel)
    best = best_row(history)
    if best is not None:
        spot = history.iloc[best]
        figure.add_annotation(
            x=spot[x],
            y=spot[score_column(history)],
            text=f"best {spot[score_column(history)]:.3f}",
            row=1,
            col=2,
            showarrow=True,
            arrowhead=0,
            arrowcolor=SCORE,
            arrowwidth=1,
            ay=30,
            ax=0,
        )
    figure.update_xaxes(title=x_label, zeroline=False, rangemode="tozero")
    figure.update_yaxes(title="Loss", row=1, col=1, zeroline=False)
    figure.update_yaxes(title=score_label(history), row=1, col=2, zeroline=False)
    figure.update_layout(
        title={"text": title, "font": {"size": 15}} if title else None,
        height=height,
        uirevision="keep",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        margin={"l": 60, "r": 10, "t": 70 if title else 40, "b": 50},
    )
    return figure
