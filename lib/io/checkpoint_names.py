"""What the files of a published model are called, and how a JSON of them is read; no torch is needed for it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lib.core.errors import UserError

CONFIG, SAFE, BINARY = "config.json", "model.safetensors", "pytorch_model.bin"
SAFE_INDEX, BINARY_INDEX = f"{SAFE}.index.json", f"{BINARY}.index.json"
"""Large models come in several files; these say in which of them each weight is."""
SAFE_SHARDS, BINARY_SHARDS = "model-*.safetensors", "pytorch_model-*.bin"
ADAPTER_CONFIG, ADAPTER, ADAPTER_BINARY = "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"
LARGEST = 64_000_000
_SHOWN = 4


def read_object(folder: Path, name: str) -> dict[str, Any]:
    """Read a JSON object of a folder.

    Raises
    ------
    UserError
        If the folder or the file is missing, or it is damaged or no object.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder.name}; choose the folder of a checkpoint.")
    try:
        if (folder / name).stat().st_size > LARGEST:
            raise UserError(f"{name} of {folder.name} has more than {LARGEST // 10**6} MB; download it again.")
        facts = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder.name} has no {name}; choose the folder of a whole checkpoint.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{name} of {folder.name} cannot be read; copy or download it again.") from error
    if not isinstance(facts, dict):
        raise UserError(f"{name} of {folder.name} is not the description of a model; download it again.")
    return facts


def list_names(keys: Iterable[str]) -> str:
    """Name the first few keys and say how many there are."""
    names = [format_value(key) for key in keys]
    more = f" and {len(names) - _SHOWN} more ({len(names)} in all)" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def format_value(value: object) -> str:
    """Write a value of a file for messages, which show one line."""
    text = value if isinstance(value, str) else repr(value)
    return "".join(letter for letter in text if letter.isprintable())[:80]
