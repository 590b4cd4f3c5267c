"""Workspaces with real consumers and workers, and nothing of them left after a test."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.core.spec import Choice, RunSpec
from lib.jobs.local import LocalRunner
from lib.store import db, runs
from tests.jobs.workshop import kill_all

WORKS = Path(__file__).with_name("works.py")


@pytest.fixture
def home(home: Path) -> Iterator[Path]:
    """Give a workspace of its own, and end whatever still runs in it."""
    yield home
    kill_all(home)


@pytest.fixture
def spec(home: Path) -> RunSpec:
    with db.session() as session:
        session.add(
            db.DatasetRecord(
                id="d1", name="Zebrafish", rows=120, rejected=3, task="regression", target_names=["log2 8h - 2h"],
                target_units=["log2 fold change"], split_kind="random", created=datetime.now(UTC), facts={},
            )
        )  # fmt: skip
    return RunSpec("d1", "s1", "regression", Choice("cnn", {"batch_size": 64}))


@pytest.fixture
def local() -> LocalRunner:
    """Give the local runner whose workers know the kinds of ``works.py`` instead of training."""
    return LocalRunner((sys.executable, str(WORKS)))


@pytest.fixture
def work(spec: RunSpec, local: LocalRunner) -> Callable[..., str]:
    """Create and submit a run of one of the kinds of ``works.py``."""

    def submit(kind: str, **options: object) -> str:
        priority = int(str(options.pop("priority", 0)))
        run = runs.create(spec=spec, kind=kind, priority=priority, payload=options)
        local.submit(run.id)
        return run.id

    return submit
