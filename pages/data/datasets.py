"""Datasets: what there is, and whether it is good."""

import streamlit as st

from lib.store import datasets
from lib.ui.datasets import actions, explorer, listing, profiles, quality
from lib.ui.widgets import cached, state

st.title("Datasets", anchor=False)
rows = datasets.all()
if not rows:
    state.empty("There is no dataset yet. Bring your files, or try the simulated demo.", state.UPLOAD, "Bring data")
    st.stop()
st.caption("What do I have, and is it good? Click a row to look at it.")
listing.table(rows)

chosen = state.dataset_id()
if chosen is None:
    st.stop()
row = datasets.get(chosen)
dataset = cached.dataset(chosen)
actions.header(row, dataset)
quality.numbers(row, dataset)
quality.target(dataset)
if dataset.profiles is None and dataset.values.size:
    explorer.time_courses(dataset)
elif dataset.profiles is not None:
    profiles.profiles(dataset)
st.subheader("Sequences", anchor=False)
quality.sequences(dataset)
quality.provenance(row)
