"""What an ensemble gains over its best member, and whether the spread of its members warns of errors.

Values are (N, T), in the units of the targets; metrics are averages over the targets.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lib.data.dataset import FloatArray
from lib.evaluation.correlation import spearman
from lib.evaluation.metrics import scores
from lib.evaluation.uncertainty import difference


class Judged(NamedTuple):
    """One part of a dataset as an ensemble sees it: observed and predicted (N, T), each of M members (M, N, T)."""

    observed: FloatArray
    predicted: FloatArray
    each: FloatArray


def gain(validation: Judged, test: Judged) -> dict[str, Any]:
    """Compare an ensemble with the member that predicts the validation part best, on the test part.

    Returns
    -------
    dict
        ``validation`` R2 of each member; ``best`` member by its place in the list; its R2 on the test part,
        ``best_test``; ``r2``, how much more the ensemble explains there, with the 95% ``interval`` of a paired
        bootstrap; ``n`` test sequences.
    """
    held = [scores(validation.observed, predicted)["r2"] for predicted in validation.each]
    best = int(np.argmax(np.nan_to_num(held, nan=-np.inf)))
    alone = scores(test.observed, test.each[best])
    together = scores(test.observed, test.predicted)
    interval = difference(test.observed, test.predicted, test.each[best])
    return {
        "validation": held, "best": best, "best_test": alone["r2"], "r2": together["r2"] - alone["r2"],
        "interval": list(interval), "n": together["n"],
    }  # fmt: skip


def warning(test: Judged, deviation: FloatArray, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Say for each target how far the members lie apart, and whether the error is larger where they do.

    Parameters
    ----------
    test
        The test part.
    deviation
        (N, T) standard deviation over the members.
    names
        (T,) of the targets.

    Returns
    -------
    dict
        By target: ``mean`` deviation, ``spearman`` correlation of the deviation with the absolute error of the
        ensemble and its 95% ``interval``, and ``n`` sequences with an observed value.
    """
    found = {}
    for place, name in enumerate(names):
        known = np.isfinite(test.observed[:, place])
        error = np.abs(test.predicted[known, place] - test.observed[known, place])
        apart = deviation[known, place]
        rank = spearman(apart, error)
        mean = float(apart.mean()) if len(apart) else float("nan")
        found[name] = {"mean": mean, "spearman": rank.r, "interval": [rank.low, rank.high], "n": rank.n}
    return found
