"""Trained models: named by their content, read back from run folders and kept in memory, a few at a time.

The name of a model is the hash of its files, those of the members of an ensemble among them, so a workspace can be
moved, copied or renamed and what was computed with a model is still found. ``.fingerprint.json`` in the folder of the
run holds the hash of each file with its size and time: only a file that differs from these is read again.
"""

import contextlib
import hashlib
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lib.core.errors import UserError
from lib.core.spec import content_id
from lib.store import runs
from lib.store.runfiles import read_json, write_json

if TYPE_CHECKING:
    from lib.models.base import Fitted

KEPT = 3
"""Models kept in memory at most."""
FINGERPRINT = ".fingerprint.json"
_FILES = ("model.json", "model.safetensors")

_lock = threading.Lock()
_models: "OrderedDict[tuple[Path, str], Fitted]" = OrderedDict()


class _File(NamedTuple):
    """A file of a model, by its path within the folder of the run."""

    path: str
    size: int
    time: int


def fingerprint(run_id: str) -> str:
    """Name the trained model of a run by its content.

    Raises
    ------
    UserError
        If there is no such run, or it has no trained model.
    """
    return list_fingerprints(run_id)[0]


def list_fingerprints(run_id: str) -> tuple[str, str]:
    """Give the name of the trained model of a run, and the one that older versions gave it, by its path and times.

    Nothing new is kept under the second; what was computed before is found there.

    Raises
    ------
    UserError
        If there is no such run, or it has no trained model.
    """
    kind = runs.get(run_id).kind
    folder = runs.folder(run_id)
    paths = [path for name in _FILES if (path := folder / name).exists()]
    if not paths or (kind == "train" and not (folder / "metrics.json").exists()):
        raise UserError(f"The run {run_id} has no trained model yet. Wait until it has finished, or resume it.")
    paths += sorted(path for name in _FILES for path in (folder / "members").rglob(name))
    states = [(path, path.stat()) for path in paths]
    files = [_File(path.relative_to(folder).as_posix(), state.st_size, state.st_mtime_ns) for path, state in states]
    return _hash_files(folder, tuple(files))


@lru_cache(maxsize=256)
def _hash_files(folder: Path, files: tuple[_File, ...]) -> tuple[str, str]:
    """Name a model by its files, reading only those that differ from what was noted of them, and note what was read."""
    noted = _read_notes(folder)
    known = noted.get("files", {})
    hashes: dict[str, list[Any]] = {}
    for path, *state in files:
        size, time, digest = known.get(path, (None, None, ""))
        if [size, time] != state:
            with (folder / path).open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        hashes[path] = [*state, digest]
    model = content_id({path: digest for path, (_, _, digest) in hashes.items()})
    former = str(noted["former"]) if noted.get("model") == model else _name_by_times(folder, files)
    if known != hashes:
        with contextlib.suppress(UserError):  # a folder that only may be read is hashed once by each process
            write_json(folder / FINGERPRINT, {"model": model, "former": former, "files": hashes})
    return model, former


def _read_notes(folder: Path) -> dict[str, Any]:
    """Read what was noted of the files of a model; nothing where that is missing or damaged."""
    try:
        noted = read_json(folder / FINGERPRINT)
        return noted if all(len(state) == 3 for state in noted["files"].values()) and "former" in noted else {}
    except (UserError, LookupError, TypeError, AttributeError):
        return {}


def _name_by_times(folder: Path, files: tuple[_File, ...]) -> str:
    return content_id([str(folder), {path: [size, time] for path, size, time in files if path in _FILES}])


def load_fitted(run_id: str) -> "Fitted":
    """Read the trained model of a run, or give the one in memory. It is shared: nobody may change it.

    Raises
    ------
    UserError
        If there is no such run, or its model is missing or damaged.
    """
    from lib.models.base import MODELS

    key = (runs.folder(run_id), fingerprint(run_id))
    with _lock:
        if key in _models:
            _models.move_to_end(key)
            return _models[key]
    model = MODELS.get(runs.get(run_id).spec.model.name).load(runs.folder(run_id))
    with _lock:
        _models[key] = model
        while len(_models) > KEPT:
            _models.popitem(last=False)
    return model
