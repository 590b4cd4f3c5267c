"""Experiments: ask a trained model what motifs do when they are put in or taken out, and design sequences."""

import streamlit as st

from lib.ui.experiments import page

st.title("Experiments", anchor=False)
st.caption("What would happen if? Put motifs in, take them out, or edit a sequence, and ask the model each time.")
page.page()
