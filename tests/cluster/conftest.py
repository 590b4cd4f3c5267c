"""A real PostgreSQL and a real Ray cluster, one of each for all tests; skipped with the reason where they are not."""

import importlib.util
import itertools
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import headnode, postgres
from tests.jobs.workshop import kill_all, spec_of_a_row

WORKS = Path(__file__).parents[1] / "jobs" / "works.py"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the address of a PostgreSQL server."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("psycopg is not installed: make test-cluster installs it")
    if postgres.find() is None:
        pytest.skip("PostgreSQL is not installed: as root on Debian, apt-get install postgresql")
    with postgres.serving() as address:
        yield address


@pytest.fixture(scope="session")
def head(server: str) -> Iterator[headnode.Head]:
    """Give a Ray cluster whose nodes know the database ``cluster``."""
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed: make test-cluster installs it")
    _create(server, "cluster")
    with headnode.cluster(cpus=2, environment={"MOTIFLENS_DATABASE_URL": f"{server}/cluster"}) as started:
        yield started


class _Engines(OrderedDict):
    """Engines that close their connections when tests forget them, as SQLite's do by themselves."""

    def clear(self) -> None:
        for engine in self.values():
            engine.dispose()
        super().clear()


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave no connection open after a test."""
    from lib.store import db

    kept = _Engines()
    monkeypatch.setattr(db, "_engines", kept)
    yield
    kept.clear()


@pytest.fixture
def database(engines: None, server: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a workspace with an empty PostgreSQL database of its own."""
    name = f"test{next(_numbers)}"
    _create(server, name)
    monkeypatch.setenv("MOTIFLENS_DATABASE_URL", f"{server}/{name}")
    return home


@pytest.fixture(scope="session")
def shared_database(server: str) -> str:
    """Give the address of a PostgreSQL database for tests that need no other beside them."""
    _create(server, "store")
    return f"{server}/store"


@pytest.fixture
def store(engines: None, shared_database: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test a workspace of its own whose PostgreSQL tables are empty."""
    monkeypatch.setenv("MOTIFLENS_DATABASE_URL", shared_database)
    _empty()
    return home


@pytest.fixture
def workspace(
    engines: None, server: str, head: headnode.Head, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Give the test a workspace whose runs are done by the cluster."""
    from lib.jobs.ray import RayRunner

    monkeypatch.setenv("MOTIFLENS_DATABASE_URL", f"{server}/cluster")
    monkeypatch.setenv("MOTIFLENS_RUNNER", "ray")
    monkeypatch.setenv("RAY_ADDRESS", head.jobs)
    monkeypatch.setattr(RayRunner, "_looked", -10.0)
    _empty()
    yield home
    kill_all(home)
    for thread in threading.enumerate():
        if thread.name == "cancel":  # it looks for runs until they are over, and must not outlive their database
            thread.join(30)


@pytest.fixture
def spec(workspace: Path):
    """Give the specification of a run on a dataset that has a row and no files."""
    return spec_of_a_row()


@pytest.fixture
def ray_runner(workspace: Path):
    """Give the runner whose workers know the kinds of ``tests/jobs/works.py`` instead of training."""
    from lib.jobs.ray import RayRunner

    return RayRunner((sys.executable, str(WORKS)))


@pytest.fixture
def work(spec, ray_runner) -> Callable[..., str]:
    """Create and submit a run of one of those kinds."""
    from lib.store import runs

    def submit(kind: str, **payload: object) -> str:
        run = runs.create(spec=spec, kind=kind, payload=payload)
        ray_runner.submit(run.id)
        return run.id

    return submit


def _create(server: str, name: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()


def _empty() -> None:
    from sqlalchemy import text

    from lib.store import db

    with db.session() as session:
        names = ", ".join(table.name for table in db.Base.metadata.sorted_tables)
        session.execute(text(f"TRUNCATE {names} CASCADE"))
