"""A full disk and a folder that cannot be written, while a run is working."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.store import db, runs
from tests.jobs.workshop import ends, kill_all, until


def mount(place: Path, options: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"this test needs to mount a small disk, which needs root: {done.stderr.strip()}")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Iterator[Path]:
    """Give a workspace on a disk of six megabytes."""
    place = tmp_path / "disk"
    mount(place, "size=6m")
    monkeypatch.setenv("MOTIFLENS_HOME", str(place))
    monkeypatch.delenv("MOTIFLENS_DATABASE_URL", raising=False)
    yield place
    kill_all(place)
    while db._engines:
        db._engines.popitem()[1].dispose()
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_fails_the_run_with_a_sentence_and_the_next_run_works(home, work):
    run_id = work("wrong", how="disk")
    run = ends(run_id, "failed")
    assert "(No space left on device, 0.0 GB free); free some space, then try again" in run.message
    (runs.folder(run_id) / "checkpoints" / "weights").unlink()
    ends(work("count", steps=2, pace=0), "finished")


def test_a_disk_that_is_full_for_the_database_too_loses_nothing(home, work):
    run_id = work("count", steps=30)
    until(lambda: runs.get(run_id).step > 2, "the run works")
    filler = home / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(b"\1" * 4096)
    until(lambda: runs.get(run_id).over or not _works(run_id), "the worker noticed or ended", 40)
    filler.unlink()
    until(lambda: runs.get(run_id).over, "the end is written once there is room")
    run = runs.get(run_id)
    assert run.state in ("finished", "failed"), f"{run.state}: {run.message}"
    if run.state == "failed":
        assert "free some space" in run.message.lower()


def _works(run_id: str) -> bool:
    return f"run {run_id} is" not in runs.log_tail(run_id)


def test_a_folder_that_cannot_be_written_any_more_fails_the_run_with_a_sentence(home, work):
    run_id = work("count")
    until(lambda: runs.get(run_id).step > 2, "the run works")
    mount(runs.folder(run_id) / "checkpoints", "ro")
    try:
        run = ends(run_id, "failed")
    finally:
        subprocess.run(["umount", "-l", str(runs.folder(run_id) / "checkpoints")], check=True)
    assert "Read-only file system" in run.message and "make the folder writable, or set MOTIFLENS_HOME" in run.message
