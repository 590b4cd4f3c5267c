"""What can be done with a dataset: train on it, rename it, download it, delete it after a question."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.ui import errors
from lib.ui.widgets import cards, downloads, state
from lib.ui.widgets.text import plain

if TYPE_CHECKING:
    from lib.store.datasets import DatasetRow


def header(row: "DatasetRow", dataset: Dataset) -> None:
    """Draw the name with its badge, and the buttons."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="dataset-header"):
        st.subheader(plain(row.name), anchor=False, width="content")
        if row.simulated:
            cards.draw_simulated_badge()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="dataset-actions"):
        if st.button("Train a model on it", type="primary", icon=":material/model_training:"):
            state.go(state.TRAIN, dataset=row.id)
        with st.popover("Rename", icon=":material/edit:"):
            _rename(row)
        with st.popover("Download", icon=":material/download:"):
            _downloads(row, dataset)
        if st.button("Delete", icon=":material/delete:"):
            _ask_to_delete(row)


def _rename(row: "DatasetRow") -> None:
    from lib.store import datasets

    with st.form("rename", border=False):
        name = st.text_input("New name", value=row.name, max_chars=120)
        if st.form_submit_button("Rename dataset"):
            with errors.guard():
                datasets.rename(row.id, name or "")
                st.rerun()


def _downloads(row: "DatasetRow", dataset: Dataset) -> None:
    from lib.store import datasets

    downloads.csv_button(lambda: whole(dataset), name=row.name, key="whole", label=f"All {row.rows:,} sequences (CSV)")
    if row.rejected:
        downloads.csv_button(
            lambda: datasets.read_excluded_rows(row.id),
            name=f"{row.name}-left-out",
            key="left-out",
            label=f"The {row.rejected:,} rows left out, with reasons (CSV)",
        )
    rbp = dataset.rbp
    if rbp is not None and len(rbp):
        downloads.csv_button(lambda: rbp, name=f"{row.name}-rbp", key="rbp", label="RBP motifs (CSV)")


def whole(dataset: Dataset) -> pd.DataFrame:
    """Write a dataset as one table: id, sequence, part, targets, expression, extras of the fit, counts at each base.

    Counts are written as they are imported: the same file brings the same tracks and replicates again.
    """
    table: dict[str, object] = {"id": dataset.ids, "sequence": dataset.sequences, "part": dataset.parts}
    for place, name in enumerate(dataset.target_names):
        table[f"target: {name}"] = dataset.targets[:, place]
    for place, name in enumerate(dataset.value_names):
        table[f"log2 expression: {name}"] = dataset.values[:, place]
    for name in dataset.fits.columns:
        table[str(name)] = dataset.fits[name].to_numpy()
    for place, track in enumerate(dataset.tracks):
        named = {"all": dataset.profiles, **dataset.replicates}
        table |= {
            f"profile_{track}_{name}": _cells(counts, place) for name, counts in named.items() if counts is not None
        }
    return pd.DataFrame(table)


def _cells(counts: NDArray[np.float32], track: int) -> list[str]:
    return [",".join(map(str, row)) for row in counts[:, track].astype(np.int64).tolist()]


@st.dialog("Delete this dataset?")
def _ask_to_delete(row: "DatasetRow") -> None:
    from lib.store import runs

    trained = runs.all(dataset=row.id)
    count = len(trained)
    goes = f" and its {count} run{'s' * (count != 1)}, with models and predictions," if count else ""
    st.markdown(f"**{plain(row.name)}** (n = {row.rows:,}){goes} will be gone for good.")
    busy = [run for run in trained if run.state == runs.RUNNING]
    if busy:
        verb, them = ("is", "it") if len(busy) == 1 else ("are", "them")
        sentence = f"{len(busy)} of them {verb} still running; cancel {them} under Runs first."
        st.warning(sentence, icon=":material/progress_activity:")
    with st.container(horizontal=True):
        label = f"Delete dataset and {count} run{'s' * (count != 1)}" if count else "Delete dataset"
        if st.button(
            label, type="primary", icon=":material/delete:", disabled=bool(busy), on_click=_delete, args=(row.id,)
        ):
            st.rerun()
        if st.button("Keep it"):
            st.rerun()


@errors.guard()
def _delete(dataset_id: str) -> None:
    delete_with_runs(dataset_id)
    state.choose(dataset=None)


def delete_with_runs(dataset_id: str) -> None:
    """Delete a dataset after every run on it.

    Raises
    ------
    UserError
        If a run is still running; then the dataset stays.
    """
    from lib.store import datasets, runs

    trained = runs.all(dataset=dataset_id)
    for run in trained:
        if run.state == runs.RUNNING:
            raise UserError(f"The run {run.name} is running. Cancel it under Runs first, then delete the dataset.")
    for run in trained:
        runs.delete(run.id)
    datasets.delete(dataset_id)
