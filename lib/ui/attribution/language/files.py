"""Files of the Language model view: TSV, CSV and Excel of the numbers, npz for programs, SVG, PNG and PDF."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from lib.figures.files import to_pdf, to_png, to_svg
from lib.io.export import to_csv, to_tsv, to_xlsx
from lib.store.language_files import TABLES
from lib.ui.widgets.downloads import MIME
from lib.ui.widgets.text import file_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TSV = "text/tab-separated-values"


def draw(
    name: str, table: Callable[[], pd.DataFrame], npz: Callable[[], bytes], picture: "Callable[[], Figure]"
) -> None:
    """Draw the download buttons; each file is made when it is asked for.

    Parameters
    ----------
    name
        Of the files, without ending.
    """
    made: dict[str, tuple[str, str, Callable[[], bytes]]] = {
        ".svg": ("Picture (SVG)", "image/svg+xml", lambda: to_svg(picture())),
        ".png": ("Picture (PNG)", "image/png", lambda: to_png(picture())),
        ".pdf": ("Picture (PDF)", "application/pdf", lambda: to_pdf(picture())),
        ".tsv": ("Numbers (TSV)", _TSV, lambda: to_tsv(table())),
        ".csv": ("Numbers (CSV)", "text/csv", lambda: to_csv(table())),
        ".xlsx": ("Numbers (Excel)", MIME["xlsx"], lambda: to_xlsx(table())),
        ".npz": ("Numbers (npz)", "application/octet-stream", npz),
    }
    with st.container(horizontal=True, gap="small"):
        for ending, (label, mime, make) in made.items():
            st.download_button(
                label,
                data=make,
                file_name=file_name(name, ending),
                mime=mime,
                key=f"language{ending}",
                icon=":material/download:",
                on_click="ignore",
            )


def table(what: str, name: str, found: object, *, rna: bool) -> pd.DataFrame:
    """Give the rows of an answer: what it is, by ``lib.store.language_files.TABLES``."""
    columns, rows = TABLES[what]
    return pd.DataFrame(rows(name, found, rna=rna), columns=list(columns))
