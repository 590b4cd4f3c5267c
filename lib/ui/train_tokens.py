"""The choice of the tokenizer that a model reads its tokens by, with its settings."""

import streamlit as st

from lib.core.errors import UserError
from lib.core.registry import settings_of, values_of
from lib.core.spec import Choice
from lib.store.runs import Run
from lib.tokenizers import TOKENIZERS, Tokenizer
from lib.ui import errors, forms
from lib.ui.text import plain
from lib.ui.tokens import choice

PARAM = "tokenizer"
FIRST = "bpe"


def choose(template: Run | None) -> Tokenizer | None:
    """Draw the choice and give the tokenizer; None where a setting breaks its limits, after saying so.

    What it shows first is the tokenizer of the run that is cloned, else the one that the link names, else byte pairs.
    """
    known = TOKENIZERS.all()
    first = _first(template)
    key = f"train-tokenizer-{template.id if template else 'new'}"
    st.markdown("**Tokenizer**")
    name = st.selectbox(
        "Tokenizer",
        list(known),
        index=list(known).index(first.name),
        format_func=lambda slug: known[slug].label,
        key=key,
        help="How sequences are cut into the tokens that the model reads. It learns from the train part alone.",
    )
    cls = known[name]
    st.caption(plain(cls.summary))
    try:
        if not settings_of(cls):
            return TOKENIZERS.create(name)
        return forms.configure(cls, key, first.settings if name == first.name else None)
    except UserError as error:
        errors.show(error)
        return None


def _first(template: Run | None) -> Choice:
    cloned = template.spec.tokenizer if template else None
    if cloned is not None and cloned.name in TOKENIZERS.all():
        return cloned
    asked = st.query_params.get(PARAM)
    try:
        made = choice.parse(asked) if asked else TOKENIZERS.create(FIRST)
    except UserError as error:
        errors.show(UserError(f"The link asks for a tokenizer that cannot be had. {error}"))
        made = TOKENIZERS.create(FIRST)
    return Choice(made.name, values_of(made))
