"""RBP tables of the workspace beyond those of the datasets: ``rbp-tables/<id>``, named by their motifs and numbers.

A folder holds ``table.json`` (name, motifs, PWMs, whose scores they are), ``motifs.parquet``, for a collection of many
proteins ``collection.parquet``, and for a file of PWMs ``pwms.npz``. It gets its name in one step when all of it is
written, and what is read is held against the id, so that no half table is used.
"""

import json
import logging
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import ArrowException

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.io.decisions import DEFAULT, Reading, require
from lib.io.files import Source
from lib.io.rbp import RbpTable, read_rbp
from lib.io.sandbox import run_reader
from lib.store.files import cannot_write, folder_of, home
from lib.store.rbp_identity import id_of, table_title

KIND = "rbp-tables"
FACTS, FRAME, PWMS, COLLECTION = "table.json", "motifs.parquet", "pwms.npz", "collection.parquet"
LARGEST = 64_000_000
"""Bytes of a file that is kept at most."""

logger = logging.getLogger("motiflens")


class _DamagedError(Exception):
    """A folder does not hold the table that its name says."""


@dataclass(frozen=True)
class RbpRow:
    """An RBP table as lists show it.

    Parameters
    ----------
    id
        Content hash of motifs, numbers and PWMs, 24 hex digits.
    name
        Name of the file.
    motifs, pwms
        How many motifs with a number, and how many PWMs it has.
    created
        When it was brought.
    protein
        The protein whose scores these are, empty where the file does not say.
    proteins
        How many proteins a collection has; 0 for other tables.
    """

    id: str
    name: str
    motifs: int
    pwms: int
    created: datetime
    protein: str = ""
    proteins: int = 0

    @property
    def title(self) -> str:
        """Name of the file, with the protein whose scores these are."""
        return table_title(self.name, self.protein, self.proteins)


def keep(source: Source, reading: Reading = DEFAULT) -> str:
    """Read a file as an RBP table, keep it in the workspace and give its id.

    A table that is there already keeps the name of the file that it came from first.

    Raises
    ------
    DataError
        If the file has faults; every one is listed.
    UserError
        If the file is larger than 64 MB, nothing can be written, or something is left to decide about the file.
    """
    size = len(source.content())
    if size > LARGEST:
        raise UserError(
            f"{source.name} has {size / 1e6:.0f} MB; an RBP table has at most {LARGEST // 10**6} MB. "
            "Leave out the motifs that you do not need."
        )
    table = run_reader(read_rbp, source, reading=reading)
    require(table.decisions)
    table_id = _id(table)
    folder = folder_of(KIND, table_id)
    if not _is_whole(folder):
        _write(folder, table, source.name)
    return table_id


def all() -> list[RbpRow]:
    """List the tables, newest first; a damaged one is left out, and the log says so."""
    parent = home() / KIND
    rows = []
    for folder in sorted(parent.iterdir()) if parent.exists() else ():
        if folder.name.startswith("."):
            continue
        try:
            rows.append(_row(folder))
        except _DamagedError as error:
            logger.warning("the RBP table %s is left out of the list: %s", folder.name, error)
    return sorted(rows, key=lambda row: (row.created, row.id), reverse=True)


def get(table_id: str) -> RbpRow:
    """Find a table.

    Raises
    ------
    UserError
        If there is none with this id, or it is damaged.
    """
    try:
        return _row(_folder(table_id))
    except _DamagedError as error:
        raise UserError(_mend(table_id, error)) from error


def load(table_id: str) -> RbpTable:
    """Read a table.

    Raises
    ------
    UserError
        If there is none with this id, or it is damaged.
    """
    try:
        return _read(_folder(table_id))
    except _DamagedError as error:
        raise UserError(_mend(table_id, error)) from error


def with_table(dataset: Dataset, table_id: str) -> Dataset:
    """Give a dataset with a table of the workspace in place of its own; an empty id leaves it its own.

    The dataset keeps its id: what is computed from the table is kept under ``id_of`` as well.

    Raises
    ------
    UserError
        If there is no such table, or it is damaged.
    """
    if not table_id:
        return dataset
    table = load(table_id)
    facts = {**dataset.facts, "rbp": {"name": get(table_id).name, **table.facts()}}
    frame = table.frame if len(table.frame) else None
    return replace(dataset, rbp=frame, rbp_collection=table.collection, pwms=table.pwms, facts=facts)


