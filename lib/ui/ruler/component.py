"""The ruler as a Streamlit component: plain JS and canvas, drawn from ``assets/``."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from lib.ui.ruler.tracks import Selection, Track, payload

ASSETS = Path(__file__).resolve().parents[3] / "assets"
PARTS = tuple("base glyphs tokens heat hits arcs profile stack tracks draw words highlight edit input".split())
SCRIPTS = (*(f"ruler_{part}.js" for part in PARTS), "ruler.js")


class Editing(NamedTuple):
    """That letters may be typed into a ruler.

    Parameters
    ----------
    name
        Names the sequence that the edits began with; another name forgets what was typed and not answered.
    done
        Number of the last typed edit that ``sequence`` holds.
    """

    name: str
    done: int


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
    editing: Editing | None = None,
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
    editing
        Lets people edit the letters; read what they typed by ``read_typed`` before the ruler is drawn again.
    """
    wanted = Selection(*selected)._asdict() if selected else None
    current = st.session_state.get(key, {}).get("selection", wanted)
    if Selection.parse(current, len(sequence)) is None:
        current = None
    options = {"key": key, "height": height, "selected": wanted, "current": current}
    handlers: dict[str, Any] = {"default": {"selection": wanted}, "on_selection_change": _nothing}
    if editing is not None:
        options["edit"] = editing._asdict()
        handlers["on_typed_change"] = _nothing
    state = _component()(key=key, data={**payload(sequence, tracks, rna=rna), **options}, **handlers)
    return Selection.parse(state.get("selection"), len(sequence))


def read_typed(key: str, done: int) -> list[tuple[int, str]]:
    """Give the edits that were typed into a ruler and that nobody has answered yet, by their numbers.

    Parameters
    ----------
    key
        Names the ruler.
    done
        Number of the last edit that was answered.

    Returns
    -------
    list
        Numbers above ``done``, ascending, and texts: of ``lib.analysis.edits``, or ``u`` (undo) and ``r`` (redo).
    """
    sent = st.session_state.get(key, {}).get("typed") or []
    found = [
        (item[0], item[1])
        for item in sent
        if isinstance(item, list | tuple) and len(item) == 2 and type(item[0]) is int and isinstance(item[1], str)
    ]
    return sorted(item for item in found if item[0] > done)


def _nothing() -> None:
    """Take note of nothing: the new state is read where the ruler is drawn."""
