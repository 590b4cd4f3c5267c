"""What motifs do at each time point: in the data, and in a model that predicts the time points.

Everything is relative to one time point, the base: what changes since then. A motif acts when its effect grows; half of
its largest effect is reached early by motifs that act early. An association is no cause: motifs that overlap or share a
composition go together. The effect on a model is one on its prediction.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from lib.analysis.association import LEAST, associate, q_values
from lib.core.arrays import FloatArray
from lib.core.progress import Progress, Report, Silent
from lib.datasets.dataset import Dataset

COLUMNS = ("motif", "hours", "effect", "low", "high", "n_with", "n", "p", "q")
"""Columns of a table of effects; ``effect``, ``low`` and ``high`` are in log2."""
SURE = 0.05
"""Largest q of an effect that gets a star."""


def hourly(dataset: Dataset) -> tuple[FloatArray, FloatArray]:
    """Give the distinct hours (H,), ascending, and the log2 expression (N, H), the mean of the replicates of an hour.

    NaN where every replicate is missing; no hours where the columns of the dataset are no times.
    """
    hours = np.array(sorted(set(dataset.times)), dtype=np.float64)
    taken = np.array(dataset.times, dtype=np.float64)
    means = np.full((len(dataset), len(hours)), np.nan)
    for place, hour in enumerate(hours):
        replicates = dataset.values[:, taken == hour]
        known = np.isfinite(replicates)
        count = known.sum(axis=1)
        total = np.where(known, replicates, 0.0).sum(axis=1)
        means[:, place] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return hours, means


def predicts_times(dataset: Dataset) -> bool:
    """Say whether the targets of a dataset are its time points, each for itself."""
    kind = dict(dataset.facts.get("target", {})).get("kind")
    return kind == "all" and bool(dataset.times) and len(dataset.target_names) == len(set(dataset.times))


def association(
    counts: sparse.csr_array, motifs: Sequence[str], hours: FloatArray, values: FloatArray, *, base: float
) -> pd.DataFrame:
    """Compare, at each time point, the change since the base of sequences with a motif with that of those without.

    Welch's t, as ``lib.analysis.association`` does it, at each time point; q values are those of Benjamini and
    Hochberg over all motifs and time points together.

    Parameters
    ----------
    counts
        (N, M) hits of each motif in each sequence.
    motifs
        (M,) their names.
    hours, values
        (H,) distinct hours, and (N, H) log2 expression, NaN where missing.
    base
        One of the hours, which the others are compared with; it has no effect itself and no row.

    Returns
    -------
    pd.DataFrame
        ``COLUMNS``, one row for each motif and time point: ``effect`` is the mean change of sequences with a hit minus
        that of those without, with its 95% interval; ``p`` and ``q`` are NaN where fewer than 10 sequences have the
        motif, or lack it.
    """
    start = _place(hours, base)
    tables = []
    for place, hour in enumerate(hours):
        if place == start:
            continue
        change = values[:, place] - values[:, start]
        known = np.flatnonzero(np.isfinite(change))
        found = associate(counts[known], change[known], least=LEAST)
        tables.append(
            pd.DataFrame(
                {
                    "motif": list(motifs),
                    "hours": hour,
                    "effect": found["difference"],
                    "low": found["low"],
                    "high": found["high"],
                    "n_with": found["n_with"],
                    "n": len(known),
                    "p": found["p_welch"],
                }
            )
        )
    return _with_q(tables)


def model_effect(
    predict: Callable[[Sequence[str]], FloatArray],
    changed: Sequence[tuple[str, Sequence[tuple[str, Sequence[str], Sequence[str]]]]],
    hours: FloatArray,
    *,
    base: float,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Measure what the hits of motifs contribute to the predicted change since the base at each time point.

    The effect in a sequence is its prediction as it stands minus that with the hits changed, less the same for equally
    long stretches that hold no hit; each averaged over the draws. The mean over the sequences comes with Student's t.

    Parameters
    ----------
    predict
        Gives (N, H) predictions of N sequences, in the order of ``hours``.
    changed
        For each motif its name and its sequences: as it stands, D draws without hits, D draws changed elsewhere, as
        ``lib.analysis.ablation.remove_hits`` gives them.
    hours, base
        As for ``association``.
    progress
        Told of every motif.

    Returns
    -------
    pd.DataFrame
        ``COLUMNS``; ``n_with`` and ``n`` both count the sequences that were changed.
    """
    from lib.analysis.asking import drop_rounding
    from lib.analysis.statistics import summarise_paired

    start, listener, rows = _place(hours, base), progress or Silent(), []
    for number, (motif, sequences) in enumerate(changed):
        listener.report(Report(number, len(changed), "Asking the model"))
        asked = [text for stands, without, control in sequences for text in (stands, *without, *control)]
        distinct = list(dict.fromkeys(asked))
        known = dict(zip(distinct, predict(distinct), strict=True)) if distinct else {}
        effects = np.array([_effect(known, *one) for one in sequences]).reshape(len(sequences), len(hours))
        effects = drop_rounding(effects - effects[:, [start]], np.array(list(known.values())))
        for place, hour in enumerate(hours):
            if place != start:
                found = summarise_paired(effects[:, place])
                rows.append(
                    (motif, hour, found["mean"], found["low"], found["high"], found["n"], found["n"], found["p"])
                )
    listener.report(Report(len(changed), len(changed), "Asking the model"))
    return _with_q([pd.DataFrame(rows, columns=list(COLUMNS[:-1]))])


