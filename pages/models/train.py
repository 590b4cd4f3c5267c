"""Train: choose a model, see what it will cost, start one run and watch it."""

import streamlit as st

from lib.ui.train import page

st.title("Train a model", anchor=False)
st.caption("What shall be trained, and what will it cost? The run goes on when you close this page.")
page.page()
