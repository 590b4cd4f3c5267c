"""Fetch the files of a published model from the Hugging Face hub: the named ones, and never code."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lib.core.errors import UserError
from lib.io.checkpoint_names import (
    ADAPTER,
    ADAPTER_BINARY,
    ADAPTER_CONFIG,
    BINARY,
    BINARY_INDEX,
    BINARY_SHARDS,
    SAFE,
    SAFE_INDEX,
    SAFE_SHARDS,
)

_SAFE = (SAFE, SAFE_INDEX, SAFE_SHARDS, ADAPTER_CONFIG, ADAPTER)
_BINARY = (BINARY, BINARY_INDEX, BINARY_SHARDS, ADAPTER_BINARY)
PATIENCE = 10
"""Seconds that the hub has to answer; after that, what was fetched before is taken."""
_ID = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[\w.-]+))?")


def is_name(source: str) -> bool:
    """Tell whether a text could be ``owner/name`` or ``owner/name@revision`` of a model on the hub."""
    return _ID.fullmatch(source) is not None


def folder_of(source: str, *, files: Sequence[str], pinned: Mapping[str, str]) -> Path:
    """Give the folder of a model: the one that is named, or a copy of one on the hub.

    Parameters
    ----------
    source
        A folder, or ``owner/name`` on the hub, with ``@revision`` if a certain state is meant.
    files
        Names of the files that are needed; nothing else is fetched, and ``pytorch_model.bin`` only where there is no
        ``model.safetensors``. Of weights the several files of large models and adapters are taken too.
    pinned
        Revision of each ``owner/name`` that is taken if none is asked for; others are taken as they are today.

    Raises
    ------
    UserError
        If there is no such folder or model, or it cannot be reached.
    """
    place = Path(source).expanduser()
    if source and place.is_dir():
        return place
    if not (found := _ID.fullmatch(source)):
        raise UserError(
            f"There is no folder {source!r}; choose the folder of a model, or name one on the hub as owner/name."
        )
    name = found["name"]
    revision = found["revision"] or pinned.get(name, "main")
    others = [file for file in files if file not in (SAFE, BINARY)]
    folder = _find_fetched(name, revision, [*others, *(_SAFE if SAFE in files else ())])
    if BINARY in files and not any((folder / file).exists() for file in (SAFE, SAFE_INDEX, ADAPTER)):
        folder = _find_fetched(name, revision, [*others, ADAPTER_CONFIG, *_BINARY])
    return folder


def _find_fetched(name: str, revision: str, files: list[str]) -> Path:
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import (  # type: ignore[attr-defined]  # HTTPError is that of its HTTP client
        GatedRepoError,
        HFValidationError,
        HTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        # A download asks again for half a minute before it gives up; this question is asked once.
        try:
            HfApi().model_info(name, revision=revision, timeout=PATIENCE)
            away = False
        except (RepositoryNotFoundError, RevisionNotFoundError):
            raise
        except (HTTPError, OSError):
            away = True
        return Path(snapshot_download(name, revision=revision, allow_patterns=files, local_files_only=away))
    except GatedRepoError as error:
        raise UserError(
            f"{name} is given only to people who have agreed to its terms: agree on its page, run `hf auth login`, "
            "then try again."
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise UserError(f"There is neither a folder nor a model {name} on the hub; check the name.") from error
    except RevisionNotFoundError as error:
        raise UserError(f"{name} has no revision {revision}; check what stands after the @.") from error
    except (LocalEntryNotFoundError, HTTPError, OSError) as error:
        raise UserError(
            f"{name} is not on this machine and the hub could not be reached. Try again with a connection, or download "
            "its files elsewhere and choose their folder."
        ) from error


def find_local(source: str, *, files: Sequence[str], pinned: Mapping[str, str]) -> Path | None:
    """Give the folder of a model that is on this machine, fetched before or never on the hub, without asking the hub.

    Parameters
    ----------
    source, files, pinned
        As for ``folder_of``; of ``model.safetensors`` and ``pytorch_model.bin`` one is enough, or the index of one.
    """
    from huggingface_hub import try_to_load_from_cache

    place: Path | None = Path(source).expanduser()
    if not source or not place or not place.is_dir():
        if not (found := _ID.fullmatch(source)):
            return None
        revision = found["revision"] or pinned.get(found["name"], "main")
        cached = [try_to_load_from_cache(found["name"], file, revision=revision) for file in files]
        place = next((Path(path).parent for path in cached if isinstance(path, str)), None)
    if place is None:
        return None
    there = {file for file in files if (place / file).is_file()}
    weights = {file for file in files if file in (SAFE, BINARY)}
    indices = {index for file, index in ((SAFE, SAFE_INDEX), (BINARY, BINARY_INDEX)) if file in weights}
    whole = not weights or there & weights or any((place / index).is_file() for index in indices)
    return place if there.issuperset(set(files) - weights) and whole else None
