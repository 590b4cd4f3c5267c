"""Predict: ask trained models about sequences of your own."""

import streamlit as st

from lib.ui import predict

st.title("Predict", anchor=False)
st.caption("What about my sequence? Paste it, and see what the trained models expect.")
predict.page()
