"""Compare runs: which of several runs is better, how sure that is, and where they disagree."""

import streamlit as st

from lib.ui.compare_runs import page

st.title("Compare runs", anchor=False)
st.caption("Which is better, how sure is that, and where do they disagree? All on the same sequences.")
page.page()
