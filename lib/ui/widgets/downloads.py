"""Downloads of tables, made only when somebody asks: CSV with every cell as it is, and a workbook for spreadsheets.

Text in CSV is never altered. In the workbook every id is a text cell, so that a spreadsheet neither computes it nor
takes it for a date.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from lib.core.errors import UserError
from lib.io import export
from lib.ui.widgets.text import file_name

if TYPE_CHECKING:
    import pandas as pd


MIME = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
"""Types of the files by their endings."""


def csv_button(
    make: Callable[[], "pd.DataFrame"],
    *,
    name: str,
    key: str,
    label: str = "Download CSV",
    help: str | None = None,
    icon: str | None = ":material/download:",
) -> None:
    """Draw two buttons that make a table and download it as CSV or XLSX when pressed; nothing is made before.

    Parameters
    ----------
    make
        Gives the table.
    name
        File name without its ending; anything a user typed is made safe.
    key
        Key of the button for CSV; that for XLSX has ``-xlsx`` behind it.
    label, help, icon
        What stands on the button for CSV, and beside it.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        st.download_button(
            label,
            data=lambda: export.to_csv(make()),
            file_name=file_name(name, ".csv"),
            mime=MIME["csv"],
            key=key,
            on_click="ignore",
            type="tertiary",
            icon=icon,
            help=help,
        )
        st.download_button(
            "Excel",
            data=lambda: _workbook(make()),
            file_name=file_name(name, ".xlsx"),
            mime=MIME["xlsx"],
            key=f"{key}-xlsx",
            on_click="ignore",
            type="tertiary",
            help="The same table as a workbook: IDs and alleles are text cells, which Excel leaves as they are.",
        )


def _workbook(table: "pd.DataFrame") -> bytes:
    """Write a workbook; of a table that none can hold, one that says so, for a download cannot be refused."""
    import pandas as pd

    try:
        return export.to_xlsx(table)
    except UserError as error:
        return export.to_xlsx(pd.DataFrame({"This table is not here": [str(error)]}))
