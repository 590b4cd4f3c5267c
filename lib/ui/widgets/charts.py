"""How a chart is put on a page: alternative text, and its files below it as SVG, PNG and CSV.

Every chart of the app comes from here, so that every one has all three: ``draw`` for plotly, ``picture`` for
matplotlib.
"""

import functools
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from lib.store.files import home
from lib.ui.widgets import downloads, theme
from lib.ui.widgets.text import file_name, plain

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go
    from matplotlib.figure import Figure

ASSETS = Path(__file__).resolve().parents[3] / "assets"
KEY = "chart"
"""Keys of the containers that hold a chart and its files begin with this; ``assets/chart_files.js`` looks for them."""
_TEXT = {"light": "#45525C", "dark": "#B9C4CE"}
_FILES = "".join(f'<button type="button" data-format="{form}">{form.upper()}</button>' for form in ("svg", "png"))


def config(name: str, *, selects: bool = False) -> dict[str, Any]:
    """Give the settings of plotly's toolbar: a picture as SVG under a telling name, and no tools that nobody needs.

    Parameters
    ----------
    name
        File name of the picture, without ending.
    selects
        Whether points can be selected: the toolbar with its lasso is then always there.
    """
    spare = ["autoScale2d"] if selects else ["lasso2d", "select2d", "autoScale2d"]
    return {
        "displaylogo": False,
        "displayModeBar": True if selects else "hover",
        "modeBarButtonsToRemove": spare,
        "toImageButtonOptions": {"format": "svg", "filename": file_name(name, "")},
    }


def legible(figure: "go.Figure", *, dark: bool | None = None) -> "go.Figure":
    """Give axes and legend a contrast of 4.5:1 or more; the grey of Streamlit's own plotly theme has less."""
    colour = _TEXT["dark" if (theme.is_dark() if dark is None else dark) else "light"]
    axis = {"tickfont": {"color": colour}, "title": {"font": {"color": colour}}}
    figure.update_xaxes(axis)
    figure.update_yaxes(axis)
    figure.update_layout(legend={"font": {"color": colour}})
    bar = {"colorbar": {"tickfont": {"color": colour}, "title": {"font": {"color": colour}}}}
    figure.update_coloraxes(bar)
    figure.update_traces(bar, selector={"type": "heatmap"})
    return figure


def draw(
    make: "Callable[[], go.Figure]",
    *,
    name: str,
    key: str,
    alt: str,
    kept: str = "",
    numbers: "Callable[[], pd.DataFrame] | None" = None,
    **selection: Any,
) -> Any:
    """Draw a figure with its alternative text and, below it, its files: SVG and PNG of what is seen, CSV of its data.

    Parameters
    ----------
    make
        Gives the figure, made by ``lib.figures``.
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
        Makes the table behind the figure; the points of the figure itself (``lib.figures.numbers``) where left out.
    **selection
        ``on_select`` and ``selection_mode`` of ``st.plotly_chart``, where points can be selected.

    Returns
    -------
    Any
        What ``st.plotly_chart`` gives, such as the selected points.
    """
    figure = once(f"{key}|{kept}", make) if kept else legible(make())
    with st.container(key=f"{KEY}-{key}", gap="xxsmall"):
        event = st.plotly_chart(
            figure, key=key, theme="streamlit", alt=alt, config=config(name, selects=bool(selection)), **selection
        )
        with _row():
            _files()(key=f"{key}-files", data={"name": file_name(name, "")}, width="content", height="content")
            _csv(numbers or (lambda: _points(figure)), name, key)
    return event


def picture(
    make: "Callable[[], Figure]",
    *,
    name: str,
    key: str,
    alt: str,
    numbers: "Callable[[], pd.DataFrame]",
    width: Any = "stretch",
) -> None:
    """Draw a matplotlib figure with its alternative text and, below it, its files: SVG, PNG and CSV.

    Parameters
    ----------
    make
        Gives the figure, made by ``lib.figures``; it is made again for each file that is asked for.
    name, key, alt
        As for ``draw``.
    numbers
        Makes the table behind the figure.
    width
        Of the image, as ``st.image`` takes it.
    """
    from lib.figures.files import to_svg

    with st.container(key=f"{KEY}-{key}", gap="xxsmall"):
        st.image(to_svg(make()).decode("utf-8"), width=width, alt=alt)
        with _row():
            files(make, name=name, key=key, numbers=numbers)


def files(
    make: "Callable[[], Figure]", *, name: str, key: str, numbers: "Callable[[], pd.DataFrame] | None" = None
) -> None:
    """Draw the buttons for the files of a matplotlib figure alone, for pictures that a page draws in its own way."""
    from lib.figures.files import to_png, to_svg

    for form, mime, write in (("svg", "image/svg+xml", to_svg), ("png", "image/png", to_png)):
        st.download_button(
            form.upper(),
            data=partial(lambda write: write(make()), write),
            file_name=file_name(name, f".{form}"),
            mime=mime,
            key=f"{key}-{form}",
            on_click="ignore",
            type="tertiary",
            help=f"The picture as {form.upper()}: {plain(name)}",
        )
    if numbers is not None:
        _csv(numbers, name, key)


def once(name: str, make: "Callable[[], go.Figure]") -> "go.Figure":
    """Give a figure that is made once for everybody.

    Parameters
    ----------
    name
        What the figure shows and what it depends on, such as the id of a run and its part.
    make
        Gives the figure, made by ``lib.figures``.
    """
    return _keep(str(home()), name, theme.is_dark(), make)


@st.cache_resource(max_entries=64, show_spinner=False)
def _keep(home: str, key: str, dark: bool, _make: "Callable[[], go.Figure]") -> "go.Figure":  # noqa: FBT001 (a cache key)
    return legible(_make(), dark=dark)


def _row() -> Any:
    """Give the row of buttons below a chart; its gap stands in ``assets/chart_files.css`` too."""
    return st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small")


def _csv(make: "Callable[[], pd.DataFrame]", name: str, key: str) -> None:
    help = f"The numbers of this figure: {plain(name)}"
    downloads.csv_button(make, name=name, key=f"{key}-csv", label="CSV", help=help, icon=None)


def _points(figure: "go.Figure") -> "pd.DataFrame":
    from lib.figures.numbers import of_figure

    return of_figure(figure)


@functools.cache
def _files() -> Callable[..., Any]:
    """Register the buttons for pictures once per process."""
    return st.components.v2.component(
        "motiflens_chart_files",
        html=f'<div class="files" role="group" aria-label="The picture as a file">{_FILES}</div>',
        css=(ASSETS / "chart_files.css").read_text(encoding="utf-8"),
        js=(ASSETS / "chart_files.js").read_text(encoding="utf-8"),
    )
