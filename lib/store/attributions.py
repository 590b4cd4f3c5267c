"""Attributions of a run, computed once: npz files in ``attributions/`` of the run folder, named by their content.

The name covers the content of the trained model, the method with its settings, the target, the head, the seed and the
sequence, so that a file is never out of date, wherever the workspace is moved; it may be deleted at any time. A damaged
file counts as missing.
"""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lib.attribution import profile_heads
from lib.attribution.base import Attribution, Method
from lib.core.errors import UserError
from lib.core.files import replacing
from lib.core.progress import Progress, Silent, Stage
from lib.core.registry import values_of
from lib.core.spec import content_id
from lib.store import fitted, runs

_LAYOUT = 5
_ARRAYS = ("scores", "hypothetical", "effects", "standard_errors")
_FACTS = tuple("sequence method reference rule target prediction reference_prediction delta special tokens".split())
_BATCH = 64  # sequences that are computed before they are written


def attribute(
    run_id: str,
    method: Method,
    sequences: Sequence[str],
    *,
    target: int = 0,
    head: str = profile_heads.COUNTS,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Attribution]:
    """Attribute the predictions of a run's model, by one of its heads, for N stored sequences, in their order.

    Only what no file holds is computed; what is done before a cancellation stays.

    Raises
    ------
    UserError
        If the run has no trained model, there is no such target, or the method does not fit the model or a sequence.
    Cancelled
        If the listener asked for it.
    """
    listener = progress or Silent()
    targets = runs.metrics(run_id).get("targets", [])
    paths = _paths(run_id, method, sequences, target, head, seed)
    if not 0 <= target < len(targets):
        raise UserError(f"The run {run_id} has {len(targets)} targets; there is no target number {target + 1}.")
    known = {path: kept for path in set(paths) if (kept := _read_first(path)) is not None}
    missing = {path: sequence for path, sequence in zip(paths, sequences, strict=True) if path not in known}
    waiting = list(missing.items())
    for start in range(0, len(waiting), _BATCH):
        batch = waiting[start : start + _BATCH]
        found = profile_heads.attribute(
            method,
            fitted.load_fitted(run_id),
            [sequence for _, sequence in batch],
            head=head,
            target=target,
            seed=seed,
            progress=Stage(listener, before=start, after=len(waiting) - start - len(batch)),
        )
        for (path, _), item in zip(batch, found, strict=True):
            known[path] = replace(item, target=profile_heads.name_target(head, targets[target]))
            _write(path[0], known[path])
    return [known[path] for path in paths]


def find_attribution(
    run_id: str, method: Method, sequence: str, *, target: int = 0, head: str = profile_heads.COUNTS, seed: int = 0
) -> Attribution | None:
    """Give the attribution of a stored sequence where it was computed before, else None; no model is opened.

    Raises
    ------
    UserError
        If the run has no trained model.
    """
    return _read_first(_paths(run_id, method, [sequence], target, head, seed)[0])


def _paths(
    run_id: str, method: Method, sequences: Sequence[str], target: int, head: str, seed: int
) -> list[tuple[Path, ...]]:
    """Give where the attribution of each sequence is kept, and where older versions kept it."""
    folder = runs.folder(run_id) / "attributions"
    asked: dict[str, Any] = {
        "layout": _LAYOUT,
        "method": method.name,
        "settings": values_of(method),
        "target": target,
        "seed": seed,
        **({} if head == profile_heads.COUNTS else {"head": head}),
    }
    models = fitted.list_fingerprints(run_id)
    return [
        tuple(folder / f"{content_id({**asked, 'model': model, 'sequence': one}, length=32)}.npz" for model in models)
        for one in sequences
    ]


def _write(path: Path, item: Attribution) -> None:
    arrays = {name: value for name in _ARRAYS if (value := getattr(item, name)) is not None}
    facts = json.dumps({name: getattr(item, name) for name in _FACTS})
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, facts=np.frombuffer(facts.encode(), dtype=np.uint8), **arrays)


def _read_first(paths: Sequence[Path]) -> Attribution | None:
    return next((kept for path in paths if (kept := _read(path)) is not None), None)


def _read(path: Path) -> Attribution | None:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            facts = json.loads(file["facts"].tobytes())
            arrays: dict[str, Any] = {name: file[name] if name in file else None for name in _ARRAYS}
        facts["tokens"] = tuple((text, start, end, score) for text, start, end, score in facts["tokens"])
        return Attribution(**arrays, **facts)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None
