"""What an ensemble gains over its best member, and whether the spread of its members warns of errors.

Values are (N, T), in the units of the targets; metrics are averages over the targets. Classifiers are compared by MCC
in place of R2, and err by how far the probability of a class lies from what was observed.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from lib.analysis.correlation import spearman
from lib.core.arrays import FloatArray
from lib.tasks import class_metrics, metrics
from lib.tasks.bootstrap import difference


class Judged(NamedTuple):
    """One part of a dataset as an ensemble sees it: observed and predicted (N, T), each of M members (M, N, T)."""

    observed: FloatArray
    predicted: FloatArray
    each: FloatArray


def gain(validation: Judged, test: Judged, *, classes: bool = False) -> dict[str, Any]:
    """Compare an ensemble with the member that predicts the validation part best, on the test part.

    Returns
    -------
    dict
        ``validation`` R2 of each member; ``best`` member by its place in the list; its R2 on the test part,
        ``best_test``; ``r2``, how much more the ensemble explains there, with the 95% ``interval`` of a paired
        bootstrap; ``n`` test sequences. Of ``classes`` it is MCC, the difference is ``mcc``, and ``metric`` says so.
    """
    scores = class_metrics.scores if classes else metrics.scores
    key, by = ("mcc", class_metrics.resample) if classes else ("r2", None)
    held = [scores(validation.observed, predicted)[key] for predicted in validation.each]
    best = int(np.argmax(np.nan_to_num(held, nan=-np.inf)))
    alone = scores(test.observed, test.each[best])
    together = scores(test.observed, test.predicted)
    interval = difference(test.observed, test.predicted, test.each[best], metric=key, by=by)
    return {
        "validation": held,
        "best": best,
        "best_test": alone[key],
        key: together[key] - alone[key],
        "interval": list(interval),
        "n": together["n"],
        **({"metric": key} if classes else {}),
    }


def warning(
    test: Judged, deviation: FloatArray, names: Sequence[str], *, classes: bool = False
) -> dict[str, dict[str, Any]]:
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
    found, predicted = {}, test.predicted
    if classes:
        predicted = class_metrics.probabilities(predicted)[:, -test.observed.shape[1] :]
    for place, name in enumerate(names):
        known = np.isfinite(test.observed[:, place])
        error = np.abs(predicted[known, place] - test.observed[known, place])
        apart = deviation[known, place]
        rank = spearman(apart, error)
        mean = float(apart.mean()) if len(apart) else float("nan")
        found[name] = {"mean": mean, "spearman": rank.r, "interval": [rank.low, rank.high], "n": rank.n}
    return found
