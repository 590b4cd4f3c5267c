"""Choices that stand in the link by their keys, not by what is read on them, so that a link reproduces the view."""

from collections.abc import Mapping

import streamlit as st

from lib.ui.widgets import state


def select(
    label: str, name: str, names: Mapping[str, str], *, default: str = "", help: str | None = None, width: int = 320
) -> str:
    """Draw a choice from a list and give the key that is chosen; the link holds it as ``name``.

    Parameters
    ----------
    names
        What is read, by key.
    default
        Chosen where the link says nothing; empty for the first.
    """
    key = _follow(name, names, default)
    chosen = st.selectbox(
        label,
        list(names),
        format_func=names.__getitem__,
        key=key,
        on_change=_keep,
        args=(name,),
        width=width,
        help=help,
    )
    return str(chosen)


def segments(label: str, name: str, names: Mapping[str, str], *, help: str | None = None) -> str:
    """Draw a choice of a few as buttons and give the key that is chosen, at first the first; see ``select``."""
    key = _follow(name, names, "")
    chosen = st.segmented_control(
        label,
        list(names),
        format_func=names.__getitem__,
        key=key,
        on_change=_keep,
        args=(name,),
        required=True,
        help=help,
    )
    return str(chosen or next(iter(names)))


def _follow(name: str, names: Mapping[str, str], default: str) -> str:
    """Let a widget show what the link says, where it says something that can be chosen; give the key of the widget."""
    given = str(st.query_params.get(name, ""))
    state.put(f"linked-{name}", given if given in names else default or next(iter(names)), like=tuple(names.values()))
    return f"linked-{name}"


def _keep(name: str) -> None:
    st.query_params[name] = st.session_state[f"linked-{name}"]
