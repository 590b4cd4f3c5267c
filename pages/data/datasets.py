"""Datasets: what there is, and whether it is good."""

import streamlit as st

st.title("Datasets")
