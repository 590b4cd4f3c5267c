"""The choice of one tokenizer with its settings, in the link as ``tokenizer=k-mer(k=5)``."""

import streamlit as st

from lib.core.errors import UserError
from lib.core.registry import settings_of, values_of
from lib.tokenizers import TOKENIZERS, Tokenizer
from lib.ui import errors
from lib.ui.widgets import columns, forms, tokenizer_choice
from lib.ui.widgets.text import plain

PARAM = "tokenizer"
FIRST = "k-mer"
_WIDGET, _BEGAN, _KEPT = "vocabulary-tokenizer", "vocabulary-began", "vocabulary-kept"


def pick_tokenizer() -> Tokenizer:
    """Draw the choice and give the tokenizer with its settings; the link names it afterwards.

    Raises
    ------
    UserError
        If a setting breaks its limits.
    """
    known = TOKENIZERS.all()
    # What the widgets show first is read once, while they are not there yet; after that they know better.
    if _WIDGET not in st.session_state:
        st.session_state[_BEGAN] = tokenizer_choice.write(_asked())
    began = tokenizer_choice.parse(st.session_state[_BEGAN])
    left, right = columns.columns([1, 1.4], key="tokenizer")
    with left:
        name = st.selectbox(
            "Tokenizer",
            list(known),
            index=list(known).index(began.name),
            format_func=lambda slug: known[slug].label,
            key=_WIDGET,
            help="  \n".join(f"**{plain(cls.label)}**: {plain(cls.summary)}" for cls in known.values()),
        )
        st.caption(plain(known[name].summary))
    with right:
        if settings_of(known[name]):
            made = forms.configure(known[name], _WIDGET, values_of(began) if name == began.name else {})
        else:
            made = TOKENIZERS.create(name)
    written = tokenizer_choice.write(made)
    st.session_state[_KEPT] = written
    if st.query_params.get(PARAM) != written:
        st.query_params[PARAM] = written
    return made


def _asked() -> Tokenizer:
    """Read the link, else what was chosen before on this page, else take k-mers."""
    try:
        return tokenizer_choice.parse(st.query_params.get(PARAM) or st.session_state.get(_KEPT) or FIRST)
    except UserError as error:
        errors.show(UserError(f"The link asks for a tokenizer that cannot be had. {error}"))
        return TOKENIZERS.create(FIRST)
