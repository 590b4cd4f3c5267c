"""Folds of cross-validation: each sequence is held out once, similar sequences together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.errors import UserError
from lib.datasets import homology

LARGEST_GROUP = 0.5
"""Share of the sequences above which a group of similar ones is torn apart, since no folds were left without it."""


def draw_folds(
    sequences: Sequence[str], count: int, *, seed: int = 0, labels: NDArray[np.intp] | None = None
) -> NDArray[np.intp]:
    """Deal N sequences into folds of about equal size, (N,) from 0.

    Groups of similar sequences (``lib.datasets.homology``) stay together, so that no fold is predicted from near copies
    of its members. Where more than half of all are one group, such as mutants of one sequence, the different sequences
    are dealt one by one. The groups of each class are dealt by themselves; a group counts to the class of its first
    row.

    Parameters
    ----------
    count
        Folds, at least 2.
    labels
        (N,) number of the class of each sequence; None where there are no classes.

    Raises
    ------
    UserError
        If there are fewer groups than folds.
    """
    groups = homology.components(list(sequences))
    if len(groups) and np.bincount(groups).max() > LARGEST_GROUP * len(groups):
        groups = pd.factorize(np.asarray(sequences, dtype=object))[0]
    found = len(np.unique(groups))
    if found < max(count, 2):
        what = "groups of similar sequences" if found < len(sequences) else "sequences"
        raise UserError(f"Found {found} {what}; {count} folds need at least {max(count, 2)}. Use fewer folds.")
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    classes = np.zeros(found, dtype=np.intp) if labels is None else np.asarray(labels)[first]
    rng = np.random.default_rng(seed)
    fold, filled = np.empty(found, dtype=np.intp), np.zeros(count)
    for number in np.unique(classes):
        own = np.zeros(count)
        members = rng.permutation(np.flatnonzero(classes == number))
        for group in members[np.argsort(-sizes[members], kind="stable")]:
            # The emptiest fold of this class, of those the emptiest of all.
            fold[group] = place = int(np.lexsort((filled, own))[0])
            own[place] += sizes[group]
            filled[place] += sizes[group]
    return np.asarray(fold[groups], dtype=np.intp)
