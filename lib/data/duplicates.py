"""Sequences that stand in more than one part of a dataset: what a model has seen, it need not have understood.

A copy is the same letters, under whatever id. A random split may part copies too, but one that comes with the data is
where nobody looked: six test sequences of the promoters of GUE (doi:10.48550/arXiv.2306.15006) stand in its train part.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lib.data.dataset import PARTS, Dataset, PartName

Rows = NDArray[np.intp]


def copies(dataset: Dataset, part: PartName) -> Rows:
    """Give the rows of a part, ascending, whose sequence stands in the train part; none of the train part itself."""
    return copied(dataset.sequences, dataset.parts, part)


def copied(sequences: NDArray[Any], parts: NDArray[np.str_], part: PartName) -> Rows:
    """Give the rows of a part, ascending, whose sequence (N,) stands in the train part too.

    >>> copied(np.array(["AC", "GT", "AC"]), np.array(["train", "test", "test"]), "test").tolist()
    [2]
    """
    if part == "train":
        return np.empty(0, dtype=np.intp)
    rows = np.flatnonzero(parts == part)
    known = set(sequences[parts == "train"].tolist())
    return rows[[sequence in known for sequence in sequences[rows].tolist()]]


def facts(
    sequences: NDArray[Any], parts: NDArray[np.str_], labels: NDArray[np.intp] | None = None
) -> dict[str, dict[str, int]]:
    """Count the copies of training sequences in each other part.

    Parameters
    ----------
    sequences, parts
        (N,) each.
    labels
        (N,) number of the class of each, where they have one.

    Returns
    -------
    dict
        By part: ``copies``, and ``conflicting``, those of them whose class is that of none of their copies.
    """
    train = np.flatnonzero(parts == "train")
    numbers = np.zeros(len(parts), dtype=np.intp) if labels is None else labels
    learned = set(zip(sequences[train].tolist(), numbers[train].tolist(), strict=True))
    found: dict[str, dict[str, int]] = {}
    for part in PARTS[1:]:
        rows = copied(sequences, parts, part)
        pairs = zip(sequences[rows].tolist(), numbers[rows].tolist(), strict=True)
        found[part] = {"copies": len(rows), "conflicting": sum(pair not in learned for pair in pairs)}
    return found


def sentence(found: dict[str, Any]) -> str:
    """Say what ``facts`` found; empty where there are no copies.

    >>> sentence({"validation": {"copies": 14, "conflicting": 0}, "test": {"copies": 6, "conflicting": 1}})
    '14 validation and 6 test sequences are copies of training sequences (1 with another label there).'
    """
    counts = [(part, item["copies"]) for part, item in found.items() if item["copies"]]
    if not counts:
        return ""
    total, apart = sum(count for _, count in counts), sum(item["conflicting"] for item in found.values())
    named = " and ".join(f"{count:,} {part}" for part, count in counts)
    verb = "sequence is a copy of a training sequence" if total == 1 else "sequences are copies of training sequences"
    return f"{named} {verb}" + (f" ({apart:,} with another label there)" if apart else "") + "."
