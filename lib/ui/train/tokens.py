"""The choice of the tokenizer that a model reads its tokens by, with its settings and its RBP table."""

from dataclasses import dataclass

import streamlit as st

from lib.core.errors import UserError
from lib.core.registry import settings_of, values_of
from lib.core.spec import Choice
from lib.datasets.dataset import Dataset
from lib.models.base import Model, own_tokenizer, tokenizer_of_preset
from lib.store.runs import Run
from lib.tokenizers import TOKENIZERS, Tokenizer
from lib.ui import errors
from lib.ui.rbp import choice as rbp_choice
from lib.ui.widgets import forms, tokenizer_choice
from lib.ui.widgets.text import plain

PARAM = "tokenizer"
FIRST = "bpe"
_PUBLISHED = "Sequences are cut into the tokens that the published model was trained on."
_CUT = {"nucleotide": "Each nucleotide is a token; there is no tokenizer to choose."}


@dataclass(frozen=True)
class Chosen:
    """A tokenizer, the dataset with the RBP table that it learns from, and the id of that table.

    Parameters
    ----------
    tokenizer
        None where a setting breaks its limits.
    rbp
        Id of a table of the workspace; empty for the dataset's own, or where none is needed.
    """

    tokenizer: Tokenizer | None
    dataset: Dataset
    rbp: str = ""

    @property
    def payload(self) -> dict[str, str]:
        """Give what the worker needs to know of it."""
        return {"rbp": self.rbp} if self.rbp else {}


def of_model(model: Model | None, dataset: Dataset) -> Chosen:
    """Say that a model reads by a tokenizer of its own, and give that; without it where a file is missing."""
    own = own_tokenizer(model)
    if own is None:
        return Chosen(None, dataset)
    try:
        if hasattr(own, "files"):
            own.files()
    except UserError as error:
        st.info(plain(str(error)), icon=":material/info:")  # nothing is wrong yet: a choice is missing
        return Chosen(None, dataset)
    st.caption(f":material/content_cut: {_CUT.get(own.name, _PUBLISHED)}")
    return Chosen(own, dataset)


def choose(template: Run | None, dataset: Dataset, *, model: object = None, preset: str = "") -> Chosen:
    """Draw the choice of the tokenizer with its settings and, where it needs one, of its RBP table.

    What it shows first is the tokenizer that goes with the chosen ``preset`` of the model, else that of the run that
    is cloned, else the one that the link names, else byte pairs.
    """
    st.markdown("**Tokenizer**")
    goes = tokenizer_of_preset(model, preset)
    if goes is None:
        tokenizer = _tokenizer(_first(template), f"train-tokenizer-{template.id if template else 'new'}")
    else:
        made = TOKENIZERS.create(*goes)
        tokenizer = _tokenizer(Choice(made.name, values_of(made)), f"train-tokenizer-{preset}")
    if tokenizer is None or "rbp" not in getattr(tokenizer, "needs", ()):
        return Chosen(tokenizer, dataset)
    return with_table(template, dataset, tokenizer)


def with_table(template: Run | None, dataset: Dataset, tokenizer: Tokenizer | None = None) -> Chosen:
    """Draw the choice of an RBP table; that of the run that is cloned is chosen first."""
    taken = f"train-rbp-{template.id}" if template else ""
    if template is not None and taken not in st.session_state:
        st.session_state[taken] = True
        rbp_choice.choose(str(template.payload.get("rbp", "")))
    applied = rbp_choice.with_rbp(dataset) or dataset
    return Chosen(tokenizer, applied, rbp_choice.choose_table())


def _tokenizer(first: Choice, key: str) -> Tokenizer | None:
    """Draw the choice of the tokenizer; None where a setting breaks its limits, after saying so."""
    known = TOKENIZERS.all()
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
        made = tokenizer_choice.parse(asked) if asked else TOKENIZERS.create(FIRST)
    except UserError as error:
        errors.show(UserError(f"The link asks for a tokenizer that cannot be had. {error}"))
        made = TOKENIZERS.create(FIRST)
    return Choice(made.name, values_of(made))
