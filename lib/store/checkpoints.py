"""Folders of published models: those that were uploaded as a zip, and those that the administrator lists.

An upload lies at ``checkpoints/<hash>/<name>`` in the workspace, named by its content. Folders of the administrator are
named by ``MOTIFLENS_CHECKPOINTS``, several separated as in ``PATH``; each may be a checkpoint or hold some. Where a
server has users, nothing else on its disk is read for them.
"""

import hashlib
import io
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from safetensors import SafetensorError, safe_open

from lib.core.errors import UserError
from lib.core.files import cannot_write
from lib.io import hub
from lib.io.checkpoint_names import ADAPTER_CONFIG, CONFIG, LARGEST, list_names
from lib.store import tokenizers
from lib.store.files import home

KIND = "checkpoints"
VARIABLE = "MOTIFLENS_CHECKPOINTS"
MOST_BYTES = 8_000_000_000
MOST_FILES = 64
WEIGHTS, TEXTS, PICKLES = ".safetensors", (".json", ".txt"), (".bin", ".pt", ".pth", ".pkl", ".ckpt")
_NAME = re.compile(r"\w[\w.+-]{0,199}", re.ASCII)
_PIECE = 1 << 20
CONVERT = (
    "Convert it where you trust it: load it with torch.load(FILE, weights_only=True), save that with save_file of "
    "safetensors.torch as model.safetensors, and zip this with its JSON and vocabulary files."
)


def list_checkpoints() -> list[Path]:
    """List the folders that hold a published model: the uploaded ones by name, then those of the administrator."""
    uploaded = sorted((home() / KIND).glob("*/*"), key=lambda folder: folder.name.lower())
    listed = [folder for root in list_folders() for folder in (root, *sorted(root.glob("*")))]
    return [folder for folder in (*uploaded, *listed) if _is_checkpoint(folder)]


def is_bare(folder: Path) -> bool:
    """Tell whether a folder holds weights alone, as those of UTR-LM are published, and nothing that describes them."""
    return not any(path.suffix in TEXTS for path in folder.iterdir())


def list_folders() -> list[Path]:
    """Give the folders that the administrator lists, as far as they are there."""
    named = (Path(part).expanduser() for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part.strip())
    return [folder.absolute() for folder in named if folder.is_dir()]


def require_shared(given: str) -> None:
    """Refuse a path on a server with users unless it lies in a folder that is for all; names on the hub are none.

    Raises
    ------
    UserError
        If it is a path, and neither uploaded nor in a folder of the administrator.
    """
    text = given.strip()
    path = Path(text).expanduser()
    if not text or (hub.is_name(text) and not _exists(path)):
        return
    place = path.absolute()
    roots = [home() / KIND, home() / tokenizers.FILES, *list_folders()]
    inside = any(place.is_relative_to(root) or place.is_relative_to(root.resolve()) for root in roots)
    if not inside or ".." in place.parts:
        raise UserError(
            "A path of this server is not read here, because others use it too. Upload the model as a zip, choose one "
            f"of the listed folders, or ask whoever runs this app to list its folder in {VARIABLE}."
        )


def keep_zip(name: str, file: io.BufferedIOBase) -> Path:
    """Unpack an uploaded zip of a published model into a folder of its own, and give that.

    Parameters
    ----------
    name
        Of the zip, by which the folder is called.
    file
        Its bytes.

    Raises
    ------
    UserError
        If it is no zip, holds anything but one folder of safetensors, JSON and vocabulary files, is too large, or
        cannot be written; nothing of it is kept then.
    """
    file.seek(0)
    parent = home() / KIND / hashlib.file_digest(file, "sha256").hexdigest()[:16]
    stem = re.sub(r"[^\w.-]+", "-", Path(name).stem, flags=re.ASCII).strip("-.")[:60] or "checkpoint"
    if known := sorted(folder for folder in parent.glob("*") if folder.is_dir()):
        return known[0]
    try:
        with zipfile.ZipFile(file) as archive:
            members = _members(archive, name)
            _require_room(sum(member.file_size for member in members.values()))
            with tempfile.TemporaryDirectory(prefix=".upload.", dir=home()) as temporary:
                folder = Path(temporary) / stem
                folder.mkdir()
                for short, member in members.items():
                    _unpack(archive, member, folder / short)
                _require_readable(folder)
                parent.mkdir(parents=True, exist_ok=True)
                folder.replace(parent / stem)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError) as error:
        raise UserError(f"{_shorten(name)} is not a zip, or is damaged. Zip the folder of the model again.") from error
    except OSError as error:
        raise UserError(cannot_write(parent / stem, error)) from error
    return parent / stem


