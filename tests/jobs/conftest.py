"""Workspaces with real schedulers and workers, and nothing of them left after a test."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib.core.spec import RunSpec
from lib.jobs.local import LocalRunner
from lib.store import runs
from tests.jobs.workshop import kill_all, spec_of_a_row

WORKS = Path(__file__).with_name("works.py")


@pytest.fixture
def home(home: Path) -> Iterator[Path]:
    """Give a workspace of its own, and end whatever still runs in it."""
    yield home
    kill_all(home)


@pytest.fixture
def spec(home: Path) -> RunSpec:
    return spec_of_a_row()


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
