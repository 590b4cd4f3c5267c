"""The Vocabulary page alone, as it is where every tokenizer takes too long to wait for: each is fitted by a job."""

import streamlit as st

from lib.ui import errors
from lib.ui.vocabulary import page
from lib.ui.widgets import state, tokenizer_jobs

tokenizer_jobs.INLINE_SECONDS = 0.0
st.set_page_config(layout="wide")
state.keep()
with errors.guard():
    page.page()
