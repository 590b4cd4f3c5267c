"""Results: how good a run is, and against what."""

import streamlit as st

from lib.ui import results

st.title("Results", anchor=False)
st.caption("How good is it, and against what? Judged on sequences that the model never saw.")
results.page()