def _members(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """Give the files of a zip by their names in one folder, each of them checked; nothing is unpacked yet."""
    members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith("__MACOSX/")]
    called = _shorten(name)
    if len(members) > MOST_FILES:
        raise UserError(f"{called} holds {len(members):,} files; a published model has at most {MOST_FILES}.")
    if unsafe := [one.filename for one in members if _leads_out(one)]:
        raise UserError(
            f"{called} holds {list_names(unsafe)}, which would be a link or lead out of its folder. Nothing was "
            "unpacked. Zip the plain files of the model again."
        )
    if locked := [one.filename for one in members if one.flag_bits & 1]:
        raise UserError(f"{called} holds {list_names(locked)} behind a password. Zip the model without one.")
    endings = {one.filename: PurePosixPath(one.filename).suffix.lower() for one in members}
    if pickles := [path for path, ending in endings.items() if ending in PICKLES]:
        raise UserError(f"{called} holds {list_names(pickles)}, which may contain code and is not taken. {CONVERT}")
    if other := [path for path, ending in endings.items() if ending not in (WEIGHTS, *TEXTS)]:
        raise UserError(
            f"{called} holds {list_names(other)}; only {WEIGHTS}, {' and '.join(TEXTS)} files are taken. Remove "
            f"{'it' if len(other) == 1 else 'them'} and zip the model again."
        )
    if len(folders := {str(PurePosixPath(one.filename).parent) for one in members}) > 1:
        raise UserError(f"{called} holds {len(folders)} folders: {list_names(sorted(folders))}. Zip one model alone.")
    found = {PurePosixPath(one.filename).name: one for one in members}
    if len({short.lower() for short in found}) < len(members):
        raise UserError(f"{called} holds a file twice. Zip the model again.")
    if odd := [short for short in found if not _NAME.fullmatch(short)]:
        raise UserError(f"{called} holds {list_names(odd)}, a name that is not plain. Rename it and zip it again.")
    if not any(short.endswith(WEIGHTS) for short in found):
        raise UserError(f"{called} holds no {WEIGHTS} file, so there are no weights. Zip the folder of a whole model.")
    if large := [short for short, one in found.items() if short.endswith(TEXTS) and one.file_size > LARGEST]:
        raise UserError(f"{called}: {list_names(large)} has more than {LARGEST // 10**6} MB, which no such file has.")
    return found


def _leads_out(member: zipfile.ZipInfo) -> bool:
    """Tell whether an entry is no plain file of its folder: a link or device, an absolute path, or one with ``..``."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    parts = PurePosixPath(member.filename).parts
    odd = "\\" in member.filename or ":" in member.filename or "\0" in member.filename
    return kind not in (0, stat.S_IFREG) or odd or member.filename.startswith("/") or ".." in parts


def _require_room(size: int) -> None:
    """Refuse what is too large before anything of it is written."""
    if size > MOST_BYTES:
        raise UserError(
            f"Unpacked, this zip would have {size / 1e9:.1f} GB; {MOST_BYTES // 10**9} GB are the most. Ask whoever "
            f"runs this app to put the model into a folder that {VARIABLE} lists."
        )
    if size > (free := shutil.disk_usage(home()).free) - MOST_BYTES // 8:
        raise UserError(
            f"Unpacked, this zip has {size / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free. Free some space."
        )


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    """Write one file; no more of it is read than the zip said that it has."""
    with archive.open(member) as source, path.open("xb") as target:
        shutil.copyfileobj(source, target, _PIECE)


def _require_readable(folder: Path) -> None:
    """Refuse files that are not what their names say."""
    for path in sorted(folder.iterdir()):
        try:
            if path.suffix == WEIGHTS:
                with safe_open(path, "np"):
                    pass
            elif path.suffix == ".json":
                json.loads(path.read_bytes())
            else:
                path.read_text(encoding="utf-8")
        except (SafetensorError, ValueError, RecursionError) as error:
            kind = {WEIGHTS: "safetensors", ".json": "JSON"}.get(path.suffix, "text")
            raise UserError(
                f"{path.name} is damaged or no {kind}. Download it again and zip the model again."
            ) from error


def _is_checkpoint(folder: Path) -> bool:
    try:
        names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    except OSError:
        return False
    return bool(names & {CONFIG, ADAPTER_CONFIG}) or _has_weights(names)


def _has_weights(names: Iterable[str]) -> bool:
    return any(name.endswith((WEIGHTS, *PICKLES)) for name in names)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _shorten(name: str) -> str:
    return "".join(letter for letter in Path(name).name if letter.isprintable())[:80] or "The file"
