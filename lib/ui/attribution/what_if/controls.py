"""The buttons of the what-if bench: undo, redo, reset, paste a motif, delete and shuffle what is selected."""

import re

import streamlit as st

from lib.analysis import edits
from lib.ui.attribution.what_if.history import REDO, RESET, UNDO, History
from lib.ui.ruler import Selection

WANTED = "whatif-wanted"
SHORTEST_SHUFFLE = 4
_LETTERS = re.compile(r"[ACGTUN]{1,5000}")


def take_requests() -> list[str]:
    """Give what the buttons asked for since the page was drawn, once."""
    found: list[str] = st.session_state.pop(WANTED, [])
    return found


def ask(text: str) -> None:
    """Note an edit, or an undo, that the page makes when it is drawn next; for callbacks."""
    st.session_state.setdefault(WANTED, []).append(text)


def draw(history: History, selection: Selection | None) -> None:
    """Draw the buttons."""
    count = len(history.edits)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="whatif-buttons"):
        for label, icon, text, usable in (
            ("Undo", "undo", UNDO, count > 0),
            ("Redo", "redo", REDO, bool(history.undone)),
            ("Reset", "restart_alt", RESET, count > 0),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"whatif-{label.lower()}",
                disabled=not usable,
                on_click=ask,
                args=(text,),
            )
        _motif(history, selection)
        length = selection.end - selection.start if selection else 0
        named = f" {selection.start + 1:,} to {selection.end:,}" if selection else " the selection"
        whole = length >= len(history.sequence)
        st.button(
            f"Delete{named}",
            icon=":material/content_cut:",
            key="whatif-delete",
            disabled=not length or whole,
            on_click=ask,
            args=(str(edits.delete(*selection)) if selection else "",),
            help="Select a range on the ruler: click a letter, then Shift and click or arrow keys",
        )
        seed = sum(edit.kind == "w" for edit in history.edits)
        st.button(
            f"Shuffle{named}",
            icon=":material/shuffle:",
            key="whatif-shuffle",
            disabled=length < SHORTEST_SHUFFLE,
            on_click=ask,
            args=(str(edits.shuffle(*selection, seed=seed)) if selection else "",),
            help=f"Letters in another order, dinucleotides kept; at least {SHORTEST_SHUFFLE} nt. Each press takes "
            "another seed, which the list of edits names",
        )


def _motif(history: History, selection: Selection | None) -> None:
    length, at = len(history.sequence), selection.start if selection else 0
    with st.popover("Paste a motif", icon=":material/content_paste_go:", key="whatif-motif"):
        text = st.text_input("Motif", key="whatif-letters", placeholder="UGUAAAUA", help="A C G T or U, no gaps")
        place = st.number_input(
            "At position (from 1)", 1, length + 1, min(at + 1, length + 1), key=f"whatif-at-{at}-{length}"
        )
        how = st.segmented_control(
            "How",
            ["Replace", "Insert"],
            default="Replace",
            required=True,
            key="whatif-how",
            help="Replace keeps the length; insert moves the rest to the right",
        )
        letters = "".join(text.upper().split())
        fits = bool(_LETTERS.fullmatch(letters))
        if letters and not fits:
            st.caption(":material/error: A motif has the letters A, C, G, T and U only.")
        start = int(place) - 1
        over = start + len(letters) - length
        if fits and how == "Replace" and over > 0:
            fits = False
            st.caption(f":material/error: It would end {over:,} nt behind the end. Insert it, or begin earlier.")
        edit = (edits.insert if how == "Insert" else edits.replace)(start, letters)
        st.button("Put it in", key="whatif-put", disabled=not fits, on_click=ask, args=(str(edit),))
