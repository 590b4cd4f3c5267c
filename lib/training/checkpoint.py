"""Where an interrupted training goes on: one folder for each checkpoint, tensors as safetensors and the rest as JSON.

A folder appears under its name in one step, when all of it is on disk, so a checkpoint is whole or not there. Nothing
is pickled, which is why the checkpoints of transformers, which are, are not used.
"""

import hashlib
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
from torch import Tensor, nn

from lib.core.errors import UserError
from lib.core.files import cannot_write


def trainable_state(network: nn.Module) -> dict[str, Tensor]:
    """Give the parameters that are trained and the buffers by name; tied parameters once."""
    kept = network.state_dict()
    buffers = {name: buffer for name, buffer in network.named_buffers() if name in kept}
    trained = {name: weights.detach() for name, weights in network.named_parameters() if weights.requires_grad}
    return trained | buffers


def copy_trainable(network: nn.Module) -> dict[str, Tensor]:
    """Copy what is learned to the memory of the machine."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in trainable_state(network).items()}


def load_trainable(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put back what ``learned`` gave.

    Raises
    ------
    ValueError
        If the network learns other things.
    """
    own = trainable_state(network)
    if own.keys() != tensors.keys() or any(own[name].shape != tensors[name].shape for name in own):
        odd = ", ".join(sorted(own.keys() ^ tensors.keys())[:5]) or "the shape of some"
        raise ValueError(f"the weights are not those of this network: {odd}")
    network.load_state_dict(dict(tensors), strict=False)


def fingerprint(network: nn.Module) -> str:
    """Tell the frozen parameters by 32 letters, empty where nothing is frozen."""
    frozen = {name: weights for name, weights in network.named_parameters() if not weights.requires_grad}
    if not frozen:
        return ""
    digest = hashlib.blake2b(digest_size=16)
    for name, weights in sorted(frozen.items()):
        digest.update(f"{name} {weights.dtype} {tuple(weights.shape)}\n".encode())
        digest.update(weights.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


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
