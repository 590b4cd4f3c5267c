"""The edits of the what-if bench: done and undone, kept in this session and, where short enough, in the link."""

from dataclasses import dataclass, field

import streamlit as st

from lib.analysis import edits
from lib.analysis.edits import Edit
from lib.core.errors import UserError
from lib.ui.ruler import HitsTrack

KEY, QUERY = "whatif", "edits"
LONGEST_LINK = 1500
"""Letters of edits that fit into a link."""
UNDO, REDO, RESET = "u", "r", "reset"


@dataclass
class History:
    """The edits of one start sequence.

    Parameters
    ----------
    start
        Stored DNA as it was before the first edit.
    edits, undone
        What was done, in its order, and what was undone, the last undone last.
    done
        Number of the last edit that was typed into the ruler.
    """

    start: str
    edits: list[Edit] = field(default_factory=list)
    undone: list[Edit] = field(default_factory=list)
    done: int = 0

    def steps(self) -> list[str]:
        """Give the sequence before and after each edit, (E + 1,)."""
        return edits.steps(self.start, self.edits)

    @property
    def sequence(self) -> str:
        """The sequence as it is now."""
        return self.steps()[-1]

    def do(self, wanted: str) -> None:
        """Undo, redo, reset, or make the edit that a text says.

        Raises
        ------
        UserError
            If the edit does not fit the sequence.
        """
        if wanted == RESET:
            self.undone += self.edits[::-1]
            self.edits = []
        elif wanted == UNDO:
            self.undone += self.edits[-1:]
            self.edits = self.edits[:-1]
        elif wanted == REDO:
            self.edits += self.undone[-1:]
            self.undone = self.undone[:-1]
        else:
            edit = edits.parse(wanted)
            edit.apply(self.sequence)
            self.edits.append(edit)
            self.undone = []

    def track(self, *, rna: bool) -> HitsTrack:
        """Give where the edits stand in the sequence as it is now; what was deleted leaves a mark of one letter."""
        places: list[tuple[int, int, str]] = []
        for sequence, edit in zip(self.steps(), self.edits, strict=False):
            added = len(edit.letters) if edit.kind in "si" else edit.end - edit.start if edit.kind == "w" else 0
            shift = added - (edit.end - edit.start)
            moved = [(_move(a, edit, shift), _move(max(a, b - 1), edit, shift) + (b > a), n) for a, b, n in places]
            places = [*moved, (edit.start, edit.start + added, edit.words(sequence, rna=rna))]
        length = len(self.sequence)
        shown = [(min(a, length - 1), name, b) for a, b, name in places]
        return HitsTrack("Edits", [(a, min(length, max(a + 1, b)), name, float("nan")) for a, name, b in shown])


def _move(position: int, edit: Edit, shift: int) -> int:
    if position >= edit.end:
        return position + shift
    return min(position, edit.start + max(0, edit.end - edit.start + shift))


def open_history(start: str) -> History:
    """Give the edits of a start sequence: those of this session, unless the link brings others.

    Raises
    ------
    UserError
        If the link holds what is no edit, or one that does not fit; the session then begins anew.
    """
    kept = st.session_state.get(KEY)
    asked = st.query_params.get(QUERY, "")
    linked = asked if asked and (kept is None or asked != kept["written"]) else ""
    if kept is not None and kept["start"] == start and not linked:
        return History(start, edits.read(kept["edits"]), edits.read(kept["undone"]), kept["done"])
    history = History(start, done=kept["done"] if kept else 0)
    if linked:
        try:
            history.edits = edits.read(linked)
            history.steps()
        except UserError:
            save(History(start, done=history.done))
            raise
    return history


def save(history: History) -> bool:
    """Keep the edits in this session, and in the link where they are short enough; say whether the link holds them."""
    text = edits.write(history.edits)
    linked = text if len(text) <= LONGEST_LINK else ""
    st.session_state[KEY] = {
        "start": history.start,
        "edits": text,
        "undone": edits.write(history.undone),
        "done": history.done,
        "written": linked,
    }
    if linked:
        if st.query_params.get(QUERY) != linked:
            st.query_params[QUERY] = linked
    elif QUERY in st.query_params:
        del st.query_params[QUERY]
    return len(text) <= LONGEST_LINK
