"""Whether the spread of an ensemble is as large as its errors: error against spread, and how much mean ± z SD holds."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.figures.colours import RUNS
from lib.figures.scatter import GUIDE
from lib.figures.theme import apply_style, axis, safe

_DASHED = {"color": GUIDE, "width": 1.2, "dash": "dash"}


def plot_calibration(bins: pd.DataFrame, coverage: pd.DataFrame, *, unit: str) -> go.Figure:
    """Draw the mean absolute error of each group of equal spread, and the observed shares against the expected ones.

    Parameters
    ----------
    bins, coverage
        As ``lib.analysis.calibration`` gives them.
    unit
        Of spread and error.
    """
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.14)
    figure.add_scatter(
        row=1,
        col=1,
        x=bins["spread"],
        y=bins["mae"],
        mode="lines+markers",
        name="mean absolute error",
        line={"color": RUNS[0], "width": 1.5},
        marker={"size": 8},
        error_y={
            "type": "data",
            "array": bins["mae_high"] - bins["mae"],
            "arrayminus": bins["mae"] - bins["mae_low"],
            "color": RUNS[0],
            "thickness": 1.5,
            "width": 4,
        },
        customdata=bins[["n", "low", "high", "rmse"]],
        hovertemplate="spread %{customdata[1]:.3g} to %{customdata[2]:.3g}, n = %{customdata[0]:,}<br>mean absolute "
        "error %{y:.3f}<br>RMSE %{customdata[3]:.3f}<extra></extra>",
    )
    # Of normal errors with standard deviation s the mean size is s times the root of 2 / pi.
    high = float(max(bins["spread"].max(), 1e-9)) * 1.05
    figure.add_shape(type="line", x0=0, y0=0, x1=high, y1=high * 0.7979, line=_DASHED, row=1, col=1)
    figure.add_scatter(
        row=1,
        col=2,
        x=100 * coverage["expected"],
        y=100 * coverage["observed"],
        mode="lines+markers",
        name="held",
        line={"color": RUNS[0], "width": 1.5},
        marker={"size": 8, "symbol": "square"},
        error_y={
            "type": "data",
            "array": 100 * (coverage["high"] - coverage["observed"]),
            "arrayminus": 100 * (coverage["observed"] - coverage["low"]),
            "color": RUNS[0],
            "thickness": 1.5,
            "width": 4,
        },
        customdata=coverage[["z", "n"]],
        hovertemplate="mean ± %{customdata[0]:.2f} SD<br>should hold %{x:.0f}%<br>holds %{y:.1f}%, "
        "n = %{customdata[1]:,}<extra></extra>",
    )
    figure.add_shape(type="line", x0=0, y0=0, x1=100, y1=100, line=_DASHED, row=1, col=2)
    figure.update_layout(showlegend=False)
    apply_style(figure, "", x="", y="", height=340)
    figure.update_xaxes(title=axis("SD of the members", safe(unit)), rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title=axis("Mean absolute error", safe(unit)), rangemode="tozero", row=1, col=1)
    figure.update_xaxes(title="Should lie within mean ± z SD (%)", range=[0, 103], row=1, col=2)
    figure.update_yaxes(title="Lie within it (%)", range=[0, 103], row=1, col=2)
    return figure
