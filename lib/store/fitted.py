"""Trained models, read back from run folders and kept in memory for everybody, a few at a time."""

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from lib.core.errors import UserError
from lib.core.spec import content_id
from lib.store import runs

if TYPE_CHECKING:
    from lib.models.base import Fitted

KEPT = 3
"""Models kept in memory at most."""

_lock = threading.Lock()
_models: "OrderedDict[str, Fitted]" = OrderedDict()


def fingerprint(run_id: str) -> str:
    """Name the trained model of a run: the same weights give the same name, a training anew another one.

    Raises
    ------
    UserError
        If there is no such run, or it has no trained model.
    """
    kind = runs.get(run_id).kind
    folder = runs.folder(run_id)
    files = [file for name in ("model.json", "model.safetensors") if (file := folder / name).exists()]
    if not files or (kind == "train" and not (folder / "metrics.json").exists()):
        raise UserError(f"The run {run_id} has no trained model yet. Wait until it has finished, or resume it.")
    facts = {file.name: [file.stat().st_size, file.stat().st_mtime_ns] for file in files}
    return content_id([str(folder), facts])


def load_fitted(run_id: str) -> "Fitted":
    """Read the trained model of a run, or give the one in memory. It is shared: nobody may change it.

    Raises
    ------
    UserError
        If there is no such run, or its model is missing or damaged.
    """
    from lib.models.base import MODELS

    key = fingerprint(run_id)
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
