"""What every construction costs in a Morfessor Baseline model, to the last bit as the package computes it.

``morfessor.BaselineModel.viterbi_segment`` (version 2.0) adds for each construction of a path

- known: ``log(tokens + boundaries + smoothing) - log(count + smoothing)``;
- unknown, with smoothing: the price of one more construction in the lexicon, which is its code length over the letters
  of the lexicon, divided by the corpus weight;
- unknown, without smoothing: a large constant for a single letter, nothing that is possible for more letters.

The code length subtracts ``log(count)`` of one letter after the other, and a sum of floating-point numbers depends on
its order. So ``costs`` follows the same order of operations, and takes every logarithm from ``math.log``, because that
of numpy may differ in the last bit.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray

TABLE = 9
"""Constructions of up to this many letters have their cost in a table: 349,524 of them, 2.8 MB."""
NONE = -1
_MARGIN = 1e-9  # far above what rounding does to a sum of 30 doubles


@dataclass(frozen=True)
class Lexicon:
    """A trained model: all that its costs follow from.

    Parameters
    ----------
    words
        (V,) constructions, in letters A C G T, each once.
    counts
        (V,) how often each stands in the analyses of the training words; at least 1.
    boundaries
        Number of training words, each counted as often as it was given.
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]
    boundaries: int

    def check(self) -> None:
        """Make sure that the parts fit together.

        Raises
        ------
        ValueError
            If they do not.
        """
        if not self.words or len(self.words) != len(self.counts) or len(set(self.words)) != len(self.words):
            raise ValueError(f"{len(self.words)} constructions with {len(self.counts)} counts")
        if min(self.counts) < 1 or self.boundaries < 1:
            raise ValueError(f"counts from {min(self.counts)}, {self.boundaries} training words")
        strange = set("".join(self.words)) - set(BASES)
        if strange or "" in self.words:
            raise ValueError(f"constructions with {sorted(strange)} or without letters")


class Costs(NamedTuple):
    """Costs as compiled code reads them.

    Parameters
    ----------
    longest, short
        Letters of the longest construction that may be used, and of the longest in the table.
    offsets
        (short + 1,) where the constructions of each length begin in ``table`` and ``ids``; within a length a
        construction lies at its letters read in base 4.
    table, ids
        Cost of every construction of up to ``short`` letters, and its number in the lexicon; -1 for unknown ones.
    child
        (nodes, 5) trie of the known constructions that are longer, from their last letter to their first: the node that
        each letter leads to, or -1.
    node_costs, node_ids
        (nodes,) cost and number of the construction that a node completes; its number is -1 where there is none.
    bases
        (longest + 1,) the part of the code length that depends on the number of letters only.
    floors
        (longest + 1,) an unknown construction of each length costs more than this, whatever its letters.
    letters
        (5,) what each letter takes off the code length; 0 for letters that the lexicon has not.
    opened, enlarged, weight
        An unknown construction costs ``opened + (enlarged + code length) / weight``.
    """

    longest: int
    short: int
    offsets: NDArray[np.int64]
    table: FloatArray
    ids: NDArray[np.int32]
    child: NDArray[np.int32]
    node_costs: FloatArray
    node_ids: NDArray[np.int32]
    bases: FloatArray
    floors: FloatArray
    letters: FloatArray
    opened: float
    enlarged: float
    weight: float


def log_tokens(lexicon: Lexicon, smoothing: float) -> float:
    """Give the logarithm that the costs of known constructions are relative to."""
    return math.log(sum(lexicon.counts) + lexicon.boundaries + smoothing)


def letter_costs(lexicon: Lexicon, lengths: NDArray[np.int64]) -> FloatArray:
    """Give what an unknown letter costs without smoothing in sequences of these lengths, (N,)."""
    return lengths.astype(np.float64) * log_tokens(lexicon, 0.0) + 1.0


def costs(lexicon: Lexicon, *, longest: int, weight: float, smoothing: float) -> Costs:
    """Compute the cost of every construction of up to ``longest`` letters.

    Parameters
    ----------
    lexicon
        The trained model.
    longest
        ``maxlen`` of the package, 1 to 30.
    weight
        Corpus weight that the model was trained with.
    smoothing
        ``addcount`` of the package; 0 for none.
    """
    total = log_tokens(lexicon, smoothing)
    types, short = len(lexicon.words), min(longest, TABLE)
    atoms = Counter("".join(lexicon.words))
    size = sum(atoms.values())
    letters = np.array([math.log(atoms[base]) if base in atoms else 0.0 for base in BASES] + [0.0])
    if smoothing > 0:
        bases = np.array([(n + 1) * math.log(size + (n + 1)) - math.log(types + 1) for n in range(longest + 1)])
        opened = total - math.log(smoothing)
        enlarged = ((types + smoothing) * math.log(types + smoothing)) - (types * math.log(types))
    else:
        bases, opened, enlarged = np.full(longest + 1, np.inf), 0.0, 0.0
    floors = opened + (enlarged + bases - letters.max() * np.arange(longest + 1)) / weight
    floors -= _MARGIN * np.maximum(1.0, np.abs(np.where(np.isfinite(floors), floors, 0.0)))
    known = [total - math.log(count + smoothing) for count in lexicon.counts]
    offsets, table = _table(short, bases, letters[:4])
    table = opened + (enlarged + table) / weight
    ids = np.full(len(table), NONE, dtype=np.int32)
    beyond = []
    for number, word in enumerate(lexicon.words):
        if len(word) <= short:
            place = offsets[len(word)] + _number(word)
            table[place], ids[place] = known[number], number
        elif len(word) <= longest:
            beyond.append(number)
    child, owners = _trie(lexicon.words, beyond)
    node_costs = np.array([known[number] if number != NONE else np.inf for number in owners])
    return Costs(
        longest,
        short,
        offsets,
        table,
        ids,
        child,
        node_costs,
        np.array(owners, dtype=np.int32),
        bases,
        floors,
        letters,
        opened,
        enlarged,
        float(weight),
    )


def _table(longest: int, bases: FloatArray, letters: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """Compute the code length of every construction, one letter after the other as the package does."""
    parts, offsets = [], [0, 0]
    for length in range(1, longest + 1):
        values = bases[length : length + 1]
        for _ in range(length):
            values = (values[:, None] - letters[None, :]).ravel()
        parts.append(values)
        offsets.append(offsets[-1] + len(values))
    return np.array(offsets[:-1], dtype=np.int64), np.concatenate(parts)


def _number(word: str) -> int:
    number = 0
    for letter in word:
        number = 4 * number + BASES.index(letter)
    return number


def _trie(words: Sequence[str], chosen: Sequence[int]) -> tuple[NDArray[np.int32], list[int]]:
    """Put the chosen words into a trie, last letter first; give its nodes and the word that each completes."""
    child, owners = [[NONE] * 5], [NONE]
    for number in chosen:
        node = 0
        for letter in reversed(words[number]):
            code = BASES.index(letter)
            if child[node][code] == NONE:
                child[node][code] = len(child)
                child.append([NONE] * 5)
                owners.append(NONE)
            node = child[node][code]
        owners[node] = number
    return np.array(child, dtype=np.int32), owners
