"""The sequences that have a token, and where to go on with one of them."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from lib.datasets.dataset import Dataset
from lib.ui.widgets import downloads, state
from lib.ui.widgets.text import plain

if TYPE_CHECKING:
    from lib.ui.vocabulary.target import View

SHOWN = 1000
"""Rows of the table; the CSV holds all."""
STARTS = 20
"""Starts that are listed of one sequence."""


def sequences(view: "View", token: str, rows: NDArray[np.int32], starts: NDArray[np.int32]) -> None:
    """Draw the table of the sequences that have a token; a row leads on to other pages.

    Parameters
    ----------
    rows, starts
        (T,) row of the dataset, ascending, and 0-based start of each occurrence.
    """
    table = sequences_table(view.dataset, view.target, rows, starts)
    st.markdown(f"**Sequences with {plain(token)}**, n = {len(table):,}")
    shown = table.head(SHOWN)
    ids = shown["Sequence"].tolist()
    event: Any = st.dataframe(
        shown,
        key=f"with-{view.report.folder.name}-{view.target}-{token}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=318,
        alt=f"{len(table):,} sequences with {token}: target, copies and starts",
        column_config={
            column_of(view.name): st.column_config.NumberColumn(format="%.2f", help=plain(view.unit) or None),
            "Starts": st.column_config.TextColumn(help="Positions count from 1, from the 5′ end"),
        },
    )
    picked = event.selection.rows
    with st.container(horizontal=True, vertical_alignment="center"):
        downloads.csv_button(
            lambda: table, name=f"{view.dataset.name}-{token}-sequences", key="with-csv", label="Sequences (CSV)"
        )
        if picked and picked[0] < len(ids):
            _links(str(ids[picked[0]]))
        else:
            more = f"The first {SHOWN:,} are shown. " if len(table) > SHOWN else ""
            st.caption(f"{more}Select one to look at it.", width="content")


def _links(name: str) -> None:
    state.choose(sequence=name)
    st.markdown(f"**{plain(name)}**", width="content")
    for page, label, icon in (
        (state.ATTRIBUTION, "Which nucleotides a run used", ":material/biotech:"),
        (state.COMPARE, "How tokenizers read it", ":material/view_timeline:"),
    ):
        if (state.ROOT / page).is_file():
            state.link(page, label, icon=icon, sequence=name)


def sequences_table(dataset: Dataset, target: int, rows: NDArray[np.int32], starts: NDArray[np.int32]) -> pd.DataFrame:
    """List the sequences that have a token, the highest target first: id, target, copies, starts from 1, length."""
    having, first, copies = np.unique(rows, return_index=True, return_counts=True)
    texts = [
        ", ".join(str(start + 1) for start in starts[place : place + min(count, STARTS)].tolist())
        + (" …" if count > STARTS else "")
        for place, count in zip(first.tolist(), copies.tolist(), strict=True)
    ]
    name = column_of(dataset.target_names[target])
    table = pd.DataFrame(
        {
            "Sequence": dataset.ids[having],
            name: dataset.targets[having, target],
            "Copies": copies,
            "Starts": texts,
            "Length (nt)": [len(text) for text in dataset.sequences[having].tolist()],
        }
    )
    return table.sort_values(name, ascending=False, kind="stable", ignore_index=True)


def column_of(target: str) -> str:
    """Name the column of a target so that it covers no other column.

    >>> column_of("8h - 2h"), column_of("Copies")
    ('8h - 2h', 'Copies (target)')
    """
    return f"{target} (target)" if target in ("Sequence", "Copies", "Starts", "Length (nt)") else target
