"""A dataset is frozen once under its content hash, comes back as it was, and leaves nothing half-written."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from lib.core.errors import UserError
from lib.core.spec import Choice, RunSpec
from lib.datasets.identity import identity
from lib.datasets.pipeline import Draft, ImportChoices, Source, TargetChoice, build, understand
from lib.store import datasets, runs

HOSTILE = ["<img src=x onerror=alert(1)>", "../../etc/passwd", "=1+1"]


def sequence(i: int) -> str:
    return "".join("ACGT"[(i >> 2 * k) & 3] for k in range(8)) + "GATTACAGATTACAGATTACAGA"


def draft(name: str = "mine", *, n: int = 60, **choices) -> Draft:
    rows = "".join(f"s{i},{40 + i},{(i * 13) % 71},{90 - i}\n" for i in range(n))
    table = Source("e.csv", f"id,2h,8h,10h\n{rows}SPIKE_0,5,9,9\nbad,x,1,1\n".encode())
    sequences = Source("s.fa", "".join(f">s{i}\n{sequence(i)}\n" for i in range(n)).encode())
    return build(understand(table, sequences), ImportChoices(**{"name": name, "counts": True, **choices}))


def test_a_dataset_comes_back_as_it_was(home: Path) -> None:
    made = draft(target=TargetChoice("all"))
    frozen = made.dataset
    back = datasets.load(datasets.freeze(made, owner="ann"))
    for field in (
        "id",
        "split_id",
        "name",
        "target_names",
        "target_units",
        "times",
        "value_names",
        "task",
        "simulated",
    ):
        assert getattr(back, field) == getattr(frozen, field), field
    for field in ("ids", "sequences", "parts"):
        assert getattr(back, field).tolist() == getattr(frozen, field).tolist(), field
    assert back.targets.shape == (60, 3)
    assert np.array_equal(back.targets, frozen.targets)
    assert np.array_equal(back.values, frozen.values, equal_nan=True)
    assert back.facts == frozen.facts
    assert back.parts.dtype.kind == "U"
    assert datasets.counts(back.id)[2].tolist() == [42, 26, 88]
    assert datasets.read_excluded_rows(back.id)["line"].tolist() == [63]
    row = datasets.get(back.id)
    assert (row.rows, row.rejected, row.split_kind, row.owner) == (60, 1, "random", "ann")
    assert row.created.tzinfo is not None


def test_fits_and_rbp_and_pwms_come_back(home: Path) -> None:
    made = draft(target=TargetChoice("decay"))
    back = datasets.load(datasets.freeze(made))
    assert list(back.fits.columns) == list(made.dataset.fits.columns)
    assert len(back.fits) == len(back) == 60
    assert back.fits["half_life"].notna().any()
    assert (back.rbp, back.pwms) == (None, {})


def test_the_same_content_is_kept_once(home: Path) -> None:
    first = datasets.freeze(draft("first"))
    written = (home / "datasets" / first / "table.parquet").stat().st_mtime_ns
    assert datasets.freeze(draft("second")) == first
    assert (home / "datasets" / first / "table.parquet").stat().st_mtime_ns == written
    assert [row.name for row in datasets.all()] == ["first"]


def test_newest_first_rename_and_delete(home: Path) -> None:
    old, new = datasets.freeze(draft("old")), datasets.freeze(draft("new", n=70))
    assert [row.id for row in datasets.all()] == [new, old]
    datasets.rename(old, "  older ")
    assert (datasets.get(old).name, datasets.load(old).name) == ("older", "older")
    with pytest.raises(UserError, match="name is empty"):
        datasets.rename(old, " ")
    datasets.delete(old)
    assert [row.id for row in datasets.all()] == [new]
    assert [path.name for path in (home / "datasets").iterdir()] == [new]
    for missing in (datasets.load, datasets.get, datasets.delete, datasets.read_excluded_rows):
        with pytest.raises(UserError, match="There is no dataset"):
            missing(old)


def test_a_dataset_that_a_run_uses_is_not_deleted(home: Path) -> None:
    identifier = datasets.freeze(draft())
    split = datasets.load(identifier).split_id
    run = runs.create(spec=RunSpec(dataset=identifier, split=split, task="regression", model=Choice("mean")))
    with pytest.raises(UserError, match="mine is used by 1 run; delete it first"):
        datasets.delete(identifier)
    assert len(datasets.load(identifier)) == 60
    runs.delete(run.id)
    datasets.delete(identifier)
    assert datasets.all() == []


@pytest.mark.parametrize("identifier", ["../../etc/passwd", "", "<img>", "a/b"])
def test_an_id_leads_nowhere_else(home: Path, identifier: str) -> None:
    with pytest.raises(UserError):
        datasets.load(identifier)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_text(home: Path, name: str) -> None:
    identifier = datasets.freeze(draft(name))
    assert datasets.load(identifier).name == name
    assert {path.name for path in home.rglob("*.json")} == {"dataset.json", "import.json"}
    assert json.loads((home / "datasets" / identifier / "dataset.json").read_text())["name"] == name


def test_a_full_disk_leaves_nothing_half_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, write = draft(), pq.write_table

    def full(table, where, **options):
        write(table.slice(0, 3), where, **options)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(UserError, match="No space left on device.*free some space, then try again"):
        datasets.freeze(made)
    assert list((home / "datasets").iterdir()) == []
    assert datasets.all() == []
    monkeypatch.undo()
    monkeypatch.setenv("MOTIFLENS_HOME", str(home))
    assert datasets.load(datasets.freeze(made)).name == "mine"


def test_an_unwritable_workspace_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("MOTIFLENS_HOME", str(blocked / "home"))
    with pytest.raises(UserError, match="Set MOTIFLENS_HOME to a folder that you may write to"):
        datasets.freeze(draft())


def test_whoever_comes_second_leaves_the_first_as_it_is(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes may freeze the same content at the same moment."""
    made = draft()
    identifier = datasets.freeze(made)
    folder = home / "datasets" / identifier
    before = (folder / "table.parquet").stat().st_mtime_ns
    datasets._write(folder, made)
    assert (folder / "table.parquet").stat().st_mtime_ns == before
    assert [path.name for path in folder.parent.iterdir()] == [identifier]


def test_profiles_classes_and_replicates_come_back_as_they_were(home: Path) -> None:
    made = draft()
    rows = len(made.dataset)
    counts = np.arange(rows * 2 * 5, dtype=np.float32).reshape(rows, 2, 5)
    plain = replace(made.dataset, task="profile", tracks=("plus", "minus"), classes=("no", "yes"))
    counted = replace(plain, profiles=counts, replicates={"second": counts + 1, "first": counts + 2})
    assert len({identity(item) for item in (made.dataset, plain, counted)}) == 3
    loaded = datasets.load(datasets.freeze(replace(made, dataset=replace(counted, id=identity(counted)))))
    assert (loaded.tracks, loaded.classes, set(loaded.replicates)) == (
        ("plus", "minus"),
        ("no", "yes"),
        {"first", "second"},
    )
    np.testing.assert_array_equal(loaded.profiles, counts)
    np.testing.assert_array_equal(loaded.replicates["first"], counts + 2)
