"""Pretrain: let UTR-LM learn letters, structure and folding energy before it sees a measurement."""

import streamlit as st

from lib.ui.pretrain import page

st.title("Pretrain UTR-LM", anchor=False)
st.caption("What a model can learn of your sequences before it sees a measurement: letters, structure, folding energy.")
page.page()
