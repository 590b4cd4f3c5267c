"""Variants: what changes of sequences do to the predictions of trained models."""

import streamlit as st

from lib.ui.variants import page

st.title("Variants", anchor=False)
st.caption("Which of my variants change what the model expects, and by how much?")
page.page()
