"""Frozen datasets: files under the workspace, and a row in the database for the lists."""

import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lib.core.arrays import FloatArray
from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.datasets.draft import Draft
from lib.store import imports
from lib.store.db import DatasetRecord, GroupRecord, RunRecord, session
from lib.store.files import cannot_write, folder_of

KIND = "datasets"
FACTS = "dataset.json"
PROFILES = "profiles.npz"
COLLECTION = "rbp-collection.parquet"
STORED = tuple("id split_id name task target_names target_units times value_names classes tracks simulated".split())
"""Fields of a dataset that FACTS holds under their names."""


@dataclass(frozen=True)
class DatasetRow:
    """A dataset as lists show it."""

    id: str
    name: str
    rows: int
    rejected: int
    target_names: tuple[str, ...]
    target_units: tuple[str, ...]
    task: str
    split_kind: str
    simulated: bool
    created: datetime
    owner: str
    facts: dict[str, Any]

    @property
    def target(self) -> str:
        """Name what is predicted in a few words: the targets, or the column that the classes come from."""
        chosen = dict(self.facts.get("target", {}))
        column = chosen.get("column") if chosen.get("kind") == "class" else None
        return f"{column} (classes)" if column else ", ".join(self.target_names)


def freeze(draft: Draft, *, owner: str = "") -> str:
    """Write a draft under its content hash and give its id; content that is there already is not written again.

    Raises
    ------
    UserError
        If the disk is full or the workspace cannot be written; then nothing is left behind.
    """
    dataset = draft.dataset
    folder = folder_of(KIND, dataset.id)
    if not (folder / FACTS).exists():
        _write(folder, draft)
    imports.record(folder, draft)
    try:
        with session() as database:
            known = database.get(DatasetRecord, dataset.id)
            if known is None:
                database.add(_record(draft, owner))
            else:  # the same content from other files: what is told of the import is that of the last one
                record = _record(draft, owner)
                known.rejected, known.facts = record.rejected, record.facts
    except IntegrityError:  # another process froze the same content at the same moment
        get(dataset.id)
    return dataset.id


def _record(draft: Draft, owner: str) -> DatasetRecord:
    dataset = draft.dataset
    return DatasetRecord(
        id=dataset.id,
        name=dataset.name,
        rows=len(dataset),
        rejected=draft.join.rejected,
        task=dataset.task,
        target_names=list(dataset.target_names),
        target_units=list(dataset.target_units),
        split_kind=dataset.facts["split"]["kind"],
        simulated=dataset.simulated,
        created=datetime.now(UTC),
        owner=owner,
        facts={key: value for key, value in dataset.facts.items() if key != "truth"},
    )


