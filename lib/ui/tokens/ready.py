"""A tokenizer that is ready to cut: from the store, or fitted now."""

import streamlit as st

from lib.data.dataset import Dataset
from lib.store import tokenizers
from lib.tokenizers import FittedTokenizer, Tokenizer


def ready(dataset: Dataset | None, tokenizer: Tokenizer) -> FittedTokenizer | None:
    """Give a fitted tokenizer; None where it is not ready yet, after drawing what happens or what to do.

    Raises
    ------
    UserError
        If it cannot be fitted.
    """
    if tokenizers.has(dataset, tokenizer):
        return tokenizers.fitted(dataset, tokenizer)
    with st.spinner(f"Fitting {tokenizer.label}"):
        return tokenizers.fitted(dataset, tokenizer)
