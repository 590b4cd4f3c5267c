"""Rows of tables of counts that sum up reads of no gene, by the names that programs give them."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
