"""Bring the run and the dataset of a bundle into this workspace. Nothing of it is run, and nothing is unpickled.

Every name in it is checked before anything is written: only the folders that ``bundle.json`` names, only files of known
kinds, none that leads elsewhere, and each with the content whose hash stands in ``bundle.json``.
"""

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from lib.core.errors import UserError
from lib.report.bundle import FACTS, FORMAT, KINDS
from lib.store import adopt, datasets, rbp_tables, runs
from lib.store.files import cannot_write, folder_of, home

_BLOCK = 1 << 20
_SPARE = 100_000_000  # bytes of the disk that stay free
_LARGEST_FACTS = 50_000_000


class _Source(Protocol):
    def sizes(self) -> dict[str, int]:
        """Give every file by its name as it stands there, with its size in bytes."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file to read."""


class _Zip:
    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed

    def sizes(self) -> dict[str, int]:
        return {item.filename: item.file_size for item in self._packed.infolist() if not item.is_dir()}

    def open(self, name: str) -> IO[bytes]:
        return self._packed.open(name)


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sizes(self) -> dict[str, int]:
        files = (path for path in self._folder.rglob("*") if path.is_file() and not path.is_symlink())
        return {path.relative_to(self._folder).as_posix(): path.stat().st_size for path in files}

    def open(self, name: str) -> IO[bytes]:
        return (self._folder / name).open("rb")


def unpack(bundle: Path) -> dict[str, Any]:
    """Bring a bundle, a zip or the folder it was unzipped to, into the workspace and give the ids of what it holds.

    A dataset or a run that is here already stays as it is.

    Raises
    ------
    UserError
        If the file is no bundle, was made by a newer MotifLens, is damaged, or names a place outside its own folders;
        or if the disk is full. Then nothing is left behind.
    """
    with _open(bundle) as source:
        facts, sizes = _facts(source, bundle), source.sizes()
        run_id, dataset_id = _ids(facts, bundle)
        names = _check_files(facts, sizes, bundle)
        _room(sum(sizes[name] for name in names), bundle)
        fresh: list[str] = []
        try:
            for place in sorted({"/".join(PurePosixPath(name).parts[:2]) for name in names}):
                kind, _, identifier = place.partition("/")
                if kind != "runs" and _bring(source, place, names, facts["files"]):
                    fresh.append(place)
                if kind == datasets.KIND and place in fresh:
                    adopt.adopt_dataset(identifier, str(facts["dataset"]["name"]))
            new = runs.find(run_id) is None
            if new:
                _bring(source, f"runs/{run_id}", names, facts["files"])
                fresh.append(f"runs/{run_id}")
                adopt.adopt_run(run_id, facts["run"])
        except BaseException:
            _undo(fresh)
            raise
    return {"run": run_id, "dataset": dataset_id, "new": new, "files": len(names)}


@contextmanager
def _open(bundle: Path) -> Iterator[_Source]:
    if bundle.is_dir():
        yield _Folder(bundle)
        return
    if not bundle.is_file():
        raise UserError(f"There is no file {bundle}; check the path.")
    try:
        with zipfile.ZipFile(bundle) as packed:
            yield _Zip(packed)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise UserError(f"{bundle.name} is no bundle of MotifLens, or it is damaged ({error}).") from error


def _facts(source: _Source, bundle: Path) -> dict[str, Any]:
    if not 0 < source.sizes().get(FACTS, 0) <= _LARGEST_FACTS:
        raise UserError(f"{bundle.name} holds no {FACTS}; choose a file that `motiflens bundle` wrote.")
    try:
        with source.open(FACTS) as file:
            facts: dict[str, Any] = json.loads(file.read(_LARGEST_FACTS))
        version = int(facts["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{FACTS} of {bundle.name} is damaged; ask for the bundle again.") from error
    if version > FORMAT:
        raise UserError(f"{bundle.name} was made by a newer MotifLens (format {version}). Update MotifLens.")
    return facts


def _ids(facts: dict[str, Any], bundle: Path) -> tuple[str, str]:
    try:
        run_id, dataset_id = str(facts["run"]["id"]), str(facts["dataset"]["id"])
        if not isinstance(facts["files"], dict):
            raise TypeError(facts["files"])
    except (KeyError, TypeError) as error:
        raise UserError(f"{FACTS} of {bundle.name} is damaged; ask for the bundle again.") from error
    folder_of("runs", run_id), folder_of(datasets.KIND, dataset_id)  # an id that leads elsewhere is refused
    return run_id, dataset_id


def _check_files(facts: dict[str, Any], sizes: dict[str, int], bundle: Path) -> list[str]:
    """Give the names of the files to bring, after each was checked; extra files of the bundle are not touched."""
    allowed = {("runs", str(facts["run"]["id"])), (datasets.KIND, str(facts["dataset"]["id"]))}
    table = facts["run"].get("payload", {}).get("rbp")
    if table:
        folder_of(rbp_tables.KIND, str(table))
        allowed.add((rbp_tables.KIND, str(table)))
    for name in [*sizes, *facts["files"]]:
        parts = PurePosixPath(name).parts
        if "\\" in name or ":" in name or name.startswith("/") or ".." in parts or "\0" in name:
            raise UserError(f"{bundle.name} names the file {name!r}, which leads out of it; it is not opened.")
    for name in facts["files"]:
        parts = PurePosixPath(name).parts
        hidden = any(part.startswith(".") for part in parts)
        if parts[:2] not in allowed or len(parts) < 3 or hidden or PurePosixPath(name).suffix.lower() not in KINDS:
            raise UserError(f"{bundle.name} names the file {name!r}, which no bundle holds; it is not opened.")
        if name not in sizes:
            raise UserError(f"{bundle.name} lacks the file {name}; ask for the bundle again.")
    return list(facts["files"])


def _room(needed: int, bundle: Path) -> None:
    free = shutil.disk_usage(home()).free
    if needed + _SPARE > free:
        raise UserError(f"{bundle.name} needs {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; free some space.")


def _bring(source: _Source, place: str, names: list[str], hashes: dict[str, str]) -> bool:
    """Write the files of one folder to a temporary one, check them, and give it its name; False where it is there."""
    kind, _, identifier = place.partition("/")
    folder = folder_of(kind, identifier)
    if folder.exists() and (kind != "runs"):
        return False
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{identifier}.", dir=folder.parent))
        try:
            for name in names:
                if name.startswith(f"{place}/"):
                    _copy(source, name, temporary / name.removeprefix(f"{place}/"), hashes[name])
            temporary.chmod(0o755)
            if folder.exists():  # left by a run that was deleted from the database
                shutil.rmtree(folder)
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        raise UserError(cannot_write(folder, error)) from error
    return True


def _copy(source: _Source, name: str, target: Path, wanted: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with source.open(name) as file, target.open("wb") as written:
        while block := file.read(_BLOCK):
            digest.update(block)
            written.write(block)
    if digest.hexdigest() != wanted:
        raise UserError(f"The file {name} of the bundle is damaged; ask for the bundle again.")


def _undo(fresh: list[str]) -> None:
    """Take away what was brought; a dataset whose row was made is deleted with it."""
    for place in fresh:
        kind, _, identifier = place.partition("/")
        if kind == datasets.KIND:
            try:
                datasets.delete(identifier)
            except UserError:  # it never got its row, or another run uses it by now
                pass
        folder = folder_of(kind, identifier)
        if kind == "runs" and runs.find(identifier) is None and folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