def delete(table_id: str) -> None:
    """Delete a table; tokenizers that were fitted on it stay as they are.

    Raises
    ------
    UserError
        If there is none with this id.
    """
    _remove(_folder(table_id))


def _folder(table_id: str) -> Path:
    folder = folder_of(KIND, table_id)
    if not folder.is_dir():
        raise UserError(
            f"There is no RBP table {table_id} in this workspace; choose one from the list, or bring the file."
        )
    return folder


def _mend(table_id: str, error: _DamagedError) -> str:
    return f"The RBP table {table_id} is damaged ({error}); bring its file again."


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _DamagedError(f"{FACTS} cannot be read") from error
    return facts


def _row(folder: Path) -> RbpRow:
    facts = _facts(folder)
    try:
        motifs, names, created = int(facts["motifs"]), list(facts["pwms"]), datetime.fromisoformat(facts["created"])
        whose = str(facts.get("protein", "")), int(facts.get("proteins", 0))
        row = RbpRow(folder.name, str(facts["name"]), motifs, len(names), created, *whose)
    except (KeyError, TypeError, ValueError) as error:
        raise _DamagedError(f"{FACTS} does not say what it should") from error
    for file in [FRAME] + [PWMS] * (row.pwms > 0) + [COLLECTION] * (row.proteins > 0):
        if not (folder / file).is_file():
            raise _DamagedError(f"{file} is missing")
    return row


def _read(folder: Path) -> RbpTable:
    row, facts = _row(folder), _facts(folder)
    pwms: dict[str, FloatArray] = {}
    try:
        frame = pd.read_parquet(folder / FRAME)
        if row.pwms:
            with np.load(folder / PWMS, allow_pickle=False) as stored:
                pwms = {name: stored[str(place)] for place, name in enumerate(facts["pwms"])}
        collection = pd.read_parquet(folder / COLLECTION) if row.proteins else None
        found = id_of(frame, pwms, collection, row.protein)
    except (OSError, ValueError, KeyError, IndexError, EOFError, ArrowException) as error:
        raise _DamagedError("its motifs cannot be read") from error
    if found != folder.name:
        raise _DamagedError("its motifs are not those that it was kept with")
    columns, notes = tuple(facts.get("columns", ())), tuple(facts.get("notes", ()))
    return RbpTable(frame, pwms, columns, notes, row.protein, collection)


def _id(table: RbpTable) -> str:
    return id_of(table.frame, table.pwms, table.collection, table.protein)


def _is_whole(folder: Path) -> bool:
    try:
        _read(folder)
    except _DamagedError:
        return False
    return True


def _write(folder: Path, table: RbpTable, name: str) -> None:
    """Fill a temporary folder, then give it its name; a damaged one of that name is put away."""
    facts = {
        **table.facts(),
        "name": name,
        "motifs": len(table.frame),
        "pwms": list(table.pwms),
        "notes": table.notes,
        "created": datetime.now(UTC).isoformat(),
    }
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            table.frame.to_parquet(temporary / FRAME)
            if table.collection is not None:
                table.collection.to_parquet(temporary / COLLECTION)
            if table.pwms:
                numbered = {str(place): matrix for place, matrix in enumerate(table.pwms.values())}
                np.savez(temporary / PWMS, allow_pickle=False, **numbered)
            (temporary / FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")
            for path in temporary.iterdir():
                with path.open("rb") as written:
                    os.fsync(written.fileno())
            temporary.chmod(0o755)
            if folder.exists() and not _is_whole(folder):
                _remove(folder)
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        if not _is_whole(folder):  # else another process kept the same table at the same moment
            raise UserError(cannot_write(folder, error)) from error


def _remove(folder: Path) -> None:
    doomed = Path(tempfile.mkdtemp(prefix=".deleted.", dir=folder.parent))
    folder.rename(doomed / folder.name)
    shutil.rmtree(doomed, ignore_errors=True)
