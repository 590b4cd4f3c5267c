"""Compare: how every tokenizer reads one sequence."""

import streamlit as st

from lib.ui.tokens import compare

st.title("Compare", anchor=False)
st.caption("How is this sequence read?")
compare.page()
