"""How a plotly chart is put on a page: alternative text, SVG from its toolbar, its numbers as CSV."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from lib.store.files import home
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


def legible(figure: "go.Figure", *, dark: bool | None = None) -> "go.Figure":
    """Give axes and legend a contrast of 4.5:1 or more; the grey of Streamlit's own plotly theme has less."""
    colour = _TEXT["dark" if (theme.is_dark() if dark is None else dark) else "light"]
    axis = {"tickfont": {"color": colour}, "title": {"font": {"color": colour}}}
    figure.update_xaxes(axis)
    figure.update_yaxes(axis)
    figure.update_layout(legend={"font": {"color": colour}})
    return figure


def draw(
    make: "Callable[[], go.Figure]",
    *,
    name: str,
    key: str,
    alt: str,
    kept: str = "",
    numbers: Callable[[], "pd.DataFrame"] | None = None,
) -> None:
    """Draw a figure with its alternative text and, below it, a button for its numbers.

    Parameters
    ----------
    make
        Gives the figure, made by ``lib.plots``.
    name
        File name of the downloads, without ending.
    key
        Key of the chart and, with an ending, of the button.
    alt
        What the chart shows, for those who cannot see it.
    kept
        What the figure depends on, such as the id of a dataset; the figure is then made once for everybody. Empty for
        a figure that is made anew each time.
    numbers
        Makes the table behind the figure.
    """
    figure = once(f"{key}|{kept}", make) if kept else legible(make())
    st.plotly_chart(figure, key=key, theme="streamlit", alt=alt, config=config(name))
    if numbers is not None:
        downloads.csv_button(numbers, name=name, key=f"{key}-csv", label="Numbers (CSV)")


def once(name: str, make: "Callable[[], go.Figure]") -> "go.Figure":
    """Give a figure that is made once for everybody.

    Parameters
    ----------
    name
        What the figure shows and what it depends on, such as the id of a run and its part.
    make
        Gives the figure, made by ``lib.plots``.
    """
    return _kept(str(home()), name, theme.is_dark(), make)


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept(home: str, key: str, dark: bool, _make: "Callable[[], go.Figure]") -> "go.Figure":  # noqa: FBT001 (a cache key)
    return legible(_make(), dark=dark)
