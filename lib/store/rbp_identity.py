"""What an RBP table is called: by its content for keys and folders, by file and protein for people."""

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.core.arrays import FloatArray
from lib.datasets.dataset import Dataset


def table_title(name: str, protein: str, proteins: int) -> str:
    """Name an RBP table by its file and by whose scores are used.

    >>> table_title("k.tsv", "PUM1", 0), table_title("k.tsv", "", 94), table_title("rbp.csv", "", 0)
    ('k.tsv: PUM1', 'k.tsv: mean of 94 proteins', 'rbp.csv')
    """
    whose = f"mean of {proteins:,} proteins" if proteins else protein
    return f"{name}: {whose}" if whose else name


def score_of(dataset: Dataset) -> str:
    """Say what the scores of a dataset's RBP table are: ``Mean_RBP``, or those of one protein.

    The name of a protein is text of the user.
    """
    facts = dict(dataset.facts.get("rbp", {}))
    return f"{facts['protein']} score" if facts.get("protein") else "Mean_RBP"


def id_of(
    frame: pd.DataFrame | None,
    pwms: Mapping[str, FloatArray],
    collection: pd.DataFrame | None = None,
    protein: str = "",
) -> str:
    """Name a table by what is in it, whatever the file was called; for keys of what is computed from it.

    Parameters
    ----------
    frame
        Columns ``motif`` and ``mean_rbp``; None is the same as no rows.
    pwms
        Probabilities (4, W) by name.
    collection
        Scores by motif and protein; None for one protein.
    protein
        The protein whose scores these are.
    """
    digest = hashlib.sha256()
    if frame is not None:
        rows = zip(frame["motif"].tolist(), frame["mean_rbp"].tolist(), strict=True)
        digest.update("".join(f"{motif} {value!r}\n" for motif, value in rows).encode())
    for name, matrix in pwms.items():
        digest.update(f"\0{name}\0{matrix.shape[1]}\0".encode())
        digest.update(np.ascontiguousarray(matrix, dtype="<f8").tobytes())
    if collection is not None:
        digest.update(repr(collection.columns.tolist()).encode())
        digest.update(np.ascontiguousarray(collection.to_numpy(), dtype="<f8").tobytes())
    if protein:
        digest.update(f"\0{protein}".encode())
    return digest.hexdigest()[:24]


def title_of(dataset: Dataset) -> str:
    """Name the RBP table of a dataset by its file and by the protein; empty where it has none."""
    if dataset.rbp is None and not dataset.pwms:
        return ""
    facts = dict(dataset.facts.get("rbp", {}))
    name = facts.get("name") or dataset.facts.get("files", {}).get("rbp", {}).get("name", "")
    return table_title(str(name) or "RBP table", str(facts.get("protein", "")), int(facts.get("proteins", 0)))
