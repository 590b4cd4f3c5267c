"""The identity of a dataset and of its split: hashes of their content, whatever their names and files."""

import hashlib
from collections.abc import Iterable
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lib.core.arrays import as_arrow, letters_of
from lib.core.spec import content_id
from lib.datasets.dataset import Dataset

HASHED = ("target", "split", "normalisation", "ambiguity")
"""Choices among the facts that belong to the identity of a dataset."""
BLOCK = 100_000
"""Rows of numbers that are hashed at a time."""


def split_identity(ids: NDArray[Any] | pa.LargeStringArray, parts: NDArray[np.str_]) -> str:
    """Hash which id is in which part, whatever the order of the rows."""
    names = as_arrow(ids)
    order = pc.sort_indices(names)
    return hash_rows((names.take(order), as_arrow(parts).take(order))).hexdigest()[:16]


def hash_rows(
    texts: Iterable[NDArray[Any] | pa.LargeStringArray], numbers: Iterable[NDArray[np.floating]] = ()
) -> "hashlib._Hash":
    """Hash columns of texts (N,), and arrays of numbers."""
    digest = hashlib.sha256()
    for column in texts:
        letters, bounds = letters_of(as_arrow(column))
        digest.update(pa.py_buffer(bounds - bounds[0] if bounds[0] else bounds))
        digest.update(pa.py_buffer(letters[bounds[0] : bounds[-1]]))
    for array in numbers:
        digest.update(repr(array.shape).encode())
        for start in range(0, len(array), BLOCK):
            digest.update(_canonical(array[start : start + BLOCK]))
    return digest


def identity(dataset: Dataset, hashed: "hashlib._Hash | None" = None) -> str:
    """Hash the content of a dataset: rows, values, targets, split and choices; neither its name nor its files'.

    Parameters
    ----------
    dataset
        The dataset.
    hashed
        What ``hash_rows`` gave of its ids, sequences, parts, targets and values, where that is known.
    """
    counted = (
        [] if dataset.profiles is None else [dataset.profiles, *map(itemgetter(1), sorted(dataset.replicates.items()))]
    )
    digest = (
        hashed.copy()
        if hashed is not None
        else hash_rows((dataset.ids, dataset.sequences, dataset.parts), (dataset.targets, dataset.values, *counted))
    )
    if dataset.rbp is not None:
        digest.update(dataset.rbp.to_csv(index=False).encode())
    if dataset.rbp_collection is not None:
        digest.update(repr(list(dataset.rbp_collection.columns)).encode())
        digest.update(_canonical(dataset.rbp_collection.to_numpy(dtype=np.float64)))
    for name, matrix in sorted(dataset.pwms.items()):
        digest.update(repr((name, matrix.shape)).encode())
        digest.update(_canonical(matrix))
    names = [dataset.target_names, dataset.target_units, dataset.value_names, dataset.times]
    if dataset.classes or dataset.tracks:
        names += [dataset.classes, dataset.tracks, tuple(sorted(dataset.replicates))]
    return content_id(
        [digest.hexdigest(), names, dataset.simulated, {key: dataset.facts[key] for key in HASHED}],
    )


def _canonical(numbers: NDArray[np.floating]) -> bytes:
    """Give the bytes of an array with one zero and one NaN."""
    one_zero = numbers + 0.0
    one_zero[np.isnan(one_zero)] = np.nan
    return one_zero.tobytes()
