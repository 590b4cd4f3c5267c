"""Compare: how every tokenizer reads one sequence."""

import streamlit as st

from lib.ui.segmentation import page

st.title("Compare", anchor=False)
st.caption("How is this sequence read?")
page.page()
