"""The Vocabulary page alone, as it is where every tokenizer takes too long to wait for: each is fitted by a job."""

import streamlit as st

from lib.ui import errors, state
from lib.ui.tokens import ready, vocabulary

ready.INLINE_SECONDS = 0.0
st.set_page_config(layout="wide")
state.keep()
with errors.guard():
    vocabulary.page()
