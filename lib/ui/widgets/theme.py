"""The little CSS that the theme of ``.streamlit/config.toml`` cannot say, and whether the page is dark."""

import streamlit as st

_CSS = """
<style>
.ml-section {margin: 0.5rem 0 0 0.35rem; font-size: 0.8rem; font-weight: 600; opacity: 0.75}
.ml-card {display: flex; flex-direction: column; line-height: 1.35; overflow-wrap: anywhere}
.ml-kind, .ml-below {font-size: 0.8rem; opacity: 0.8}
.ml-hatched {display: inline-block; padding: 0 0.45em; border: 1px solid currentColor; border-radius: 0.4em;
  font-size: 0.78rem; line-height: 1.5; font-weight: 600; white-space: nowrap;
  background: repeating-linear-gradient(-45deg, transparent 0 4px, rgba(128, 128, 128, 0.28) 4px 7px)}
.ml-join {line-height: 1.4; max-width: 52rem; margin-top: 0.25rem}
.ml-join .ml-bar {height: 1.4rem; border-radius: 0.4rem; margin: 0.15rem 0}
.ml-join .ml-first {background: #0072B2}
.ml-join .ml-second {background: #009E73}
.ml-join .ml-met {text-align: center; font-weight: 600; padding: 0.2rem 0; box-sizing: border-box; white-space: nowrap;
  background: rgba(128, 128, 128, 0.16)}
.ml-chips {display: flex; flex-wrap: wrap; gap: 0.4rem; margin-top: 0.6rem}
.ml-chip {border: 1px solid rgba(128, 128, 128, 0.45); border-radius: 0.9rem; padding: 0 0.65rem;
  font-size: 0.88rem}
.ml-chip.ml-result {font-weight: 600; border-width: 2px}
[class*="st-key-side-"] > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] {flex-wrap: wrap}
[class*="st-key-side-"] > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"]
  > [data-testid="stColumn"] {min-width: min(380px, 100%)}
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {
  color: light-dark(#4A5863, #B9C4CE); opacity: 1}
[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primaryFormSubmit"] {
  color: light-dark(#FFFFFF, #05242A)}
[data-testid="stSidebar"] .st-key-card-dataset, [data-testid="stSidebar"] .st-key-card-run {padding: 0.55rem 0.75rem}
</style>
"""


def apply() -> None:
    """Put the app's own CSS on the page."""
    st.html(_CSS)


def is_dark() -> bool:
    """Say whether the person at the screen sees the dark theme."""
    return st.context.theme.type == "dark"
