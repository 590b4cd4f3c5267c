"""The tokens of one tokenizer as a track of the ruler. No streamlit here.

Tokens travel as base64 of little-endian int32: where each starts, where it ends, and the number of its style. A style
is what people read, its colour and whether the vocabulary knows it; texts that are made of the letters themselves
(``TTA``, ``##TTA``) are sent as what stands before the letters, so a sequence of 4,000 nt needs a handful of styles.
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from lib.core.alphabet import to_dna
from lib.figures.colours import TOKENS, of_token


@dataclass(frozen=True)
class TokensTrack:
    """How one tokenizer cuts the sequence: boxes that lie where their tokens lie, in lanes where tokens overlap.

    The colour of a token is that of its letters, whatever the tokenizer: ``##TTA`` and ``TTA`` look the same.

    Parameters
    ----------
    label, unit
        Title above the track, and its unit (usually none).
    tokens
        (start, end, what people read), half-open and 0-based. A token with ``start == end`` stands for no letters,
        such as the species token: a chip at its place.
    unknown
        Whether the vocabulary does not know the token, one for each; empty where it knows all.
    note
        A few words at the right of the title, such as ``37 tokens``; what an empty track says.
    """

    kind: ClassVar[str] = "tokens"
    label: str
    tokens: Sequence[tuple[int, int, str]]
    unit: str = ""
    unknown: Sequence[bool] = ()
    note: str = ""

    def payload(self, sequence: str) -> dict[str, Any]:
        """Write the tokens in the order of their starts.

        Raises
        ------
        ValueError
            If a token lies outside the sequence, or there is not one mark in ``unknown`` for each token.
        """
        count = len(self.tokens)
        if len(self.unknown) not in (0, count):
            raise ValueError(f"{self.label}: {len(self.unknown)} marks of unknown tokens for {count} tokens")
        begin, end, texts = zip(*self.tokens, strict=True) if count else ((), (), ())
        starts, ends = np.array(begin, dtype="<i4"), np.array(end, dtype="<i4")
        outside = np.flatnonzero((starts < 0) | (ends < starts) | (ends > len(sequence)))
        if outside.size:
            first = int(outside[0])
            raise ValueError(
                f"{self.label}: the token {texts[first]!r} lies at [{begin[first]}, {end[first]}), "
                f"the sequence has {len(sequence)} nt"
            )
        dna = to_dna(sequence)
        letters = [dna[one:other] for one, other in zip(begin, end, strict=True)]
        table, numbers = _styles(
            zip(letters, texts, self.unknown if len(self.unknown) else [False] * count, strict=True)
        )
        order = np.argsort(starts, kind="stable")
        return {
            "starts": _packed(starts[order]),
            "ends": _packed(ends[order]),
            "styles": table,
            "numbers": _packed(numbers[order]),
            "note": self.note,
        }


def _styles(tokens: Iterable[tuple[str, str, bool]]) -> tuple[list[list[Any]], np.ndarray]:
    """Give the distinct styles [text, letters follow, colour, unknown], and the number of each token's style."""
    table: dict[tuple[Any, ...], int] = {}
    seen: dict[tuple[str, str, bool], int] = {}
    numbers = []
    for token in tokens:
        number = seen.get(token)
        if number is None:
            number = seen[token] = table.setdefault(_style(token), len(table))
        numbers.append(number)
    return [list(style) for style in table], np.array(numbers, dtype="<i4")


def _style(token: tuple[str, str, bool]) -> tuple[str, int, int, int]:
    letters, text, unknown = token
    before, spelled = text, 0
    if letters and to_dna(text).endswith(letters):
        before, spelled = text[: len(text) - len(letters)], 1
    return before, spelled, _colour(letters or text), int(unknown)


@lru_cache(maxsize=50_000)
def _colour(letters: str) -> int:
    return TOKENS.index(of_token(letters))


def _packed(values: np.ndarray) -> str:
    return base64.b64encode(values.astype("<i4", copy=False).tobytes()).decode("ascii")
