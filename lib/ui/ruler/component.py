"""The ruler as a Streamlit component: plain JS and canvas, drawn from ``assets/``."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from lib.ui.ruler.tracks import Selection, Track, payload

ASSETS = Path(__file__).resolve().parents[3] / "assets"
PARTS = ("base", "glyphs", "tokens", "tracks", "draw", "words", "highlight", "input")
SCRIPTS = (*(f"ruler_{part}.js" for part in PARTS), "ruler.js")


@functools.cache
def _component() -> Callable[..., Any]:
    """Register the component once per process; its scripts are one module, in the order of ``SCRIPTS``."""
    return st.components.v2.component(
        "motiflens_ruler",
        html='<div class="ruler"></div>',
        css=(ASSETS / "ruler.css").read_text(encoding="utf-8"),
        js="\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS),
    )


def ruler(
    sequence: str,
    tracks: Sequence[Track],
    *,
    key: str,
    rna: bool = False,
    height: int | None = None,
    selected: tuple[int, int] | None = None,
) -> Selection | None:
    """Show one sequence with its tracks, and give the range that the user has selected.

    The browser keeps zoom, position and cursor per ``key``: they survive new tracks, another sequence of the same
    length and a visit to another page. The selection belongs to a sequence: it survives a few mutations, not another
    sequence.

    Parameters
    ----------
    sequence
        The stored sequence (DNA, upper case), at least 1 nt.
    tracks
        What stands below it, from top to bottom (``lib.ui.ruler.tracks``).
    key
        Names this ruler; one per ruler of a page.
    rna
        Show T as U.
    height
        Pixels for the whole drawing, which letters and lines share; None gives each its own good height.
    selected
        Half-open range to select at first, and again whenever it changes.
    """
    wanted = Selection(*selected)._asdict() if selected else None
    current = st.session_state.get(key, {}).get("selection", wanted)
    if Selection.parse(current, len(sequence)) is None:
        current = None
    options = {"key": key, "height": height, "selected": wanted, "current": current}
    state = _component()(
        key=key,
        data={**payload(sequence, tracks, rna=rna), **options},
        default={"selection": wanted},
        on_selection_change=_nothing,
    )
    return Selection.parse(state.get("selection"), len(sequence))


def _nothing() -> None:
    """Take note of nothing: the new state is read where the ruler is drawn."""
