"""The little CSS that the theme of ``.streamlit/config.toml`` cannot say, and whether the page is dark."""

import streamlit as st

_CSS = """
<style>
.ml-section {margin: 0.9rem 0 0.1rem 0.25rem; font-size: 0.8rem; font-weight: 600; opacity: 0.75}
</style>
"""


def apply() -> None:
    """Put the app's own CSS on the page."""
    st.html(_CSS)


def is_dark() -> bool:
    """Say whether the person at the screen sees the dark theme."""
    return st.context.theme.type == "dark"
