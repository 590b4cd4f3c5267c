"""The files of a published checkpoint, read without running anything that is in them.

``config.json``, and the weights as ``model.safetensors`` or ``pytorch_model.bin``, each in one file or in several with
an index that says in which of them each weight is.
"""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from lib.core.errors import UserError
from lib.io.checkpoint_names import (
    ADAPTER,
    ADAPTER_BINARY,
    ADAPTER_CONFIG,
    BINARY,
    BINARY_INDEX,
    BINARY_SHARDS,
    CONFIG,
    SAFE,
    SAFE_INDEX,
    SAFE_SHARDS,
    format_value,
    list_names,
    read_object,
)

_DAMAGED = (RuntimeError, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zipfile.BadZipFile)
_WRAPPER = re.compile(r"(?:(?<=\.)|^)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")
"""What ``torch.compile`` and its relatives put into the names of weights."""
_PARALLEL = "module."
"""What training on several GPUs puts before them."""


def read_facts(folder: Path) -> dict[str, Any]:
    """Read ``config.json``.

    Raises
    ------
    UserError
        If it is missing, damaged, or no description of a model.
    """
    if (folder / ADAPTER_CONFIG).is_file() and not (folder / CONFIG).is_file():
        raise UserError(f"{folder.name} is an adapter and has no {CONFIG}; choose the folder of a whole checkpoint.")
    return read_object(folder, CONFIG)


def read_numbers(folder: Path) -> dict[str, Tensor]:
    """Read all numbers of a checkpoint by their keys; safetensors is taken first, and one file before several.

    What training on several GPUs or compiling put into the keys is taken out.

    Raises
    ------
    UserError
        If there is none or a file of several is missing, it is damaged, or it holds anything but numbers, such as code.
    """
    for file, index, shards in ((SAFE, SAFE_INDEX, SAFE_SHARDS), (BINARY, BINARY_INDEX, BINARY_SHARDS)):
        if (folder / file).is_file():
            return unwrap_keys(_numbers_of(folder / file), name=folder.name)
        if (folder / index).is_file():
            return unwrap_keys(_numbers_of_shards(folder, index), name=folder.name)
        if some := sorted(path.name for path in folder.glob(shards)):
            raise UserError(
                f"{folder.name} has {list_names(some)}, but not {index}, which belongs to them. Download it too."
            )
    raise UserError(
        f"{folder.name} has neither {SAFE} nor {BINARY}: there are no weights. Choose the folder of a whole checkpoint."
    )


def read_adapter_numbers(folder: Path) -> dict[str, Tensor]:
    """Read the numbers of an adapter by their keys; safetensors is taken first.

    Raises
    ------
    UserError
        As for ``read_numbers``.
    """
    for file in (ADAPTER, ADAPTER_BINARY):
        if (folder / file).is_file():
            return unwrap_keys(_numbers_of(folder / file), name=folder.name)
    raise UserError(f"{folder.name} has {ADAPTER_CONFIG}, but neither {ADAPTER} nor {ADAPTER_BINARY}. Download it too.")


def read_weights_file(path: Path) -> dict[str, Tensor]:
    """Read the numbers of one file by their keys; see ``read_numbers``.

    Raises
    ------
    UserError
        If there is none, it is damaged, or it holds anything but numbers, such as code.
    """
    return unwrap_keys(_numbers_of(path), name=path.name)


def unwrap_keys(found: Mapping[str, Tensor], *, name: str) -> dict[str, Tensor]:
    """Take out of the keys what compiling a model or training it on several GPUs put there.

    Raises
    ------
    UserError
        If a key stands there both with and without it.
    """
    plain: dict[str, Tensor] = {}
    for key, value in found.items():
        short = _WRAPPER.sub("", key)
        if short in plain:
            raise UserError(
                f"The checkpoint {name} holds {format_value(short)} both with and without what compiling adds."
            )
        plain[short] = value
    while any(key.startswith(_PARALLEL) for key in plain):
        plain = without(_PARALLEL, plain, name=name)
    return plain


def without(prefix: str, found: Mapping[str, Tensor], *, name: str) -> dict[str, Tensor]:
    """Take a prefix off the keys that begin with it.

    Raises
    ------
    UserError
        If a key stands there both with and without it.
    """
    plain = {key.removeprefix(prefix): value for key, value in found.items()}
    if len(plain) < len(found):
        twice = [key for key in plain if key in found and prefix + key in found]
        raise UserError(f"The checkpoint {name} holds {list_names(twice)} both with and without {prefix!r}.")
    return plain


def _numbers_of_shards(folder: Path, index: str) -> dict[str, Tensor]:
    """Read weights that lie in several files of one folder; every one of them has to be there."""
    where = read_object(folder, index).get("weight_map")
    if not isinstance(where, dict) or not where or not all(isinstance(file, str) for file in where.values()):
        raise UserError(f"{index} of {folder.name} does not say in which files the weights are; download it again.")
    shards = sorted(set(where.values()))
    suffix = Path(SAFE if index == SAFE_INDEX else BINARY).suffix
    if odd := [shard for shard in shards if not re.fullmatch(rf"\w[\w.-]*\{suffix}", shard, re.ASCII)]:
        raise UserError(
            f"{index} of {folder.name} names {list_names(odd)}; needed are files of this folder that end in {suffix}. "
            "Download the checkpoint again from a place that you trust."
        )
    if missing := [shard for shard in shards if not (folder / shard).is_file()]:
        raise UserError(
            f"{folder.name} lacks {len(missing)} of the {len(shards)} files with its weights: {list_names(missing)}. "
            f"Download {'it' if len(missing) == 1 else 'them'} too."
        )
    found: dict[str, Tensor] = {}
    for shard in shards:
        numbers = _numbers_of(folder / shard)
        found |= {key: value for key, value in numbers.items() if where.get(key, shard) == shard}
    if lost := [key for key in where if key not in found]:
        raise UserError(f"{folder.name} lacks {list_names(lost)}, which {index} names. Download the checkpoint again.")
    return found


def _numbers_of(path: Path) -> dict[str, Tensor]:
    """Read one file of weights; the reader of torch refuses whatever would run code."""
    if path.suffix == Path(SAFE).suffix:
        try:
            return load_file(path)
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise UserError(f"{path.name} of {path.parent.name} cannot be read; copy or download it again.") from error
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (*_DAMAGED, torch.serialization.pickle.UnpicklingError) as error:  # type: ignore[attr-defined]  # not ours
        raise UserError(
            f"{path.name} of {path.parent.name} was not opened: it is damaged, or holds more than numbers, such as "
            f"code, which is never run. Use {SAFE}, or download the checkpoint again."
        ) from error
    if not isinstance(found, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in found.items()
    ):
        raise UserError(f"{path.name} of {path.parent.name} is not a list of named weights; choose another checkpoint.")
    return dict(found)
