"""What is selected on the ruler: the letters, and the tokens of each tokenizer that touch them."""

import re

import streamlit as st

from lib.core.alphabet import shown, to_dna
from lib.figures.colours import of_token
from lib.ui.ruler import Selection
from lib.ui.segmentation.reading import Reading
from lib.ui.segmentation.sequence import Chosen
from lib.ui.segmentation.view import View
from lib.ui.widgets.text import markup

AT = "at"
"""What the link selects: ``31`` or ``31-36``, counted from 1 as on the screen."""
MOST = 12
_FIRST = "compare-at"
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
_STYLE = """<style>
.ml-read{display:grid;grid-template-columns:max-content 1fr;gap:.3rem .9rem;align-items:baseline;font-size:.9rem}
.ml-read span{display:inline-block;font-family:monospace;border:1px solid;border-left-width:5px;border-radius:.25rem;
  padding:0 .35rem;margin:0 .3rem .2rem 0;overflow-wrap:anywhere}
.ml-read .ml-odd{border-style:dashed}.ml-read i{opacity:.8}
@media (max-width:640px){.ml-read{grid-template-columns:1fr}}
</style>"""


def first(chosen: Chosen) -> Selection | None:
    """Give the range that the link of this visit selects, for the sequence that it shows."""
    if _FIRST not in st.session_state:
        st.session_state[_FIRST] = (chosen.name, st.query_params.get(AT, ""))
    name, asked = st.session_state[_FIRST]
    match = _RANGE.fullmatch(asked) if name == chosen.name else None
    if match is None:
        return None
    return Selection.parse({"start": int(match[1]) - 1, "end": int(match[2] or match[1])}, len(chosen.sequence))


def draw(view: View, selected: Selection | None) -> None:
    """Draw the tokens that touch the selected range and put it into the link, or say how to select one."""
    if selected is None:
        st.query_params.pop(AT, None)
    else:
        last = f"-{selected.end}" if selected.end > selected.start + 1 else ""
        st.query_params[AT] = f"{selected.start + 1}{last}"
    if selected is None:
        if view.readings:
            st.caption("Click a token, or drag over letters, to read how each tokenizer writes them.")
        return
    start, end = selected
    letters = shown(view.chosen.sequence[start:end], rna=view.rna)
    shortened = letters if len(letters) <= 40 else f"{letters[:37]}..."
    where = f"position {start + 1:,}" if end - start == 1 else f"positions {start + 1:,} to {end:,} ({end - start} nt)"
    touching = [hit[2] for item in view.hits for hit in item.track.hits if hit[0] < end and start < hit[1]]
    motifs = f" · RBP motifs {', '.join(markup(name) for name in dict.fromkeys(touching[:8]))}" if touching else ""
    rows = "".join(
        f"<b>{markup(label)}</b><div>{_tokens(reading, view, start, end)}</div>"
        for label, reading in zip(view.labels, view.readings, strict=True)
    )
    st.html(f"{_STYLE}<p><b>{markup(shortened)}</b> {where}{motifs}</p><div class='ml-read'>{rows}</div>")


def _tokens(reading: Reading, view: View, start: int, end: int) -> str:
    touching = [
        (token, bool(odd))
        for token, odd in zip(reading.tokens, reading.unknown, strict=True)
        if token.start < end and start < token.end
    ]
    if not touching:
        return "<i>no token: these letters are left out</i>"
    chips = []
    for token, odd in touching[:MOST]:
        colour = of_token(to_dna(token.text))
        where = f"{token.start + 1} to {token.end}" + (", unknown to the vocabulary" if odd else "")
        text = markup(shown(token.shown, rna=view.rna))
        classes = " class='ml-odd'" if odd else ""
        chips.append(f"<span{classes} style='border-color:{colour}' title='{where}'>{text}{' ?' if odd else ''}</span>")
    more = f"<i>and {len(touching) - MOST:,} more</i>" if len(touching) > MOST else ""
    return "".join(chips) + more
