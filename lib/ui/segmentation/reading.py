"""How a tokenizer reads one sequence: its tokens, their numbers, and how long the cutting took. No widgets here."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lib.analysis.segmentation import Summary, summarise
from lib.core.alphabet import to_dna
from lib.core.errors import UserError
from lib.core.registry import settings_of, values_of
from lib.datasets.dataset import Dataset
from lib.store import tokenizers
from lib.store.files import home
from lib.tokenizers import FittedTokenizer, Token, Tokenizer
from lib.tokenizers.token import Encoded
from lib.ui.rbp import choice

TIMES = 5
LONGEST_TIMING = 0.5
"""Seconds after which the cutting is not timed again."""


@dataclass(frozen=True)
class Reading:
    """One sequence as one tokenizer reads it.

    Parameters
    ----------
    tokenizer
        Its settings.
    row
        The tokens as arrays.
    tokens, unknown
        (T,) the tokens with their letters, and whether each is the unknown one.
    summary
        Their numbers.
    vocabulary
        Tokens that the tokenizer knows, special ones included.
    milliseconds
        Median time of cutting the sequence.
    why_none
        Why there are no tokens, where that is known.
    """

    tokenizer: Tokenizer
    row: Encoded
    tokens: tuple[Token, ...]
    unknown: NDArray[np.bool_]
    summary: Summary
    vocabulary: int
    milliseconds: float
    why_none: str = ""

    @property
    def spans(self) -> list[tuple[int, int, str]]:
        """Start, end and what people read of each token that stands for letters."""
        return [(token.start, token.end, token.shown.upper()) for token in self.tokens if token.end > token.start]

    @property
    def strange(self) -> list[bool]:
        """Whether each of ``spans`` is the unknown token."""
        return [bool(odd) for token, odd in zip(self.tokens, self.unknown, strict=True) if token.end > token.start]


class _NotFitted(Exception):
    """The tokenizer was not fitted yet; nothing is kept of the attempt."""


def reading(dataset: Dataset | None, tokenizer: Tokenizer, sequence: str) -> Reading | None:
    """Give how a fitted tokenizer reads a sequence, computed once; None where it was not fitted yet.

    Raises
    ------
    UserError
        If a file that the settings name cannot be read.
    """
    table = choice.choose_table() if dataset is not None else ""
    settings = tuple(sorted(values_of(tokenizer).items()))
    asked = (str(home()), dataset.id if dataset is not None else "", table, tokenizer.name, settings)
    try:
        return _reading(*asked, _stamps(tokenizer), sequence, dataset, tokenizer)
    except _NotFitted:
        return None


@st.cache_resource(max_entries=64, show_spinner=False)
def _reading(
    home: str,
    dataset_id: str,
    table: str,
    name: str,
    settings: tuple[tuple[str, object], ...],
    stamps: tuple[object, ...],
    sequence: str,
    _dataset: Dataset | None,
    _tokenizer: Tokenizer,
) -> Reading:
    if not tokenizers.has(_dataset, _tokenizer):
        raise _NotFitted
    return read(tokenizers.load_or_fit(_dataset, _tokenizer), sequence)


def read(fitted: FittedTokenizer, sequence: str) -> Reading:
    """Cut a sequence several times, and describe what came out."""
    row = fitted.encode_batch([sequence])  # the first time may compile
    unknown = fitted.vocabulary.unknown
    return Reading(
        tokenizer=fitted.settings,
        row=row,
        tokens=tuple(fitted.name_tokens(row, sequence)),
        unknown=row.ids == unknown if unknown is not None else np.zeros(len(row.ids), dtype=bool),
        summary=summarise(row, len(sequence), unknown=unknown),
        vocabulary=len(fitted.vocabulary),
        milliseconds=_milliseconds(fitted, [sequence]),
        why_none="" if len(row.ids) else _why_none(fitted.settings, sequence),
    )


def _milliseconds(fitted: FittedTokenizer, sequences: Sequence[str]) -> float:
    took: list[float] = []
    while len(took) < TIMES and sum(took) < LONGEST_TIMING:
        started = time.perf_counter()
        fitted.encode_batch(sequences)
        took.append(time.perf_counter() - started)
    return 1000 * statistics.median(took)


def _why_none(tokenizer: Tokenizer, sequence: str) -> str:
    if hasattr(tokenizer, "tokens"):
        try:
            tokenizer.tokens(to_dna(sequence))
        except UserError as error:
            return str(error)
    return ""


def _stamps(tokenizer: Tokenizer) -> tuple[object, ...]:
    """Tell the state of the files that the settings name, so that a changed file is read again."""
    if not any(item.files for item in settings_of(tokenizer)):
        return ()
    from pathlib import Path

    paths = [Path(path) for path in (tokenizer.files() if hasattr(tokenizer, "files") else ())]
    return tuple((str(path), path.stat().st_mtime_ns) if path.is_file() else str(path) for path in paths)
