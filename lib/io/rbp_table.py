"""What a file says about RBP motifs, whichever format it has."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lib.core.arrays import FloatArray
from lib.io.decisions import Decision
from lib.io.files import Rejected

OPTION = "rbp_column"
"""Field of ``Reading`` that chooses the protein."""
MOST_LISTED = 500
"""Excluded rows that facts list."""


@dataclass(frozen=True)
class RbpTable:
    """What a file says about RBP motifs.

    Parameters
    ----------
    frame
        Columns ``motif`` (DNA, upper case, IUPAC; each motif once) and ``mean_rbp``; no rows for a file of PWMs.
    pwms
        Probabilities by motif name, each (4, W) with channels A C G T; empty for a table.
    columns
        Names of the columns of the file that were read, of motifs and of scores; empty for a file of PWMs. The second
        is empty where every motif counts 1, and ``all`` for a collection.
    notes
        What was remarkable, in sentences.
    protein
        The protein whose scores these are, where the file says so; empty for the mean of all.
    collection
        Scores of every protein of a table of many, one row per motif of ``frame`` (in ``index``) and one column per
        protein, NaN where there is none; None where one protein was chosen. ``mean_rbp`` is their mean.
    decisions
        How the file was read. With an open one the table is to be shown and not to be used.
    rejected
        Rows that were excluded, and motifs without a matrix.
    rows
        Rows of the file, or matrices: those that were used, ``set_aside`` and ``rejected``.
    set_aside
        Rows of other proteins than the chosen one.
    """

    frame: pd.DataFrame
    pwms: dict[str, FloatArray] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    protein: str = ""
    collection: pd.DataFrame | None = None
    decisions: tuple[Decision, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rows: int = 0
    set_aside: int = 0

    def __len__(self) -> int:
        """Count the motifs."""
        return len(self.frame) + len(self.pwms)

    @property
    def proteins(self) -> str:
        """Whose scores these are, in words: a protein, the mean of several, or nothing that the file says."""
        if self.collection is not None:
            return f"mean of {self.collection.shape[1]:,} proteins"
        return self.protein

    def facts(self) -> dict[str, Any]:
        """Give as JSON facts whose scores these are, where they come from, and which rows were excluded."""
        count = 0 if self.collection is None else self.collection.shape[1]
        chosen = [one.chosen for one in self.decisions if one.option == OPTION and len(one.alternatives) > 1]
        excluded = [[one.line, one.id, one.reason] for one in self.rejected[:MOST_LISTED]]
        return {
            "protein": self.protein,
            "proteins": count,
            "columns": list(self.columns),
            "rbp_column": chosen[0] if chosen else None,
            "excluded": len(self.rejected),
            "excluded_rows": excluded,
        }
