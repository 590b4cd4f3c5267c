"""How a tokenizer reads one sequence, in numbers: how many tokens, where they meet, and which motifs they cut through.

Positions are 0-based and half-open. Tokens that stand for no letters (start == end) are counted apart and have no part
in anything else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lib.tokenizers.token import Encoded

IntArray = NDArray[np.integer]

WHOLE, CUT, LEFT_OUT = 0, 1, 2
"""What becomes of a motif hit; see ``motif_states``."""


@dataclass(frozen=True)
class Summary:
    """The tokens of one sequence in numbers.

    Parameters
    ----------
    tokens, special
        Tokens that stand for letters, and those that stand for none.
    letters_per_token
        Mean number of letters of a token; NaN without tokens.
    unknown
        Share of the tokens that are the unknown token, from 0 to 1; NaN without tokens.
    coverage
        Share of the letters that lie in a token, from 0 to 1; NaN for an empty sequence.
    distinct
        How many different tokens there are, among those that stand for letters; all unknown ones are one.
    """

    tokens: int
    special: int
    letters_per_token: float
    unknown: float
    coverage: float
    distinct: int


class MotifCounts(NamedTuple):
    """How many motif hits stay whole, are cut through, or are left out at least in part."""

    whole: int
    cut: int
    left_out: int

    @property
    def n(self) -> int:
        """All hits."""
        return sum(self)


def summarise(tokens: Encoded, length: int, *, unknown: int | None = None) -> Summary:
    """Describe how one sequence was cut.

    Parameters
    ----------
    tokens
        The tokens of that sequence alone.
    length
        Letters of the sequence.
    unknown
        Id of the unknown token; None where every letter has its token.
    """
    real = tokens.ends > tokens.starts
    count = int(real.sum())
    ids = tokens.ids[real]
    widths = (tokens.ends - tokens.starts)[real]
    covered = int(_find_covered(tokens.starts, tokens.ends, length).sum())
    return Summary(
        tokens=count,
        special=len(tokens.ids) - count,
        letters_per_token=float(widths.mean()) if count else float("nan"),
        unknown=float((ids == unknown).mean()) if count else float("nan"),
        coverage=covered / length if length else float("nan"),
        distinct=len(np.unique(ids)),
    )


def boundaries(tokens: Encoded, length: int) -> IntArray:
    """Give where tokens begin or end strictly inside a sequence: sorted positions from 1 to ``length - 1``, each once.

    Position p is the place between the letters p - 1 and p. For tokens that overlap every start and every end counts,
    so that with windows of 6 letters and step 1 every position inside is a boundary in the middle of a sequence.
    """
    real = tokens.ends > tokens.starts
    edges = np.unique(np.concatenate([tokens.starts[real], tokens.ends[real]]))
    inside: IntArray = edges[(edges > 0) & (edges < length)]
    return inside


def boundary_f1(first: IntArray, second: IntArray) -> float:
    """Give the agreement of two sets of boundaries: 2 |both| / (|first| + |second|), from 0 to 1.

    Two empty sets agree: 1. One empty set against another that is not agrees in nothing: 0.

    >>> round(boundary_f1(np.array([3, 6]), np.array([3, 4, 9])), 2)
    0.4
    """
    total = len(first) + len(second)
    if not total:
        return 1.0
    return 2 * len(np.intersect1d(first, second, assume_unique=True)) / total


def agreement(rows: Sequence[Encoded], length: int) -> NDArray[np.float64]:
    """Compare the boundaries of T tokenizers on one sequence, every two of them: a symmetric (T, T), 1 on its diagonal.

    Parameters
    ----------
    rows
        The tokens of the sequence by each tokenizer.
    length
        Letters of the sequence.
    """
    found = [boundaries(row, length) for row in rows]
    matrix = np.eye(len(found))
    for row, first in enumerate(found):
        for column in range(row):
            matrix[row, column] = matrix[column, row] = boundary_f1(first, found[column])
    return matrix


def motif_states(tokens: Encoded, length: int, starts: IntArray, ends: IntArray) -> NDArray[np.uint8]:
    """Say of each motif hit what a tokenizer makes of it: ``WHOLE``, ``CUT`` or ``LEFT_OUT``; shape (H,).

    Whole: one token holds all of it. Left out: at least one of its letters lies in no token. Cut: everything else.

    Parameters
    ----------
    tokens
        The tokens of one sequence of ``length`` letters.
    starts, ends
        (H,) where the hits lie, half-open, within the sequence and at least one letter long.
    """
    starts, ends = np.asarray(starts, dtype=np.intp), np.asarray(ends, dtype=np.intp)
    real = tokens.ends > tokens.starts
    order = np.argsort(tokens.starts[real], kind="stable")
    firsts = tokens.starts[real][order]
    furthest = np.maximum.accumulate(tokens.ends[real][order]) if len(order) else firsts
    before = np.searchsorted(firsts, starts, side="right")  # tokens that begin at or before the hit
    reach = np.concatenate([np.full(1, -1), furthest])[before]
    seen = np.concatenate([np.zeros(1, dtype=np.intp), np.cumsum(_find_covered(tokens.starts, tokens.ends, length))])
    all_seen = seen[ends] - seen[starts] == ends - starts
    return np.select([reach >= ends, ~all_seen], [WHOLE, LEFT_OUT], CUT).astype(np.uint8)


def count_motifs(tokens: Encoded, length: int, starts: IntArray, ends: IntArray) -> MotifCounts:
    """Count the motif hits that stay whole, are cut, and are left out; see ``motif_states``."""
    states = motif_states(tokens, length, starts, ends)
    return MotifCounts(*(int((states == state).sum()) for state in (WHOLE, CUT, LEFT_OUT)))


def _find_covered(starts: IntArray, ends: IntArray, length: int) -> NDArray[np.bool_]:
    """Tell of each letter whether it lies in a token, (length,)."""
    steps = np.zeros(length + 1, dtype=np.int64)
    np.add.at(steps, starts, 1)
    np.add.at(steps, ends, -1)
    covered: NDArray[np.bool_] = np.cumsum(steps)[:length] > 0
    return covered
