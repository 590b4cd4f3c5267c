"""Loads kept in memory for everybody, bounded; what they give may never be changed. Filter outside."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from lib.datasets.dataset import Dataset
from lib.store.files import home

if TYPE_CHECKING:
    import pandas as pd


def dataset(dataset_id: str) -> Dataset:
    """Give a frozen dataset.

    Raises
    ------
    UserError
        If there is no such dataset.
    """
    from lib.store import datasets

    row = datasets.get(dataset_id)
    return _dataset(str(home()), dataset_id, row.name)


@st.cache_resource(max_entries=4, show_spinner="Opening the dataset")
def _dataset(home: str, dataset_id: str, name: str) -> Dataset:
    from lib.store import datasets

    return datasets.load(dataset_id)


def predictions(run_id: str) -> "pd.DataFrame":
    """Give the predictions of a finished run: id, part, observed and predicted values."""
    from lib.store import runs

    run = runs.get(run_id)
    return _predictions(str(home()), run_id, str(run.ended))


@st.cache_resource(max_entries=8, show_spinner="Opening the predictions")
def _predictions(home: str, run_id: str, ended: str) -> "pd.DataFrame":
    from lib.store import runs

    return runs.predictions(run_id)


def metrics(run_id: str) -> dict[str, Any]:
    """Give the metrics of a finished run."""
    from lib.store import runs

    run = runs.get(run_id)
    return _metrics(str(home()), run_id, str(run.ended))


@st.cache_resource(max_entries=32, show_spinner=False)
def _metrics(home: str, run_id: str, ended: str) -> dict[str, Any]:
    from lib.store import runs

    return runs.metrics(run_id)
