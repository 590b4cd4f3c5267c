"""Upload: bring files, see whether they are understood, and freeze them as a dataset."""

import streamlit as st

from lib.ui.upload import files, first, page
from lib.ui.upload.profiles import page as profiles
from lib.ui.widgets import url_widgets

EXPRESSION, PROFILES = "expression", "profiles"
BRINGS = {EXPRESSION: "Expression of each sequence", PROFILES: "Counts at each base"}

st.title("Bring your data", anchor=False)
st.caption(
    "Are my files understood? Drop an expression table and sequences, or counts at each base; check what was read, "
    "choose what to predict."
)
brings = url_widgets.segments("What do you bring?", "bring", BRINGS)
if brings == PROFILES:
    profiles.draw()
else:
    if not files.all_held():
        first.offers()
    files.drop_zones()
    page.below_the_zones()
