"""The files of a discovery: its table, every seqlet, MEME for other programs, logos, and the attributions as npz."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from lib.io.meme import to_meme
from lib.store import attribution_sets, set_files
from lib.ui import charts, downloads
from lib.ui.motifs import data
from lib.ui.motifs.data import View
from lib.ui.text import file_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(view: View) -> None:
    """Draw the buttons."""
    name = f"{view.run.name}-patterns"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        downloads.csv_button(lambda: data.summary(view), name=name, key="patterns-csv", label="Patterns (CSV)")
        downloads.csv_button(lambda: _seqlets(view), name=f"{name}-seqlets", key="seqlets-csv", label="Seqlets (CSV)")
        st.download_button(
            "Patterns (MEME)", data=lambda: _meme(view), file_name=file_name(name, ".meme"), mime="text/plain",
            key="patterns-meme", on_click="ignore", type="tertiary", icon=":material/download:",
            help="The shares of bases, for other programs; letters are those of DNA",
        )  # fmt: skip
        path = attribution_sets.path_of(view.job.id)
        if path.is_file():
            st.download_button(
                "Attributions (npz)", data=lambda: _set(view), file_name=file_name(f"{name}-set", ".npz"),
                mime="application/octet-stream", key="set-npz", on_click="ignore", type="tertiary",
                icon=":material/download:",
                help="IDs, lengths, one-hot, attributions, hypothetical contributions and trust badges",
            )  # fmt: skip
        st.caption("Logos:", width="content")
        charts.files(lambda: _page(view), name=f"{name}-logos", key="pattern-logos")


def _set(view: View) -> bytes:
    made = attribution_sets.load(view.job.id)
    return set_files.to_npz(made, set_files.judge_set(made, view.choice))


def _seqlets(view: View) -> pd.DataFrame:
    tables = [data.seqlets_table(view, pattern).assign(Pattern=pattern.name) for pattern in view.patterns]
    return pd.concat(tables, ignore_index=True)


def _meme(view: View) -> str:
    named = {f"pattern_{pattern.name}": pattern.ppm for pattern in view.patterns}
    return to_meme(named, sites={f"pattern_{pattern.name}": len(pattern.seqlets) for pattern in view.patterns})


def _page(view: View) -> "Figure":
    from lib.plots.pwm_logos import logo_page

    return logo_page(
        {f"pattern {pattern.name}": pattern.ppm for pattern in view.patterns}, rna=view.rna,
        notes=[f"n = {len(pattern.seqlets):,}" for pattern in view.patterns],
    )  # fmt: skip
