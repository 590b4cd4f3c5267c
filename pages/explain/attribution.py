"""Attribution: which nucleotides a run used, and how reliable that explanation is."""

import streamlit as st

from lib.ui.attribution import page

st.title("Attribution", anchor=False)
st.caption("Which nucleotides did the model use, and how reliable is this explanation?")
page.page()
