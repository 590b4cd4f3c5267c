"""PWMs: log-odds scores along a sequence. Files of PWMs are read in ``lib.io.meme``."""

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import BASES, codes, to_dna
from lib.core.arrays import FloatArray
from lib.io.meme import is_meme, read_meme

__all__ = ["consensus", "information", "is_meme", "log_odds", "read_meme", "scores", "window_scores"]

_PSEUDO = 0.001


def log_odds(pwm: FloatArray, background: FloatArray | None = None) -> FloatArray:
    """Turn probabilities (4, W) into log2 odds against a background (4,), uniform by default; in bits, (4, W).

    Probabilities get a pseudo-probability of 0.001 per base first, so that a 0 costs about 8 bits and not infinity.
    """
    against = np.full(len(BASES), 1 / len(BASES)) if background is None else np.asarray(background)
    smoothed = (pwm + _PSEUDO) / (1 + len(BASES) * _PSEUDO)
    return np.asarray(np.log2(smoothed / against[:, None]), dtype=np.float64)


def scores(sequence: str, weights: FloatArray) -> FloatArray:
    """Score every window of a sequence of L letters by log odds (4, W): (L - W + 1,), in bits; empty where L < W.

    A window with a letter other than A C G T scores minus infinity.
    """
    return window_scores(codes(to_dna(sequence)), weights)


def window_scores(numbers: NDArray[np.uint8], weights: FloatArray) -> FloatArray:
    """Score every window of numbered letters (L,), A 0 C 1 G 2 T 3 and 4 for others, as ``scores`` does."""
    width = weights.shape[1]
    count = len(numbers) - width + 1
    if count <= 0:
        return np.empty(0)
    padded = np.vstack([weights, np.full((1, width), -np.inf)])  # 5, W: the last row is for unknown letters
    total = np.zeros(count)
    for place in range(width):
        total += padded[numbers[place : place + count], place]
    return total


def information(pwm: FloatArray) -> FloatArray:
    """Give the information of each position of a PWM (4, W) in bits, (W,), from 0 to 2.

    >>> information(np.array([[1.0, 0.5, 0.25], [0, 0.5, 0.25], [0, 0, 0.25], [0, 0, 0.25]])).tolist()
    [2.0, 1.0, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(pwm > 0, pwm * np.log2(pwm), 0.0).sum(axis=0)
    return np.asarray(np.maximum(np.log2(len(BASES)) - entropy, 0.0), dtype=np.float64)


def consensus(pwm: FloatArray) -> str:
    """Write the most probable letter of each position of a PWM (4, W), as stored DNA."""
    return "".join(BASES[row] for row in pwm.argmax(axis=0))
