"""Where an interrupted training goes on: one folder for each checkpoint, tensors as safetensors and the rest as JSON.

A folder appears under its name in one step, when all of it is on disk, so a checkpoint is whole or not there. Nothing
is pickled, which is why the checkpoints of transformers, which are, are not used.
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from lib.core.errors import UserError
from lib.core.files import cannot_write

FOLDER = "checkpoints"
_TENSORS, _FACTS = "state.safetensors", "state.json"


@dataclass(frozen=True)
class Checkpoint:
    """The state of a training after a step: tensors by group (``model``, ``best``, ...), and plain facts."""

    tensors: Mapping[str, Mapping[str, Tensor]]
    facts: Mapping[str, Any]


def write(folder: Path, name: str, checkpoint: Checkpoint, *, extra: Mapping[str, str]) -> Path:
    """Write a checkpoint as ``folder/name`` and remove older ones beside it; ``extra`` are further text files by name.

    Raises
    ------
    UserError
        If the disk is full or the folder cannot be written; the older checkpoint stays.
    """
    target, temporary = folder / name, folder / f".{name}"
    flat = {
        f"{group}/{key}": tensor.detach().cpu().contiguous()
        for group, tensors in checkpoint.tensors.items()
        for key, tensor in tensors.items()
    }
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        _put(temporary / _TENSORS, save_tensors(flat))
        for file, text in {**extra, _FACTS: json.dumps(checkpoint.facts)}.items():
            _put(temporary / file, text.encode())
        shutil.rmtree(target, ignore_errors=True)
        temporary.rename(target)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise UserError(cannot_write(target, error)) from error
    for other in folder.iterdir():
        if other != target and (other.name.startswith(".") or (other / _FACTS).exists()):  # not those of another stage
            shutil.rmtree(other, ignore_errors=True)
    return target


def newest(folder: Path) -> Path | None:
    """Find the checkpoint in ``folder`` that comes last by its name, None where there is none."""
    found = sorted(path for path in folder.glob("*") if (path / _FACTS).is_file() and not path.name.startswith("."))
    return found[-1] if found else None


def read(path: Path) -> Checkpoint:
    """Read a checkpoint back."""
    tensors: dict[str, dict[str, Tensor]] = {}
    for key, tensor in load_tensors((path / _TENSORS).read_bytes()).items():
        group, _, name = key.partition("/")
        tensors.setdefault(group, {})[name] = tensor
    return Checkpoint(tensors, json.loads((path / _FACTS).read_text(encoding="utf-8")))


def remove(folder: Path) -> None:
    """Remove all checkpoints of a run; they are not needed once it has finished."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def split_optimizer(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Part the state of an optimizer into tensors, named ``number.key``, and the plain facts of its groups."""
    state = optimizer.state_dict()
    tensors = {f"{number}.{key}": value for number, values in state["state"].items() for key, value in values.items()}
    return tensors, state["param_groups"]


def join_optimizer(tensors: Mapping[str, Tensor], groups: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the state of an optimizer together again, ready for ``load_state_dict``."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        number, _, key = name.partition(".")
        state.setdefault(int(number), {})[key] = tensor
    whole = [{key: tuple(value) if key == "betas" else value for key, value in group.items()} for group in groups]
    return {"state": state, "param_groups": whole}


def _put(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
