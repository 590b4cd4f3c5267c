"""How a trained model is written and read: ``model.json`` for facts, ``model.safetensors`` for numbers, no pickle."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from lib.core.errors import UserError
from lib.core.files import replacing

if TYPE_CHECKING:
    from torch import nn

FACTS, ARRAYS = "model.json", "model.safetensors"

Arrays = Mapping[str, NDArray[Any]]


def write(folder: Path, model: str, facts: Mapping[str, Any], arrays: Arrays) -> None:
    """Write the facts and the numbers of a model called ``model`` into a folder that exists.

    The numbers come first: a folder that holds ``model.json`` holds the whole model.

    Raises
    ------
    UserError
        If the disk is full or the folder cannot be written.
    """
    if arrays:
        with replacing(folder / ARRAYS) as temporary:
            temporary.write_bytes(save_arrays({key: np.ascontiguousarray(value) for key, value in arrays.items()}))
    with replacing(folder / FACTS) as temporary:
        temporary.write_text(json.dumps({"model": model, **facts}, indent=1, allow_nan=False), encoding="utf-8")


def read(folder: Path, model: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read the facts and the numbers of a model called ``model``; numbers are empty where none were written.

    Raises
    ------
    UserError
        If a file is missing or damaged, or the folder holds another model.
    """
    remedy = "The folder of this run is incomplete or damaged; train again."
    try:
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        if not isinstance(facts, dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        raise UserError(f"{FACTS} is missing from {folder}. {remedy}") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{FACTS} in {folder} cannot be read ({error}). {remedy}") from error
    if facts.get("model") != model:
        raise UserError(f"{folder} holds a model called {facts.get('model')!r}, needed {model!r}. {remedy}")
    if not (folder / ARRAYS).exists():
        return facts, {}
    try:
        return facts, load_arrays((folder / ARRAYS).read_bytes())
    except (OSError, SafetensorError) as error:
        raise UserError(f"{ARRAYS} in {folder} cannot be read ({error}). {remedy}") from error


def numbers(arrays: Arrays, name: str, folder: Path) -> NDArray[Any]:
    """Take one array of a saved model.

    Raises
    ------
    UserError
        If it is not there.
    """
    if name not in arrays:
        raise UserError(f"{ARRAYS} in {folder} lacks {name!r}. The run is incomplete or damaged; train again.")
    return arrays[name]


def fact(facts: Mapping[str, Any], name: str, folder: Path) -> Any:
    """Take one fact of a saved model.

    Raises
    ------
    UserError
        If it is not there.
    """
    if name not in facts:
        raise UserError(f"{FACTS} in {folder} lacks {name!r}. The run is incomplete or damaged; train again.")
    return facts[name]


def put(module: "nn.Module", arrays: Arrays, folder: Path) -> None:
    """Put the numbers of a saved model into the network that its settings build, and bring that into eval mode.

    Raises
    ------
    UserError
        If one is missing, or they are of another network.
    """
    import torch

    weights = {name: torch.from_numpy(numbers(arrays, name, folder)) for name in module.state_dict()}
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise UserError(f"The weights in {folder} do not fit their settings ({error}); train again.") from error
    module.eval().requires_grad_(requires_grad=False)
