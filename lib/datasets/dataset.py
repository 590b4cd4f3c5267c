"""The dataset: sequences, targets and split, validated, joined and frozen under one content hash."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.core.arrays import FloatArray

PartName = Literal["train", "validation", "test"]
PARTS: tuple[PartName, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class Dataset:
    """A frozen dataset. Arrays share their first axis: row i of each belongs to ``ids[i]``. Nothing may be changed.

    Parameters
    ----------
    id
        Content hash, 16 hex digits: the same files with the same choices give the same id.
    split_id
        Hash of the assignment of ids to parts.
    name
        What the user calls it.
    ids, sequences
        (N,) each; sequences are stored as DNA, upper case.
    targets
        (N, T), in ``target_units``; never NaN.
    target_names, target_units
        (T,) each, such as ``("log2 8h - 2h",)`` and ``("log2 fold change",)``.
    values
        (N, C) expression on the log2 scale, one column per entry of ``times``; NaN where missing.
    times
        (C,) hours of each column; replicates of a time point share its hour. Empty where columns are no times.
    value_names
        (C,) names of the columns as the user brought them.
    parts
        (N,) of ``train``, ``validation``, ``test``.
    task
        Name of a task of ``lib.tasks``.
    classes
        (K,) names of the classes of ``classification``, K >= 2, else empty. With two classes the one target is 1 for
        the second class and 0 for the first; with more, T = K and the targets are one-hot. Models predict log-odds for
        two classes, and for more the logits of a softmax.
    tracks
        (T,) names of the tracks of ``profile``, else empty; the targets are log(1 + total counts) of each.
    profiles
        (N, T, L) counts at each base of ``profile``, in the orientation of the sequences, which have L letters each.
        None for other tasks.
    replicates
        The same counts of each replicate by its name, (N, T, L) each; may be empty.
    fits
        Per-sequence extras of the target, such as ``half_life``, ``rate_low``, ``rate_high``, ``fit_r2``; may be empty.
    rbp
        RBP table with columns ``motif`` (stored as DNA, IUPAC) and ``mean_rbp``; None where there is none.
    rbp_collection
        Scores of the motifs of ``rbp`` (index) by protein (columns), whose mean is ``mean_rbp``; None for one protein.
    pwms
        PWMs by name, each (4, W) with channels A C G T; empty where there are none.
    simulated
        True where the data are made up by ``lib.datasets.simulate``; every screen says so.
    facts
        JSON facts of the import: files, column mapping, normalisation, choices, join counts, noise ceiling, and for
        simulated data the planted positions under ``truth``.
    """

    id: str
    split_id: str
    name: str
    ids: NDArray[np.str_]
    sequences: NDArray[np.str_]
    targets: FloatArray
    target_names: tuple[str, ...]
    target_units: tuple[str, ...]
    values: FloatArray
    times: tuple[float, ...]
    value_names: tuple[str, ...]
    parts: NDArray[np.str_]
    task: str
    classes: tuple[str, ...] = ()
    tracks: tuple[str, ...] = ()
    profiles: NDArray[np.float32] | None = None
    replicates: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    fits: pd.DataFrame = field(default_factory=pd.DataFrame)
    rbp: pd.DataFrame | None = None
    rbp_collection: pd.DataFrame | None = None
    pwms: Mapping[str, FloatArray] = field(default_factory=dict)
    simulated: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """Count the sequences."""
        return len(self.ids)

    def rows(self, part: PartName) -> NDArray[np.intp]:
        """Give the row numbers of one part, ascending."""
        return np.flatnonzero(self.parts == part)

    def position(self, sequence_id: str) -> int | None:
        """Give the row number of a sequence id, None where there is no such id."""
        found = np.flatnonzero(self.ids == sequence_id)
        return int(found[0]) if len(found) else None
