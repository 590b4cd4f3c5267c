"""Is a dataset good? Its noise ceiling, lengths, base composition, duplicates and the shape of its target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.alphabet import BASES
from lib.core.arrays import FloatArray
from lib.datasets.targets import TargetChoice, compute
from lib.io.columns import ValueColumn

_FEWEST = 10


@dataclass(frozen=True)
class Ceiling:
    """The R2 that the best possible model would reach, because the measurement itself is noisy.

    Parameters
    ----------
    r2
        1 - noise variance / variance of the target, between 0 and 1.
    source
        What it was computed from, in words.
    """

    r2: float
    source: str


def noise_ceiling(
    choice: TargetChoice,
    values: FloatArray,
    columns: Sequence[ValueColumn],
    counts: FloatArray | None = None,
    *,
    pseudo_count: float = 0.5,
) -> Ceiling | None:
    """Estimate the noise ceiling of a target: from replicates where there are any, else from counts, else None.

    *From replicates, any target.* The target is computed for each of m replicates by itself; what a replicate adds to
    all sequences alike is taken off, because it costs no R2. The ceiling of the target, which is computed from their
    mean, is ``1 - S / m / V``: S is the variance between replicates, averaged over sequences, V the variance of the
    target over sequences. It includes every noise that differs between replicates.

    *From raw counts, every target but decay.* A count n is Poisson; by the delta method the variance of ``log2(n + c)``
    is ``n / ((n + c) ln 2)^2``, with the count itself for its expectation and c the pseudo-count. The target is a
    weighted sum of columns with weights w (-1 and 1 for a difference), so the ceiling is ``1 - mean(sum(w^2 v)) / V``.
    Size factors only shift all sequences alike, so the noise of the spike-ins costs no R2 and is left out; noise of
    amplification and of biology is not in the counts and is left out too: this ceiling is an upper bound.

    Parameters
    ----------
    choice
        The target.
    values
        (N, C) log2 expression.
    columns
        (C,) what the columns are.
    counts
        (N, C) raw counts of the same rows, None where the values are logs.
    pseudo_count
        What was added to the counts.
    """
    members = _replicates(choice, columns)
    counted = counts is not None and choice.kind != "decay"
    if len(members) < 2 and not counted:
        return None
    target = compute(choice, values, columns).values
    found = _from_replicates(choice, values, columns, target, members)
    if found is None and counts is not None and counted:
        found = _from_counts(choice, counts, columns, target, pseudo_count)
    return found


def _from_replicates(
    choice: TargetChoice,
    values: FloatArray,
    columns: Sequence[ValueColumn],
    target: FloatArray,
    members: list[list[int]],
) -> Ceiling | None:
    if len(members) < 2:
        return None
    if choice.kind == "column":
        each, averaged = np.stack([values[:, group] for group in members]), 1
    else:
        parts = [compute(choice, values[:, group], [columns[i] for i in group]).values for group in members]
        each, averaged = np.stack(parts), len(members)
    complete = ~np.isnan(each).any(axis=(0, 2)) & ~np.isnan(target).any(axis=1)
    if complete.sum() < _FEWEST:
        return None
    each = each[:, complete] - each[:, complete].mean(axis=1, keepdims=True)
    noise = each.var(axis=0, ddof=1).mean(axis=0) / averaged
    return _ceiling(noise, target[complete], f"{len(members)} replicates")


def _replicates(choice: TargetChoice, columns: Sequence[ValueColumn]) -> list[list[int]]:
    """Give the columns of each replicate that has all the times that the target needs, by name or by order."""
    if choice.kind == "column":
        hours = {column.hours for column in columns if column.name == choice.column}
        return [[i] for i, column in enumerate(columns) if column.hours is not None and column.hours in hours]
    needed = {column.hours for column in columns if column.hours is not None}
    if choice.kind == "difference":
        needed = {hour for hour in needed if _is(hour, choice.start) or _is(hour, choice.end)}
    members: dict[str, list[int]] = {}
    seen: dict[float, int] = {}
    for i, column in enumerate(columns):
        if column.hours in needed and column.hours is not None:
            seen[column.hours] = seen.get(column.hours, 0) + 1
            members.setdefault(column.replicate or f"number {seen[column.hours]}", []).append(i)
    return [group for group in members.values() if {columns[i].hours for i in group} == needed]


def _from_counts(
    choice: TargetChoice, counts: FloatArray, columns: Sequence[ValueColumn], target: FloatArray, pseudo_count: float
) -> Ceiling | None:
    weights = compute(choice, np.eye(len(columns)), columns).values  # (C, T): these targets are linear in the columns
    used = (weights != 0).any(axis=1)
    complete = ~np.isnan(target).any(axis=1) & ~np.isnan(counts[:, used]).any(axis=1)
    if complete.sum() < _FEWEST:
        return None
    kept = counts[np.ix_(complete, used)]
    with np.errstate(over="ignore"):  # of numbers that are no counts any more; the ceiling then is none
        variance = kept / ((kept + pseudo_count) * np.log(2.0)) ** 2
    noise = variance.mean(axis=0) @ weights[used] ** 2
    return _ceiling(noise, target[complete], "Poisson noise of the counts")


def _is(hour: float, wanted: float | None) -> bool:
    return wanted is not None and bool(np.isclose(hour, wanted))


def _ceiling(noise: FloatArray, target: FloatArray, source: str) -> Ceiling | None:
    """Average the ceilings of T targets; None where a target does not vary."""
    with np.errstate(over="ignore", invalid="ignore"):
        variance = target.var(axis=0)
    if not (np.isfinite(variance) & np.isfinite(noise) & (variance > 0)).all():
        return None
    return Ceiling(float(np.clip(1 - noise / variance, 0.0, 1.0).mean()), source)


def lengths(sequences: Sequence[str] | NDArray[Any]) -> NDArray[np.int64]:
    """Give the length of each sequence, (N,) in nt."""
    return np.array([len(sequence) for sequence in sequences], dtype=np.int64)


def composition(sequences: Sequence[str] | NDArray[Any]) -> FloatArray:
    """Give the share of A, C, G, T and of anything else in each sequence, (N, 5); an empty sequence has NaN.

    >>> composition(["AACN"]).tolist()
    [[0.5, 0.25, 0.0, 0.0, 0.25]]
    """
    counts = np.array([[sequence.count(base) for base in BASES] for sequence in sequences], dtype=np.float64)
    counts = counts.reshape(-1, len(BASES))
    length = lengths(sequences).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.column_stack([counts, length - counts.sum(axis=1)]) / length[:, None], dtype=np.float64)


def gc(sequences: Sequence[str] | NDArray[Any]) -> FloatArray:
    """Give the share of G and C among the A, C, G and T of each sequence, (N,); NaN where there are none."""
    shares = composition(sequences)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((shares[:, 1] + shares[:, 2]) / shares[:, :4].sum(axis=1), dtype=np.float64)


def composition_by_position(sequences: Sequence[str] | NDArray[Any], *, limit: int = 200) -> pd.DataFrame:
    """Give the share of each base at each position from the first, over the sequences that reach so far.

    Columns ``position`` (0-based), ``A``, ``C``, ``G``, ``T`` and ``n``, up to ``limit`` positions.
    """
    width = int(min(limit, max((len(sequence) for sequence in sequences), default=0)))
    padded = "".join(sequence[:width].ljust(width) for sequence in sequences).encode("ascii", "replace")
    letters = np.frombuffer(padded, dtype=np.uint8).reshape(-1, width) if width else np.empty((0, 0), dtype=np.uint8)
    table = pd.DataFrame({"position": np.arange(width)})
    n = (letters != ord(" ")).sum(axis=0)
    for base in BASES:
        table[base] = (letters == ord(base)).sum(axis=0) / np.maximum(n, 1)
    table["n"] = n
    return table


@dataclass(frozen=True)
class Duplicates:
    """How often sequences repeat.

    Parameters
    ----------
    groups
        Number of different sequences that occur more than once.
    rows
        Number of rows that hold one of them.
    largest
        Rows of the most frequent sequence.
    """

    groups: int
    rows: int
    largest: int


def duplicates(sequences: Sequence[str] | NDArray[Any]) -> Duplicates:
    """Count identical sequences.

    >>> duplicates(["ACGT", "AC", "ACGT", "AC", "ACGT", "T"])
    Duplicates(groups=2, rows=5, largest=3)
    """
    if not len(sequences):
        return Duplicates(0, 0, 0)
    sizes = np.bincount(pd.factorize(pd.Series(list(sequences), dtype="str"))[0])
    return Duplicates(int((sizes > 1).sum()), int(sizes[sizes > 1].sum()), int(sizes.max()))


def summary(values: FloatArray) -> dict[str, float]:
    """Describe the distribution of one target (N,): n, mean, standard deviation, variance, quartiles and extremes."""
    present = values[~np.isnan(values)]
    if not len(present):
        return {"n": 0.0}
    low, first, median, third, high = np.quantile(present, [0.0, 0.25, 0.5, 0.75, 1.0]).tolist()
    return {
        "n": float(len(present)),
        "mean": float(present.mean()),
        "sd": float(present.std()),
        "variance": float(present.var()),
        "min": low,
        "q1": first,
        "median": median,
        "q3": third,
        "max": high,
    }
