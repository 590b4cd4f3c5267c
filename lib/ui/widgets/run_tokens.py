"""The tokens that a run read a sequence as, whatever the method that explains it."""

import streamlit as st

from lib.attribution.base import Attribution
from lib.store.files import home
from lib.store.fitted import load_fitted
from lib.store.runs import Run
from lib.tasks.scores import write_signed
from lib.ui.ruler import TokensTrack

DIGITS = 3


def track(run: Run, explained: Attribution, *, label: str = "Tokens") -> TokensTrack | None:
    """Give the tokens of a run that reads tokens, None for all others; what special tokens hold is told beside it."""
    if not explained.tokens:
        return read(run, explained.sequence, label=label)
    shown = [(start, end, text) for text, start, end, _ in explained.tokens if start < end]
    special = (
        f", special tokens hold {write_signed(explained.special, DIGITS)}"
        if abs(explained.special) >= 0.5 * 10**-DIGITS
        else ""
    )
    return TokensTrack(label, shown, note=f"{len(shown):,} tokens{special}") if shown else None


def read(run: Run, sequence: str, *, label: str = "Tokens") -> TokensTrack | None:
    """Give the tokens that a run reads a sequence as, None for a run that reads none."""
    found = _read(str(home()), run.id, str(run.ended), sequence)
    return TokensTrack(label, found, note=f"{len(found):,} tokens") if found else None


@st.cache_data(max_entries=256, show_spinner=False)
def _read(home: str, run_id: str, ended: str, sequence: str) -> list[tuple[int, int, str]]:
    tokenizer = getattr(load_fitted(run_id), "tokenizer", None)
    if tokenizer is None:
        return []
    cut = tokenizer.name_tokens(tokenizer.encode_batch([sequence]), sequence)
    return [(token.start, token.end, token.shown.upper()) for token in cut if token.start < token.end]
