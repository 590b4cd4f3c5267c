"""Upload: bring files, see whether they are understood, and freeze them as a dataset."""

import streamlit as st

from lib.ui.upload import files, first, page

st.title("Bring your data", anchor=False)
st.caption(
    "Are my files understood? Drop an expression table and sequences, check what was read, choose what to predict."
)
if not files.all_held():
    first.offers()
files.drop_zones()
page.below_the_zones()