def _write(folder: Path, draft: Draft) -> None:
    """Fill a temporary folder, then give it its name in one step; whoever comes second leaves the first as it is."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            _fill(temporary, draft)
            temporary.chmod(0o755)
            temporary.rename(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as error:
        if not (folder / FACTS).exists():
            raise UserError(cannot_write(folder, error)) from error


def _fill(folder: Path, draft: Draft) -> None:
    dataset = draft.dataset
    columns: dict[str, Any] = {
        "id": pa.array(dataset.ids, type=pa.large_string()),
        "sequence": pa.array(dataset.sequences, type=pa.large_string()),
        "part": pa.array(dataset.parts.astype(object), type=pa.string()).dictionary_encode(),
    }
    columns |= {f"target:{i}": dataset.targets[:, i] for i in range(len(dataset.target_names))}
    columns |= {f"value:{i}": dataset.values[:, i] for i in range(len(dataset.value_names))}
    columns |= {f"fit:{name}": dataset.fits[name].to_numpy() for name in dataset.fits.columns}
    pq.write_table(pa.table(columns), folder / "table.parquet", compression="zstd")
    if draft.counts is not None:
        pd.DataFrame(draft.counts, columns=list(dataset.value_names)).to_parquet(folder / "counts.parquet")
    if dataset.rbp is not None:
        dataset.rbp.to_parquet(folder / "rbp.parquet")
    if dataset.rbp_collection is not None:
        dataset.rbp_collection.to_parquet(folder / COLLECTION)
    if dataset.profiles is not None:
        counted = {f"replicate:{name}": counts for name, counts in dataset.replicates.items()}
        np.savez_compressed(folder / PROFILES, allow_pickle=False, profiles=dataset.profiles, **counted)
    if dataset.pwms:
        np.savez(folder / "pwms.npz", allow_pickle=False, **{f"pwm:{name}": m for name, m in dataset.pwms.items()})
    facts = {
        **{name: getattr(dataset, name) for name in STORED},
        "notes": draft.notes,
        "join": asdict(draft.join),
        "facts": dataset.facts,
    }
    (folder / FACTS).write_text(json.dumps(facts, allow_nan=False, indent=1), encoding="utf-8")
    for path in folder.iterdir():
        with path.open("rb") as written:
            os.fsync(written.fileno())


def load(dataset_id: str) -> Dataset:
    """Read a frozen dataset.

    Raises
    ------
    UserError
        If there is none with this id.
    """
    folder = _folder(dataset_id)
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    table = pq.read_table(folder / "table.parquet")
    fits = {name.removeprefix("fit:"): table[name].to_numpy() for name in table.column_names if name.startswith("fit:")}
    pwms: dict[str, FloatArray] = {}
    if (folder / "pwms.npz").exists():
        with np.load(folder / "pwms.npz", allow_pickle=False) as stored:
            pwms = {name.removeprefix("pwm:"): stored[name] for name in stored.files}
    profiles, replicates = _profiles(folder / PROFILES)
    rbp = folder / "rbp.parquet"
    return Dataset(
        id=facts["id"],
        split_id=facts["split_id"],
        name=get(dataset_id).name,
        ids=table["id"].to_numpy(),
        sequences=table["sequence"].to_numpy(),
        targets=_matrix(table, "target:", len(facts["target_names"])),
        target_names=tuple(facts["target_names"]),
        target_units=tuple(facts["target_units"]),
        values=_matrix(table, "value:", len(facts["value_names"])),
        times=tuple(facts["times"]),
        value_names=tuple(facts["value_names"]),
        parts=table["part"].cast(pa.string()).to_numpy().astype(np.str_),
        task=facts["task"],
        classes=tuple(facts.get("classes", ())),
        tracks=tuple(facts.get("tracks", ())),
        profiles=profiles,
        replicates=replicates,
        fits=pd.DataFrame(fits, index=range(table.num_rows)),
        rbp=pd.read_parquet(rbp) if rbp.exists() else None,
        rbp_collection=pd.read_parquet(folder / COLLECTION) if (folder / COLLECTION).exists() else None,
        pwms=pwms,
        simulated=facts["simulated"],
        facts=facts["facts"],
    )


def _profiles(path: Path) -> tuple[NDArray[np.float32] | None, dict[str, NDArray[np.float32]]]:
    """Read the counts at each base and those of each replicate; nothing where the dataset has none."""
    if not path.exists():
        return None, {}
    with np.load(path, allow_pickle=False) as stored:
        names = [name for name in stored.files if name.startswith("replicate:")]
        return stored["profiles"], {name.removeprefix("replicate:"): stored[name] for name in names}


def _matrix(table: pa.Table, prefix: str, width: int) -> FloatArray:
    matrix = np.empty((table.num_rows, width))
    for i in range(width):
        matrix[:, i] = table[f"{prefix}{i}"].to_numpy()
    return matrix


def _folder(dataset_id: str) -> Path:
    folder = folder_of(KIND, dataset_id)
    if not (folder / FACTS).exists():
        raise UserError(f"There is no dataset {dataset_id}; choose one from the list of datasets.")
    return folder


def read_excluded_rows(dataset_id: str) -> pd.DataFrame:
    """Give the rows that the last import of a dataset excluded: ``file``, ``line``, ``id``, ``reason``."""
    return imports.read_excluded(imports.locate_excluded(_folder(dataset_id)))


def counts(dataset_id: str) -> FloatArray | None:
    """Give the raw counts (N, C) of a dataset, None where it came as logs."""
    path = _folder(dataset_id) / "counts.parquet"
    return pd.read_parquet(path).to_numpy(dtype=np.float64) if path.exists() else None


def all() -> list[DatasetRow]:
    """List the datasets, newest first."""
    with session() as database:
        records = database.scalars(select(DatasetRecord).order_by(DatasetRecord.created.desc(), DatasetRecord.id))
        return [_row(record) for record in records]


def get(dataset_id: str) -> DatasetRow:
    """Find a dataset.

    Raises
    ------
    UserError
        If there is none with this id.
    """
    with session() as database:
        record = database.get(DatasetRecord, dataset_id)
        if record is None:
            raise UserError(f"There is no dataset {dataset_id!r}; choose one from the list of datasets.")
        return _row(record)


def _row(record: DatasetRecord) -> DatasetRow:
    values = {each.name: getattr(record, each.name) for each in fields(DatasetRow)}
    names, units = tuple(record.target_names), tuple(record.target_units)
    return DatasetRow(**values | {"target_names": names, "target_units": units})


def rename(dataset_id: str, name: str) -> None:
    """Call a dataset something else; its id stays.

    Raises
    ------
    UserError
        If the name is empty, or there is no such dataset.
    """
    if not name.strip():
        raise UserError("The name is empty; write what the dataset should be called.")
    get(dataset_id)
    with session() as database:
        database.get_one(DatasetRecord, dataset_id).name = name.strip()


def delete(dataset_id: str) -> None:
    """Delete a dataset that no run uses.

    Raises
    ------
    UserError
        If runs use it, or there is no such dataset.
    """
    row = get(dataset_id)
    with session() as database:
        runs = len(database.scalars(select(RunRecord.id).where(RunRecord.dataset == dataset_id)).all())
        if runs:
            raise UserError(
                f"{row.name} is used by {runs} run{'s' * (runs != 1)}; delete {'it' if runs == 1 else 'them'} first."
            )
        database.execute(sql_delete(GroupRecord).where(GroupRecord.dataset == dataset_id))  # they are empty
        database.delete(database.get_one(DatasetRecord, dataset_id))
    folder = folder_of(KIND, dataset_id)
    if folder.exists():
        doomed = Path(tempfile.mkdtemp(prefix=".deleted.", dir=folder.parent))
        folder.rename(doomed / folder.name)
        shutil.rmtree(doomed, ignore_errors=True)
