"""Runs: what is being trained now, what waits, and what was trained before."""

import streamlit as st

from lib.ui.runs import page

st.title("Runs", anchor=False)
st.caption("What is going on: the runs that are being trained, the queue in its order, and the results so far.")
page.page()
