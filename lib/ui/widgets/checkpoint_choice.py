"""Where the weights of a published model come from: a folder that is there, an uploaded zip, or a name on the hub."""

import os
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from lib.core.errors import UserError
from lib.store import checkpoints
from lib.ui import errors

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def has_users() -> bool:
    """Say whether others than the owner of this machine use the app: there is a password, or an address to listen at.

    ``--server.address`` of the loopback is that of one person. Typed paths of the machine are not read for users.
    """
    address = st.get_option("server.address") or _LOOPBACK[0]
    return bool(os.environ.get("MOTIFLENS_PASSWORD")) or address not in _LOOPBACK


def require_readable(given: str) -> str:
    """Give a typed path or name back, if it may be read for whoever typed it.

    Raises
    ------
    UserError
        If it is a path on a server with users, and in no folder that is for all of them.
    """
    if has_users():
        checkpoints.require_shared(given)
    return given


def offer(key: str, suits: Callable[[Path], bool] = lambda folder: True) -> None:
    """Draw a list of the folders that are there and the upload of a zip; what is chosen is written to a widget.

    Parameters
    ----------
    key
        Of the widget, drawn after this.
    suits
        Which folders are listed.
    """
    with st.popover("Choose or upload", icon=":material/folder_open:"):
        found = {str(folder): folder for folder in checkpoints.list_checkpoints() if suits(folder)}
        if found:
            picked = st.selectbox(
                "Models on this machine",
                list(found),
                index=None,
                key=f"{key}-folder",
                format_func=lambda path: found[path].name if path in found else path,
                placeholder="Choose a folder",
            )
            if picked and st.session_state.get(f"{key}-picked") != picked:
                st.session_state[key] = picked
            st.session_state[f"{key}-picked"] = picked
        uploaded = st.file_uploader(
            "A zip of its folder: safetensors, JSON and vocabulary files", type=["zip"], key=f"{key}-zip"
        )
        if uploaded is None:
            return
        if st.session_state.get(f"{key}-taken") != uploaded.file_id:
            st.session_state[f"{key}-taken"], st.session_state[f"{key}-refused"] = uploaded.file_id, ""
            try:
                with st.spinner("Checking and unpacking"):
                    st.session_state[key] = str(checkpoints.keep_zip(uploaded.name, uploaded))
            except UserError as error:
                st.session_state[f"{key}-refused"] = str(error)
        if refused := st.session_state[f"{key}-refused"]:
            errors.show(UserError(refused))
