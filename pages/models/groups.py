"""Sweeps: which settings of a model are best by validation, and the tokenizer comparison."""

import streamlit as st

from lib.ui.groups import page

st.title("Sweeps and comparisons", anchor=False)
st.caption("Which settings of a model work best, and which tokenizer: groups of runs on one split of one dataset.")
page.page()
