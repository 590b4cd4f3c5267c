"""How a plotly chart is put on a page: alternative text, SVG from its toolbar, its numbers as CSV."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from lib.ui import downloads, theme
from lib.ui.text import file_name

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_TEXT = {"light": "#45525C", "dark": "#B9C4CE"}


def config(name: str) -> dict[str, Any]:
    """Give the settings of plotly's toolbar: a picture as SVG under a telling name, and no tools that nobody needs."""
    return {
        "displaylogo": False,
        "displayModeBar": "hover",
        "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
        "toImageButtonOptions": {"format": "svg", "filename": file_name(name, "")},
    }


def legible(figure: "go.Figure") -> "go.Figure":
    """Give axes and legend a contrast of 4.5:1 or more; the grey of Streamlit's own plotly theme has less."""
    colour = _TEXT["dark" if theme.is_dark() else "light"]
    figure.update_xaxes(tickfont_color=colour, title_font_color=colour)
    figure.update_yaxes(tickfont_color=colour, title_font_color=colour)
    figure.update_layout(legend_font_color=colour)
    return figure


def draw(
    figure: "go.Figure",
    *,
    name: str,
    key: str,
    alt: str,
    numbers: Callable[[], "pd.DataFrame"] | None = None,
) -> None:
    """Draw a figure with its alternative text and, below it, a button for its numbers.

    Parameters
    ----------
    figure
        Made by ``lib.plots``.
    name
        File name of the downloads, without ending.
    key
        Key of the chart and, with an ending, of the button.
    alt
        What the chart shows, for those who cannot see it.
    numbers
        Makes the table behind the figure.
    """
    legible(figure)
    st.plotly_chart(figure, key=key, theme="streamlit", alt=alt, config=config(name))
    if numbers is not None:
        downloads.csv_button(numbers, name=name, key=f"{key}-csv", label="Numbers (CSV)")
