"""Motifs: which motifs a run used, known or new."""

import streamlit as st

from lib.ui.motifs import page

st.title("Motifs", anchor=False)
st.caption("Which motifs did the model find, are they known, and where do they lie?")
page.page()
