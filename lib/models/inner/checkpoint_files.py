"""The files of a published checkpoint, read without running anything that is in them.

``config.json``, and the weights as ``model.safetensors`` or ``pytorch_model.bin``.
"""

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from lib.core.errors import UserError

CONFIG, SAFE, BINARY = "config.json", "model.safetensors", "pytorch_model.bin"
_SHOWN = 4
_DAMAGED = (RuntimeError, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zipfile.BadZipFile)


def read_facts(folder: Path) -> dict[str, Any]:
    """Read ``config.json``.

    Raises
    ------
    UserError
        If it is missing, damaged, or no description of a model.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder.name}; choose the folder of a checkpoint.")
    try:
        facts = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder.name} has no {CONFIG}; choose the folder of a whole checkpoint.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{CONFIG} of {folder.name} cannot be read; copy or download it again.") from error
    if not isinstance(facts, dict):
        raise UserError(f"{CONFIG} of {folder.name} is not the description of a model; download it again.")
    return facts


def read_numbers(folder: Path) -> dict[str, Tensor]:
    """Read all numbers of a checkpoint by their keys; safetensors is taken first.

    Raises
    ------
    UserError
        If there is none, it is damaged, or it holds anything but numbers, such as code.
    """
    if (folder / SAFE).is_file():
        try:
            return load_file(folder / SAFE)
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise UserError(f"{SAFE} of {folder.name} cannot be read; copy or download it again.") from error
    if (folder / BINARY).is_file():
        return _numbers_of(folder / BINARY)
    raise UserError(
        f"{folder.name} has neither {SAFE} nor {BINARY}: there are no weights. Choose the folder of a whole checkpoint."
    )


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
        raise UserError(f"The checkpoint {name} holds {named(twice)} both with and without {prefix!r}.")
    return plain


def named(keys: Iterable[str]) -> str:
    """Name the first few keys and say how many there are."""
    names = [told(key) for key in keys]
    more = f" and {len(names) - _SHOWN} more ({len(names)} in all)" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def told(value: object) -> str:
    """Write a value of a file for messages, which show one line."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(letter for letter in text if letter.isprintable())[:80]


def _numbers_of(path: Path) -> dict[str, Tensor]:
    """Read a file of torch; the reader refuses whatever would run code."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (*_DAMAGED, torch.serialization.pickle.UnpicklingError) as error:
        raise UserError(
            f"{path.name} of {path.parent.name} was not opened: it is damaged, or holds more than numbers, such as "
            f"code, which is never run. Use {SAFE}, or download the checkpoint again."
        ) from error
    if not isinstance(found, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in found.items()
    ):
        raise UserError(f"{path.name} of {path.parent.name} is not a list of named weights; choose another checkpoint.")
    return dict(found)
