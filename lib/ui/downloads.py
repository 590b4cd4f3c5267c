"""Downloads: tables as CSV that a spreadsheet opens without running anything, made only when somebody asks."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from lib.ui.text import file_name

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(frame: "pd.DataFrame") -> bytes:
    """Write a table as UTF-8 CSV; texts that a spreadsheet would take for a formula get an apostrophe in front.

    Numbers stay numbers, negative ones too.
    """
    safe = frame.copy(deep=False)
    safe.columns = [_quoted(str(name)) for name in frame.columns]
    for place, (_, column) in enumerate(frame.items()):
        if column.dtype.kind not in "biufcM":
            safe.isetitem(place, column.map(_quoted))
    return safe.to_csv(index=False).encode("utf-8")


def _quoted(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def csv_button(
    make: Callable[[], "pd.DataFrame"], *, name: str, key: str, label: str = "Download CSV", help: str | None = None
) -> None:
    """Draw a button that makes a table and downloads it when it is pressed; nothing is made before.

    Parameters
    ----------
    make
        Gives the table.
    name
        File name without its ending; anything a user typed is made safe.
    key
        Key of the widget.
    """
    st.download_button(
        label,
        data=lambda: to_csv(make()),
        file_name=file_name(name, ".csv"),
        mime="text/csv",
        key=key,
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help=help,
    )
