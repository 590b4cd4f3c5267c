"""From tokens to nucleotides: each nucleotide of a token gets an equal share of the token's attribution.

Overlapping tokens add up. Tokens that stand for no nucleotide (special tokens such as [CLS], start == end) are reported
apart, so that the sum over nucleotides plus special tokens is the sum over tokens.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lib.core.arrays import FloatArray


def spread_tokens(
    scores: FloatArray, offsets: NDArray[np.integer] | Sequence[tuple[int, int]], length: int
) -> tuple[FloatArray, FloatArray]:
    """Give the attribution of each of L nucleotides, (..., L), and what special tokens hold, (...).

    Parameters
    ----------
    scores
        (..., M) attribution of each token.
    offsets
        (M, 2) half-open places of the tokens, 0-based; a special token has start == end.
    length
        L, nucleotides of the sequence.

    Raises
    ------
    ValueError
        If scores and places do not belong together, or a token leaves the sequence.

    >>> spread_tokens(np.array([3.0, 1.0, 0.5]), [(0, 3), (2, 3), (0, 0)], 4)
    (array([1., 1., 2., 0.]), np.float64(0.5))
    """
    places = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
    if len(places) != scores.shape[-1]:
        raise ValueError(f"there are {scores.shape[-1]} scores but {len(places)} tokens")
    start, end = places.T
    if len(places) and (start.min() < 0 or end.max() > length or (end < start).any()):
        raise ValueError(f"a token lies outside the sequence of {length} nucleotides")
    size = end - start
    special = size == 0
    nucleotides = np.zeros((length, *scores.shape[:-1]))
    shares = np.repeat(scores[..., ~special] / size[~special], size[~special], axis=-1)
    first = np.repeat(np.cumsum(size) - size, size)
    np.add.at(nucleotides, np.arange(size.sum()) - first + np.repeat(start, size), np.moveaxis(shares, -1, 0))
    return np.moveaxis(nucleotides, 0, -1), scores[..., special].sum(axis=-1)
