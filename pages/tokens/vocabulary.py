"""Vocabulary: what tokens a dataset has, and whether they mean anything."""

import streamlit as st

from lib.ui.vocabulary import page

st.title("Vocabulary", anchor=False)
st.caption("Do the tokens mean anything? Every number is from the training part; the test part is left alone.")
page.page()
