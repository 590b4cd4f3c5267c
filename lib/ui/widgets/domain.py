"""Whether a sequence is like those that a run was trained on, read once for each dataset."""

import streamlit as st

from lib.analysis.applicability_domain import Domain
from lib.datasets.dataset import Dataset
from lib.store.files import home
from lib.ui.widgets import cached


def of(dataset: Dataset) -> Domain:
    """Give what the training part of a dataset looks like."""
    return _domain(str(home()), dataset.id)


def sentence(dataset: Dataset, sequence: str) -> str:
    """Say in one sentence what makes a stored sequence unlike the training part, empty where nothing does."""
    return of(dataset).place(sequence).sentence


@st.cache_resource(max_entries=16, show_spinner=False)
def _domain(home: str, dataset_id: str) -> Domain:
    return Domain.of(cached.dataset(dataset_id))
