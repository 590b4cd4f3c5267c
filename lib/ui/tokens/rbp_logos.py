"""PWMs as logos, a page at a time, in the order of the table above them."""

import pandas as pd
import streamlit as st

from lib.data.dataset import Dataset, FloatArray
from lib.store.files import home
from lib.ui import theme
from lib.ui.text import file_name, plain, short
from lib.ui.tokens import rbp_choice

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
    table_id, dark = rbp_choice.table_id(dataset), theme.is_dark()
    with st.container(horizontal=True, gap="small", key="rbp-logos"):
        for name, width, bits, hits in here[["stored", "width", "bits", "hits"]].itertuples(index=False, name=None):
            with st.container(border=True, width=235, gap="xsmall"):
                st.markdown(f"**{plain(short(name, 30))}**")
                st.image(
                    _logo(str(home()), table_id, name, rna, dark, dataset.pwms[name]), width="stretch",
                    alt=f"Logo of {name}: {width} positions, {bits:.1f} bits",
                )  # fmt: skip
                st.caption(f"{width} nt, {bits:.1f} bits, {hits:,} hits")


def _download(dataset: Dataset, here: pd.DataFrame, page: int, *, rna: bool) -> None:
    def make() -> bytes:
        from lib.plots.files import to_svg
        from lib.plots.pwm_logos import logo_page

        pwms = {name: dataset.pwms[name] for name in here["stored"]}
        return to_svg(logo_page(pwms, rna=rna, notes=[f"{bits:.1f} bits" for bits in here["bits"]]))

    st.download_button(
        "These logos (SVG)", data=make, file_name=file_name(f"{rbp_choice.name_of(dataset)}-logos-{page}", ".svg"),
        mime="image/svg+xml", key="rbp-logos-svg", icon=":material/download:", on_click="ignore", type="tertiary",
    )  # fmt: skip


@st.cache_data(max_entries=600, show_spinner=False)
def _logo(home: str, table_id: str, name: str, rna: bool, dark: bool, _pwm: FloatArray) -> str:  # noqa: FBT001 (a cache key)
    from lib.plots.files import to_svg
    from lib.plots.pwm_logos import logo

    return to_svg(logo(_pwm, rna=rna, dark=dark)).decode("utf-8")
