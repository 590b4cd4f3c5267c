"""From raw read counts to comparable log2 expression: spike-in normalisation where there are spikes, else library size.

A time course of decay needs spike-ins: library size hides a decline that all sequences share.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.io.decisions import Decision

Ids = NDArray[np.object_]
_PROGRAMS = {
    "HTSeq": r"(?:__)?(?:no_feature|ambiguous(?:_readpair_position)?|too_low_aqual|not_aligned|alignment_not_unique)"
    r"|_(?:ambiguous(?:_readpair_position)?|empty|lowaqual|notaligned)",
    "STAR": r"n_(?:unmapped|multimapping|nofeature|ambiguous)",
    "featureCounts": r"unassigned_\w+",
}
_NAMES = {program: re.compile(pattern, re.IGNORECASE) for program, pattern in _PROGRAMS.items()}


def is_summary(ids: Ids) -> NDArray[np.bool_]:
    """Say which of N rows are summaries of reads that no gene has, (N,).

    >>> is_summary(np.array(["__no_feature", "N_unmapped", "ambiguous_1"], dtype=object)).tolist()
    [True, True, False]
    """
    names = pd.Series(ids, dtype="str")
    pattern = "|".join(f"(?:{one.pattern})" for one in _NAMES.values())
    return names.str.fullmatch(pattern, case=False).fillna(value=False).to_numpy(dtype=np.bool_)


def tell_summary(file: str, ids: Ids) -> list[Decision]:
    """Tell the rows that were set aside; nothing where there are none."""
    if not len(ids):
        return []
    programs = [name for name, pattern in _NAMES.items() if any(pattern.fullmatch(str(one)) for one in ids)]
    listed = ", ".join(map(str, ids[:6]))
    evidence = f"{listed}: reads of no gene, as {' and '.join(programs)} reports them; they enter no size factor."
    return [Decision(file, "Summary rows", "", f"{len(ids)} set aside", evidence)]


@dataclass(frozen=True)
class Normalised:
    """Expression on the log2 scale, and how it was made comparable.

    Parameters
    ----------
    values
        (N, C) log2((count + pseudo-count) / size factor); NaN where the count is missing.
    size_factors
        (C,) what the counts of each column were divided by; their mean is 1.
    method
        ``spike-in`` or ``library size``.
    pseudo_count
        Added to the count, before the division, so that it means the same number of reads in every column.
    """

    values: FloatArray
    size_factors: FloatArray
    method: Literal["spike-in", "library size"]
    pseudo_count: float


def log2_counts(counts: FloatArray, spikes: FloatArray | None = None, *, pseudo_count: float = 0.5) -> Normalised:
    """Normalise counts (N, C) by the totals of the spike-ins (S, C), or of the counts themselves where S is 0.

    The size factor of a column is its total over the mean total of all columns. Missing counts (NaN) stay missing; a
    row with a missing count is left out of the totals of every column, so that totals stay comparable.

    >>> made = log2_counts(np.array([[3.5, 11.5]]), np.array([[10.0, 30.0]]))
    >>> made.size_factors.tolist(), made.values.tolist(), made.method
    ([0.5, 1.5], [[3.0, 3.0]], 'spike-in')

    Raises
    ------
    UserError
        If counts are negative or infinite, the pseudo-count is not positive, or a column has no reads to normalise by.
    """
    if not pseudo_count > 0:
        raise UserError(f"The pseudo-count is {pseudo_count:g}; it must be above 0, because log2(0) has no value.")
    has_spikes = spikes is not None and len(spikes) > 0
    for what, table in (("counts", counts), ("spike-in counts", spikes)):
        if table is not None:
            _check_counts(table, what)
    basis = spikes if spikes is not None and has_spikes else counts
    complete = basis[~np.isnan(basis).any(axis=1)]
    with np.errstate(over="ignore"):
        totals = complete.sum(axis=0)
    if not len(complete) or (totals <= 0).any():
        number = int(np.argmax(totals <= 0)) + 1
        what = "spike-in reads" if has_spikes else "reads"
        raise UserError(
            f"Value column {number} has no {what} in rows without missing values, so it cannot be normalised; "
            "leave this column out, or correct the table."
        )
    if not np.isfinite(totals.sum()):
        largest = f"{np.nanmax(counts):.3g}"
        raise UserError(f"The counts reach {largest}, which are no numbers of reads; correct these cells.")
    factors = totals / totals.mean()
    values = np.log2((counts + pseudo_count) / factors)
    return Normalised(values, factors, "spike-in" if has_spikes else "library size", pseudo_count)


def _check_counts(table: FloatArray, what: str) -> None:
    negative = table < 0
    if negative.any():
        row, column = np.argwhere(negative)[0]
        raise UserError(
            f"{int(negative.sum())} {what} are negative (first {table[row, column]:g}, value column {column + 1})"
            "; raw counts are 0 or more. If the values are logarithms already, import them as logs."
        )
    if np.isinf(table).any():
        raise UserError(f"Some {what} are infinite; raw counts are finite numbers of 0 or more. Correct these cells.")
