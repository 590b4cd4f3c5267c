"""A page with one ruler of a structure, for its tests and pictures; the address says which sequence."""

import streamlit as st

from lib.motifs.folding import fold
from lib.ui.ruler import ArcsTrack, ruler

st.set_page_config(layout="wide")
sequence = st.query_params.get("seq", "GGGGTTTTCCCCAAGGCGAAAAGCGCCTTA")
selection = ruler(sequence, [ArcsTrack("Structure (ViennaRNA, 37 °C)", fold(sequence))], key="ruler", rna=True)
st.write(f"Python sees: {selection.start} to {selection.end}" if selection else "Python sees: nothing")
