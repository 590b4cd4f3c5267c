"""Attribution: which nucleotides a run used, and whether one may believe it."""

import streamlit as st

from lib.ui import attribution

st.title("Attribution", anchor=False)
st.caption("Which nucleotides did the model use, and may I believe it?")
attribution.page()
