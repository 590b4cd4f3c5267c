"""The stretches that a Unigram vocabulary is picked from: all that occur twice and can go on in more than one way.

A stretch of W letters is a number of 2 W bits (A 0, C 1, G 2, T 3), pushed to the left so that all widths sort as words
do. Hugging Face ``tokenizers`` finds the same stretches as the inner nodes of a suffix tree.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES, UNKNOWN

WIDEST = 30
SEEDS = 1_000_000


@dataclass(frozen=True)
class Pieces:
    """Stretches of DNA.

    Parameters
    ----------
    keys
        (V,) the letters as numbers of 60 bits, the first letter in the highest two.
    widths
        (V,) letters of each.
    """

    keys: NDArray[np.int64]
    widths: NDArray[np.int32]

    def __len__(self) -> int:
        """Count the stretches."""
        return len(self.keys)

    def take(self, chosen: NDArray[np.int64]) -> "Pieces":
        """Give the stretches with these numbers, in this order."""
        return Pieces(self.keys[chosen], self.widths[chosen])

    def text(self, number: int) -> str:
        """Write one stretch.

        >>> Pieces(np.array([0b1101 << 56]), np.array([2])).text(0)
        'TC'
        """
        key = int(self.keys[number])
        return "".join(BASES[key >> 2 * (WIDEST - 1 - place) & 3] for place in range(self.widths[number]))


def seeds(
    codes: NDArray[np.uint8], bounds: NDArray[np.int64], weights: NDArray[np.int64], longest: int
) -> tuple[Pieces, NDArray[np.float64]]:
    """Find the stretches of distinct words, the letters first, then those that cover most.

    Parameters
    ----------
    codes, bounds
        N distinct words of A C G T, as ``join_letters`` gives them.
    weights
        (N,) how often each occurs; only letters count by it, as in Hugging Face ``tokenizers``.
    longest
        Letters of a stretch at most, up to 30.

    Returns
    -------
    Stretches, and the log of the share of each, by its occurrences times its letters.
    """
    letters = np.bincount(codes, weights=np.repeat(weights, np.diff(bounds)), minlength=UNKNOWN).astype(np.float64)
    seen = np.array(sorted(np.flatnonzero(letters[:UNKNOWN]), key=lambda code: (-letters[code], -code)), dtype=np.int64)
    found = list(_branching(codes, bounds, longest))
    keys = np.concatenate([np.empty(0, dtype=np.int64), *(keys << 2 * (WIDEST - width) for width, keys, _ in found)])
    widths = np.repeat([width for width, _, _ in found], [len(keys) for _, keys, _ in found]).astype(np.int32)
    amount = widths * np.concatenate([np.empty(0), *(counts for _, _, counts in found)])
    order = np.lexsort((widths, keys, amount))[::-1][: SEEDS - len(seen)]
    pieces = Pieces(
        np.concatenate([seen << 2 * (WIDEST - 1), keys[order]]),
        np.concatenate([np.ones(len(seen), dtype=np.int32), widths[order]]),
    )
    shares = np.concatenate([letters[seen], amount[order]])
    return pieces, np.log(shares) - np.log(shares.sum())


def _branching(codes: NDArray[np.uint8], bounds: NDArray[np.int64], longest: int):  # type: ignore[no-untyped-def]
    """Give width, stretches and counts of all that occur twice and are followed by different letters or ends."""
    last = np.repeat(bounds[1:], np.diff(bounds))
    places = np.arange(len(codes), dtype=np.int64)
    keys = codes.astype(np.int64)
    known, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    for width in range(1, longest + 1):
        often = counts[inverse] >= 2
        goes_on = often & (places + width < last[places])
        places, above = places[goes_on], inverse[goes_on]
        longer = keys[goes_on] << 2 | codes[places + width]
        children, where, times = np.unique(longer, return_inverse=True, return_counts=True)
        parent = np.zeros(len(children), dtype=np.int64)
        parent[where] = above
        most = np.zeros(len(known), dtype=np.int64)
        np.maximum.at(most, parent, times)
        total = np.bincount(parent, weights=times, minlength=len(known)).astype(np.int64)
        branches = (counts >= 2) & (np.maximum(most, counts - total) < counts)
        if width > 1:
            yield width, known[branches], counts[branches]
        if not len(children):
            return
        keys, known, inverse, counts = longer, children, where, times
