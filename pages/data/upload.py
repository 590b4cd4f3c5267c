"""Upload: bring files and see whether they are understood."""

import streamlit as st

st.title("Bring your data")
