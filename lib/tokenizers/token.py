"""Tokens, vocabularies and batches of tokens. Positions are 0-based and half-open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The special tokens of vocabularies made here, at ids 0 to 4 as in BERT and DNABERT."""
CONTINUES = "##"
"""How WordPiece marks a piece that goes on with a word."""


class Token(NamedTuple):
    """A piece of a sequence.

    Parameters
    ----------
    text
        The letters themselves, ``sequence[start:end]``; empty for a token that stands for no letters.
    start, end
        Where it lies, half-open, 0-based.
    piece
        How the vocabulary writes it where that differs from the letters, such as ``##TTA``.
    """

    text: str
    start: int
    end: int
    piece: str = ""

    @property
    def shown(self) -> str:
        """What people read: the piece of the vocabulary where it differs from the letters."""
        return self.piece or self.text


@dataclass(frozen=True)
class Vocabulary:
    """The tokens that a fitted tokenizer knows; the piece of id i is ``pieces[i]``, each of them once.

    Parameters
    ----------
    pieces
        (V,) texts as the tokenizer writes them, special tokens included.
    special
        Ids of tokens that stand for no letters, by role: ``pad``, ``unknown``, ``cls``, ``sep``, ``mask``, and any
        others. ``unknown`` is what letters become that no piece describes.
    """

    pieces: tuple[str, ...]
    special: Mapping[str, int]

    @classmethod
    def of(cls, words: Sequence[str]) -> "Vocabulary":
        """Put the five special tokens of BERT before some words.

        >>> Vocabulary.of(["A", "C"]).pieces
        ('[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'A', 'C')
        """
        return cls((*SPECIAL, *words), {"pad": 0, "unknown": 1, "cls": 2, "sep": 3, "mask": 4})

    def __len__(self) -> int:
        """Count the tokens, special ones included."""
        return len(self.pieces)

    @property
    def unknown(self) -> int | None:
        """Id of letters that no piece describes; None where every letter has its piece."""
        return self.special.get("unknown")

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Id of each piece."""
        return {piece: number for number, piece in enumerate(self.pieces)}

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Letters of each piece, upper case, without the mark of WordPiece; empty for special tokens. Shape (V,).

        >>> Vocabulary(("[UNK]", "tta", "##g"), {"unknown": 0}).texts
        ('', 'TTA', 'G')
        """
        special = set(self.special.values())
        return tuple(
            "" if number in special else piece.removeprefix(CONTINUES).upper()
            for number, piece in enumerate(self.pieces)
        )

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """Each piece as people read it: letters in upper case, ``##`` and special tokens as they are. Shape (V,)."""
        special = set(self.special.values())
        return tuple(piece if number in special else piece.upper() for number, piece in enumerate(self.pieces))


@dataclass(frozen=True)
class Encoded:
    """The tokens of N sequences, T in all, one sequence after the other, each in the order of its starts.

    A tokenizer that is not ``ordered`` gives them word by word instead.

    Parameters
    ----------
    ids
        (T,) ids of the vocabulary.
    starts, ends
        (T,) where each token lies in its own sequence, half-open; both equal where it stands for no letters.
    bounds
        (N + 1,) sequence i has the tokens ``bounds[i]`` to ``bounds[i + 1]``.
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    bounds: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.bounds) - 1

    def row(self, number: int) -> "Encoded":
        """Give one sequence as a batch of one."""
        return self.rows(number, number + 1)

    def rows(self, first: int, last: int) -> "Encoded":
        """Give the sequences from ``first`` to before ``last``; the arrays are views."""
        low, high = self.bounds[first], self.bounds[last]
        bounds = self.bounds[first : last + 1] - low
        return Encoded(self.ids[low:high], self.starts[low:high], self.ends[low:high], bounds)

    @property
    def owners(self) -> NDArray[np.int64]:
        """Give the number of the sequence that each token belongs to, (T,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    @classmethod
    def join(cls, batches: Sequence["Encoded"]) -> "Encoded":
        """Put batches one after the other."""
        counts = [np.zeros(1, dtype=np.int64), *(np.diff(batch.bounds) for batch in batches)]
        empty = np.empty(0, dtype=np.int32)
        ids, starts, ends = (
            np.concatenate([empty, *(getattr(batch, name) for batch in batches)]) for name in ("ids", "starts", "ends")
        )
        return cls(
            ids,
            starts,
            ends,
            np.cumsum(np.concatenate(counts)),
        )
