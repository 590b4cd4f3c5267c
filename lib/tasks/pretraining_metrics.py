"""How well a pretraining says letters, structure and energy, each beside what guessing without a model reaches.

Intervals are percentile bootstraps over sequences, whose bases are not independent of each other.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.core.alphabet import codes
from lib.core.arrays import FloatArray
from lib.tasks.bootstrap import bootstrap
from lib.tasks.metrics import plain, scores

REPLICATES, LEVEL = 1000, 0.95
_BLOCK = 100  # resamples at a time


def shares(counts: NDArray[np.int64], *, replicates: int = REPLICATES, seed: int = 0) -> list[dict[str, Any]]:
    """Give value, 95% interval and n of several shares in the same resamples of N sequences.

    Parameters
    ----------
    counts
        (N, S + 1): how many are right in S ways, and of how many; sequences are resampled, N of N with replacement.

    >>> shares(np.array([[1, 2], [1, 2]]))[0]["value"]
    0.5
    """
    rows, ways = len(counts), counts.shape[1] - 1
    total = counts.sum(axis=0)
    rng = np.random.default_rng(seed)
    drawn = []
    for start in range(0, replicates, _BLOCK):
        weights = rng.multinomial(rows, np.full(rows, 1 / rows), size=min(_BLOCK, replicates - start))
        sums = weights @ counts  # resamples, S + 1
        drawn.append(sums[:, :ways] / np.maximum(sums[:, ways:], 1))
    low, high = np.quantile(np.concatenate(drawn), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return [
        {
            "value": float(total[way] / max(1, total[-1])),
            "interval": [float(low[way]), float(high[way])],
            "n": int(total[-1]),
        }
        for way in range(ways)
    ]


def accuracy(said: NDArray[np.int64], usual: NDArray[np.int64]) -> dict[str, Any]:
    """Give an accuracy, and that of always saying the same.

    Parameters
    ----------
    said
        (N, 2) how many are right, of how many.
    usual
        (N,) how many would be right if always the class were said that is most frequent where it was learned.
    """
    own, base = shares(np.column_stack([said[:, 0], usual, said[:, 1]]))
    return {**own, "baseline": base}


def energy(
    observed: FloatArray, predicted: FloatArray, train: tuple[Sequence[str], FloatArray], sequences: Sequence[str]
) -> dict[str, Any]:
    """Give the R2 of an energy, and that of a line in length, GC content and their product.

    Parameters
    ----------
    observed, predicted, sequences
        (N,) kcal/mol and the sequences that they are of.
    train
        Sequences and energies that the line is fitted to.
    """
    facts, energies = _facts(train[0]), train[1]
    line = _facts(sequences) @ np.linalg.lstsq(facts, energies, rcond=None)[0]
    truth = observed[:, None]
    found = {}
    for name, values in (("own", predicted[:, None]), ("line", line[:, None])):
        interval = bootstrap(truth, values, replicates=REPLICATES, level=LEVEL)["r2"]
        found[name] = {"value": scores(truth, values)["r2"], "interval": list(interval), "n": len(observed)}
    rmse = scores(truth, predicted[:, None])["rmse"]
    answer: dict[str, Any] = plain({**found["own"], "baseline": found["line"], "rmse": rmse})
    return answer


def _facts(sequences: Sequence[str]) -> FloatArray:
    """Give 1, length, count of G and C, and their share, (N, 4)."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.float64)
    gc = np.array([np.isin(codes(sequence), (1, 2)).sum() for sequence in sequences], dtype=np.float64)
    return np.column_stack([np.ones_like(lengths), lengths, gc, gc / np.maximum(lengths, 1)])
