"""PWMs as logos, a page at a time, in the order of the table above them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.ui.rbp import choice
from lib.ui.widgets import charts, theme
from lib.ui.widgets.text import plain, short

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PER_PAGE = 12


def draw(dataset: Dataset, table: pd.DataFrame, *, rna: bool) -> None:
    """Draw the logos of the PWMs of a table, a dozen at a time."""
    if not len(table):
        return
    st.subheader("Logos", anchor=False)
    pages = -(-len(table) // PER_PAGE)
    page = 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        if pages > 1:
            page = int(
                st.number_input(f"Page of {pages}", 1, pages, key=f"rbp-page-{pages}-{len(table)}", width=150) or 1
            )
        here = table.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]
        _download(dataset, here, page, rna=rna)
    st.caption(
        f"{len(here)} of {len(table):,} PWMs, in the order of the table; letters are as tall as their information."
    )
    table_id, dark = choice.table_id(dataset), theme.is_dark()
    with st.container(horizontal=True, gap="small", key="rbp-logos"):
        for name, width, bits, hits in here[["stored", "width", "bits", "hits"]].itertuples(index=False, name=None):
            with st.container(border=True, width=235, gap="xsmall"):
                st.markdown(f"**{plain(short(name, 30))}**")
                st.image(
                    _logo(str(home()), table_id, name, rna, dark, dataset.pwms[name]),
                    width="stretch",
                    alt=f"Logo of {name}: {width} positions, {bits:.1f} bits",
                )
                st.caption(f"{width} nt, {bits:.1f} bits, {hits:,} hits")


def _download(dataset: Dataset, here: pd.DataFrame, page: int, *, rna: bool) -> None:
    pwms = {name: dataset.pwms[name] for name in here["stored"]}

    def make() -> "Figure":
        from lib.figures.pwm_logos import logo_page

        return logo_page(pwms, rna=rna, notes=[f"{bits:.1f} bits" for bits in here["bits"]])

    st.markdown("These logos:", width="content")
    charts.files(make, name=f"{choice.name_of(dataset)}-logos-{page}", key="rbp-logos", numbers=lambda: matrices(pwms))


def matrices(pwms: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Give PWMs (4, W) as one table: name, position (from 1), and the probability of each base."""
    rows = [
        (name, place + 1, *(float(share) for share in column))
        for name, matrix in pwms.items()
        for place, column in enumerate(matrix.T)
    ]
    return pd.DataFrame(rows, columns=["motif", "position (nt)", *BASES])


@st.cache_data(max_entries=600, show_spinner=False)
def _logo(home: str, table_id: str, name: str, rna: bool, dark: bool, _pwm: FloatArray) -> str:  # noqa: FBT001 (a cache key)
    from lib.figures.files import to_svg
    from lib.figures.pwm_logos import logo

    return to_svg(logo(_pwm, rna=rna, dark=dark)).decode("utf-8")
