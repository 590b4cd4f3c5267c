"""The login gate: open while ``MOTIFLENS_PASSWORD`` is unset, else one shared password per session.

Every attempt waits for its turn and takes half a second, right or wrong, so that all sessions together can guess twice
a second; nobody can be locked out by somebody else's wrong guesses.
"""

import hmac
import os
import threading
import time

import streamlit as st

from lib.ui.widgets import state

SECONDS_PER_ATTEMPT = 0.5
LONGEST_WAIT_SECONDS = 15.0

_KEY = "admitted"
_TURN = threading.Lock()


def is_open() -> bool:
    """Say whether this session may see the app; where it may not, draw the login and nothing else."""
    password = os.environ.get("MOTIFLENS_PASSWORD", "")
    if not password or st.session_state.get(_KEY) is True:
        return True
    _, middle, _ = st.columns([1, 1.2, 1])
    with middle:
        st.space("large")
        st.image(str(state.ASSETS / "wordmark.svg"), width=220, alt="MotifLens")
        with st.form("login", border=True):
            given = st.text_input("Password", type="password", autocomplete="current-password")
            asked = st.form_submit_button("Log in", type="primary", width="stretch")
        if not asked:
            return False
        admitted = attempt(given, password)
        if admitted is None:
            st.warning("Many people are trying to log in at this moment. Wait a minute, then try again.")
        elif not admitted:
            st.error("This is not the password. Type it again, or ask whoever runs this app.")
    if admitted:
        st.session_state[_KEY] = True
        st.rerun()
    return False


def attempt(given: str, password: str) -> bool | None:
    """Compare a password in constant time, when it is this attempt's turn; None where the turn did not come in time."""
    if not _TURN.acquire(timeout=LONGEST_WAIT_SECONDS):
        return None
    try:
        time.sleep(SECONDS_PER_ATTEMPT)
        return hmac.compare_digest(given.encode(), password.encode())
    finally:
        _TURN.release()