def half_time(table: pd.DataFrame, *, base: float) -> pd.Series:
    """Give, by motif, the hour at which its effect first reaches half of its largest, in a straight line between times.

    Parameters
    ----------
    table
        ``COLUMNS`` of one kind.
    base
        Hour at which every effect is 0; hours before it take no part.

    Returns
    -------
    pd.Series
        Hours by motif, ascending, NaN last: for a motif without any effect.

    Examples
    --------
    The effect reaches 2 at 4 h; 1, half of it, lies in the middle between 2 h and 4 h:

    >>> table = pd.DataFrame({"motif": "A", "hours": [1.0, 2.0, 4.0], "effect": [0.0, 0.0, -2.0]})
    >>> half_time(table, base=0.0).to_dict()
    {'A': 3.0}
    """
    found = {}
    for motif, rows in table[table["hours"] > base].groupby("motif", sort=False):
        rows = rows.sort_values("hours")
        hours = np.concatenate([[base], rows["hours"].to_numpy(dtype=float)])
        size = np.concatenate([[0.0], np.nan_to_num(rows["effect"].to_numpy(dtype=float))])
        largest = int(np.abs(size).argmax())
        along = size * np.sign(size[largest])  # towards the side of the largest effect
        half = along[largest] / 2
        if half <= 0:
            found[motif] = float("nan")
            continue
        after = int(np.flatnonzero(along >= half)[0])
        step = along[after] - along[after - 1]
        found[motif] = float(hours[after - 1] + (half - along[after - 1]) / step * (hours[after] - hours[after - 1]))
    return pd.Series(found, dtype=float).sort_values(kind="stable", na_position="last")


def sure_at_largest(table: pd.DataFrame, *, base: float) -> pd.Series:
    """Give the largest effect after the base, with its sign, of the motifs for which it is sure.

    A motif with a star at one time and a larger effect that could be chance at another has no hour of its own: it is
    left out.

    Parameters
    ----------
    table
        ``COLUMNS`` of one kind.
    base
        Hour at which every effect is 0; hours before it take no part.

    Returns
    -------
    pd.Series
        Effect in log2 by motif, in the order of the table.

    Examples
    --------
    >>> table = pd.DataFrame({"motif": ["A", "A", "B", "B"], "hours": [1.0, 4.0] * 2})
    >>> table = table.assign(effect=[-0.1, -2.0, -0.1, -0.3], q=[0.2, 0.001, 0.02, 0.6])
    >>> sure_at_largest(table, base=0.0).to_dict()
    {'A': -2.0}
    """
    after = table[(table["hours"] > base) & table["effect"].notna()].reset_index(drop=True)
    largest = after.loc[after["effect"].abs().groupby(after["motif"], sort=False).idxmax()]
    return largest[largest["q"] < SURE].set_index("motif")["effect"]


def strongest(table: pd.DataFrame, most: int) -> list[str]:
    """Choose the motifs to draw: those with the smallest q at any time, then with the largest effect."""
    best = table.assign(q=table["q"].fillna(np.inf), size=-table["effect"].abs().fillna(0.0))
    best = best.groupby("motif", sort=False).agg(q=("q", "min"), size=("size", "min"))
    return [str(name) for name in best.sort_values(["q", "size"], kind="stable").index[:most]]


def _effect(
    known: dict[str, FloatArray], stands: str, without: Sequence[str], control: Sequence[str]
) -> NDArray[np.float64]:
    """Give what the hits of one sequence add beyond what equally long stretches elsewhere add, (H,)."""
    taken = np.mean([known[text] for text in without], axis=0)
    other = np.mean([known[text] for text in control], axis=0)
    return np.asarray(other - taken)  # (stands - taken) - (stands - other)


def _place(hours: FloatArray, base: float) -> int:
    found = np.flatnonzero(hours == base)
    if not len(found):
        raise ValueError(f"the base {base} is none of the hours {hours.tolist()}")
    return int(found[0])


def _with_q(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS[:-1]))
    table["q"] = q_values(table["p"].to_numpy(dtype=np.float64))
    return table[list(COLUMNS)]
