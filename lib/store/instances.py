"""Motif instances of a discovery and their spacing, in the folder of its job: called once, read ever after.

``instances.parquet`` holds the instances with ``id`` and ``row`` of the attribution set; ``spacing.parquet`` the pairs,
``spacing.npz`` their histograms. A discovery from before there were instances gets them when they are first asked for.
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow

from lib.core.files import replacing
from lib.core.progress import Progress
from lib.motifs.discover import BOTH
from lib.motifs.instances import FDR, call_instances
from lib.motifs.spacing import Histogram, Spacing, analyse_spacing
from lib.store import attribution_sets, patterns, runs

INSTANCES, PAIRS, HISTOGRAMS = "instances.parquet", "spacing.parquet", "spacing.npz"
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, pyarrow.ArrowException)


def find(job_id: str, progress: Progress | None = None) -> pd.DataFrame:
    """Give the instances of the patterns of a discovery, q up to 0.2: read, or called where they are not there yet.

    Returns
    -------
    pd.DataFrame
        ``id`` of the sequence and the columns of ``lib.motifs.instances``; ``row`` is that of the attribution set.

    Raises
    ------
    UserError
        If there are no patterns, the attributions are gone, or there are fewer than 20 sequences.
    """
    path = runs.folder(job_id) / INSTANCES
    try:
        return pd.read_parquet(path)
    except _DAMAGED:
        pass
    found, made = patterns.load(job_id), attribution_sets.load(job_id)
    both = runs.get(job_id).payload["discovery"].get("strands") == BOTH
    contribution = np.asarray(made.one_hot * made.require_hypothetical(), dtype=np.float32)
    called = call_instances(found, contribution, made.lengths, both=both, progress=progress)
    called.insert(0, "id", made.ids[called["row"]].astype(object))
    with replacing(path) as temporary:
        called.to_parquet(temporary, index=False)
    return called


def find_spacing(job_id: str, progress: Progress | None = None) -> Spacing:
    """Give order and spacing of the instances with q up to 0.05: read, or tested where that was not done yet.

    Raises
    ------
    UserError
        As ``find``.
    """
    folder = runs.folder(job_id)
    try:
        return _read(pd.read_parquet(folder / PAIRS), folder / HISTOGRAMS)
    except _DAMAGED:
        pass
    called, made = find(job_id, progress), attribution_sets.load(job_id)
    names = [pattern.name for pattern in patterns.load(job_id)]
    tested = analyse_spacing(called[called["q"] <= FDR], made.lengths, names, progress=progress)
    arrays: dict[str, Any] = {
        f"{first}/{second}/{field}": getattr(histogram, field)
        for (first, second), histogram in tested.histograms.items()
        for field in Histogram._fields
    }
    with replacing(folder / HISTOGRAMS) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    with replacing(folder / PAIRS) as temporary:
        tested.table.to_parquet(temporary, index=False)
    return tested


def _read(table: pd.DataFrame, path: Path) -> Spacing:
    with np.load(path, allow_pickle=False) as arrays:
        pairs = dict.fromkeys(tuple(name.split("/")[:2]) for name in arrays.files)
        histograms = {
            (first, second): Histogram(*(arrays[f"{first}/{second}/{field}"] for field in Histogram._fields))
            for first, second in pairs
        }
    return Spacing(table, histograms)
