"""Words of one width that stand for motifs, looked up in every window of many sequences at once.

A word of W letters is a number in base 4 (A 0, C 1, G 2, T 3), so W is at most 31.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES, IUPAC, UNKNOWN, codes
from lib.tokenizers._letters import join_letters

WIDEST = 31
MOST_WORDS = 4096  # words of one IUPAC motif that are written out
_WIDEST_TABLE = 11  # letters up to which every possible word has its own place in a table, 32 MB at most

_ALLOWED = {letter: sum(1 << BASES.index(base) for base in bases) for letter, bases in IUPAC.items()}

Numbers = NDArray[np.int64]


class Letters(NamedTuple):
    """Sequences one after the other, each followed by a letter that matches nothing.

    Parameters
    ----------
    codes
        (L,) A 0, C 1, G 2, T 3, anything else 4.
    row
        (L,) number of the sequence that a letter belongs to.
    """

    codes: NDArray[np.uint8]
    row: Numbers

    @classmethod
    def of(cls, sequences: Sequence[str], first: int) -> "Letters":
        """Number the letters of sequences, of which the first one has the number ``first``."""
        parted = join_letters(["N".join([*sequences, ""])])[0]
        lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))
        return cls(parted, np.repeat(np.arange(first, first + len(sequences)), lengths + 1))

    def windows(self, width: int) -> tuple[Numbers, Numbers]:
        """Give the words of W letters without any other letter than A C G T: their numbers and their starts."""
        count = len(self.codes) - width + 1
        if count <= 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        word: NDArray[np.signedinteger] = np.zeros(count, dtype=np.int32 if width <= 15 else np.int64)
        for place in range(width):
            word <<= 2
            word |= self.codes[place : place + count] & 3
        unknown = np.concatenate([[0], np.cumsum(self.codes == UNKNOWN)])
        starts = np.flatnonzero(unknown[width:] == unknown[:-width])
        return word[starts].astype(np.int64), starts


class Part(NamedTuple):
    """Words of one motif: (V,) their numbers, and the column that each counts for."""

    words: Numbers
    columns: Numbers


@dataclass(frozen=True)
class Lexicon:
    """Words of one width, sorted by their number; a word may stand for several motifs.

    Parameters
    ----------
    width
        Letters in each word, W.
    words, columns
        (V,) number of each word, ascending, and the column that it counts for.
    first
        (4 ** W + 1,) where each possible word begins in ``words``; None for words of more than 11 letters.
    """

    width: int
    words: Numbers
    columns: Numbers
    first: Numbers | None

    @classmethod
    def of(cls, width: int, parts: Sequence[Part]) -> "Lexicon":
        """Gather the words of motifs of one width."""
        words = np.concatenate([part.words for part in parts])
        order = np.argsort(words, kind="stable")
        words = words[order]
        first = None
        if width <= _WIDEST_TABLE:
            first = np.concatenate([[0], np.cumsum(np.bincount(words, minlength=4**width))])
        return cls(width, words, np.concatenate([part.columns for part in parts])[order], first)

    def find(self, letters: Letters) -> tuple[Numbers, Numbers]:
        """Give the sequence and the column of every hit."""
        row, column, _ = self.places(letters)
        return row, column

    def places(self, letters: Letters) -> tuple[Numbers, Numbers, Numbers]:
        """Give the sequence, the column and the start among all letters of every hit."""
        word, starts = letters.windows(self.width)
        if self.first is not None:
            low, high = self.first[word], self.first[word + 1]
        else:
            low, high = np.searchsorted(self.words, word), np.searchsorted(self.words, word, side="right")
        hit = np.flatnonzero(high > low)
        low, many = low[hit], (high - low)[hit]
        before = np.cumsum(many) - many  # hits of earlier windows
        place = np.repeat(low - before, many) + np.arange(int(many.sum()))
        start = np.repeat(starts[hit], many)
        return letters.row[start], self.columns[place], start


@dataclass(frozen=True)
class Words:
    """Many IUPAC motifs: those that stand for few words in lexicons, the others as masks.

    Parameters
    ----------
    lexicons
        One for each width.
    masks
        Number of a motif, and a bit for each base that each of its places allows, (W,).
    """

    lexicons: tuple[Lexicon, ...]
    masks: tuple[tuple[int, NDArray[np.uint8]], ...]

    @classmethod
    def of(cls, motifs: Sequence[str]) -> "Words":
        """Sort motifs (DNA, IUPAC) by how they are looked up; their numbers are their places in the list."""
        parts: dict[int, list[Part]] = {}
        masks: list[tuple[int, NDArray[np.uint8]]] = []
        for column, motif in enumerate(motifs):
            size = math.prod(len(IUPAC[letter]) for letter in motif)
            if len(motif) <= WIDEST and size <= MOST_WORDS:
                parts.setdefault(len(motif), []).append(Part(meanings(motif), np.full(size, column)))
            else:
                masks.append((column, np.array([_ALLOWED[letter] for letter in motif], dtype=np.uint8)))
        return cls(tuple(Lexicon.of(width, parts[width]) for width in sorted(parts)), tuple(masks))

    def places(self, letters: Letters) -> Iterator[tuple[Numbers, Numbers]]:
        """Give the number of the motif and the start among all letters of every hit, in several pieces."""
        for lexicon in self.lexicons:
            _, column, start = lexicon.places(letters)
            yield column, start
        for number, mask in self.masks:
            start = matching(letters.codes, mask)
            yield np.full(len(start), number), start


def number(word: str) -> int:
    """Number a word of A C G T in base 4.

    >>> number("CAT")
    19
    """
    return int("".join(map(str, codes(word).tolist())), 4)


def meanings(motif: str) -> Numbers:
    """Number every word that an IUPAC motif stands for, ascending.

    >>> meanings("CR").tolist()
    [4, 6]
    """
    words = np.zeros(1, dtype=np.int64)
    for letter in motif:
        bases = np.array([BASES.index(base) for base in IUPAC[letter]], dtype=np.int64)
        words = (4 * words[:, None] + bases).ravel()
    return words


def matching(letters: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Numbers:
    """Give the starts where letters (L,) match a motif (W,) that has a bit for each base that a place allows."""
    count = len(letters) - len(mask) + 1
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    bits = np.array([*(1 << place for place in range(len(BASES))), 0], dtype=np.uint8)[letters]
    matched = np.ones(count, dtype=bool)
    for place, allowed in enumerate(mask):
        matched &= (bits[place : place + count] & allowed) != 0
    return np.flatnonzero(matched)
