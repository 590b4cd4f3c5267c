"""Downloads: tables as CSV that a spreadsheet opens without running anything, made only when somebody asks."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from lib.io import export
from lib.ui.text import file_name

if TYPE_CHECKING:
    import pandas as pd


def csv_button(
    make: Callable[[], "pd.DataFrame"],
    *,
    name: str,
    key: str,
    label: str = "Download CSV",
    help: str | None = None,
    icon: str | None = ":material/download:",
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
    label, help, icon
        What stands on the button, and beside it.
    """
    st.download_button(
        label,
        data=lambda: export.to_csv(make()),
        file_name=file_name(name, ".csv"),
        mime="text/csv",
        key=key,
        on_click="ignore",
        type="tertiary",
        icon=icon,
        help=help,
    )
