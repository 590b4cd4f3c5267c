"""Predict: ask trained models about sequences of your own."""

import streamlit as st

from lib.ui.predict import page

st.title("Predict", anchor=False)
st.caption("What about my sequence? Paste it, and see what the trained models expect.")
page.page()
