"""Side by side where there is room, below each other on a narrow screen."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

PREFIX = "side"
"""Keys of these containers begin with this; ``lib.ui.widgets.theme`` lets their columns wrap."""


def columns(
    spec: int | Sequence[float], *, key: str, align: Literal["top", "center", "bottom"] = "top"
) -> list[DeltaGenerator]:
    """Give columns as ``st.columns`` does, each as wide as a chart needs to be read, or as the page is."""
    with st.container(key=f"{PREFIX}-{key}"):
        return st.columns(spec, gap="large", vertical_alignment=align)
