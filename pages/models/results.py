"""Results: how good a run is, and against what."""

import streamlit as st

from lib.ui.results import page

st.title("Results", anchor=False)
st.caption("How good is it, and against what? Judged on sequences that the model never saw.")
page.page()
