"""The database: made once by processes that start together, kept up to date, and clear when it cannot be had."""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from lib.core.errors import UserError
from lib.core.spec import Choice, RunSpec
from lib.store import db, runs

ROOT = Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "lib" / "store" / "migrations"


def test_the_migrations_make_the_tables_that_the_classes_describe(home):
    with db.engine().connect() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), db.Base.metadata)
    assert difference == [], "a column was changed without a migration"


def test_the_newest_revision_is_the_one_that_opening_asks_for():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == db.HEAD


def test_the_migrations_go_back_too(home):
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with db.engine().begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}


def test_processes_that_start_together_make_one_database(home):
    code = "from lib.store import runs; print(len(runs.all()))"
    environment = {**os.environ, "MOTIFLENS_HOME": str(home)}
    started = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=-1, stderr=-1, text=True)
        for _ in range(5)
    ]
    for process in started:
        output, errors = process.communicate(timeout=120)
        assert (process.returncode, output) == (0, "0\n"), errors


def test_sqlite_lets_readers_read_while_somebody_writes_and_holds_foreign_keys(home):
    with db.engine().connect() as connection:
        asked = ("journal_mode", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 1, 20_000]
    facts = {"id": "r", "name": "r", "kind": "train", "dataset": "none", "model": "mean", "state": "queued"}
    record = {"spec": RunSpec("none", "s", "regression", Choice("mean")).to_json(), "payload": {}, "results": {}}
    with pytest.raises(IntegrityError), db.session() as session:
        now = datetime.now(UTC)
        session.add(db.RunRecord(**facts, **record, created=now, queued=now, metrics={}))


def test_a_run_may_belong_to_no_dataset_and_is_forgotten_by_an_older_database(home):
    made = runs.create(spec=RunSpec("", "", "pretraining", Choice("utr-lm")), kind="pretrain")
    assert (made.dataset, made.name, runs.get(made.id).dataset) == ("", "utr-lm", "")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with db.engine().begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        assert connection.execute(text("SELECT count(*) FROM runs")).scalar() == 0


def test_a_block_that_raises_leaves_nothing_behind(home):
    with pytest.raises(ZeroDivisionError), db.session() as session:
        session.execute(text("CREATE TABLE left_behind (x INTEGER)"))
        session.execute(text("INSERT INTO left_behind VALUES (1)"))
        raise ZeroDivisionError
    with db.session() as session:
        names = session.execute(text("SELECT name FROM sqlite_master WHERE name = 'left_behind'")).all()
        assert names == [] or session.execute(text("SELECT count(*) FROM left_behind")).scalar() == 0


def test_a_database_of_a_newer_version_is_left_alone(home):
    with db.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    db._engines.clear()
    with pytest.raises(UserError, match="made by a newer MotifLens"):
        runs.all()


def test_a_database_that_was_removed_is_made_anew(home):
    assert runs.all() == []
    for file in home.glob("motiflens.db*"):
        file.unlink()
    assert runs.all() == []


def test_a_file_that_is_no_database_is_a_clear_sentence(home):
    home.mkdir()
    (home / "motiflens.db").mkdir()
    with pytest.raises(UserError, match="cannot be opened or written"):
        runs.all()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("no address", "is no address of a database"),
        ("nonsense://host/name", "its driver is not installed"),
        ("sqlite:////proc/no/such/place.db", "cannot be opened or written"),
    ],
)
def test_a_wrong_address_is_a_clear_sentence(home, monkeypatch, url, expected):
    monkeypatch.setenv("MOTIFLENS_DATABASE_URL", url)
    with pytest.raises(UserError, match=expected):
        runs.all()


def test_another_database_by_its_address(home, monkeypatch, tmp_path):
    monkeypatch.setenv("MOTIFLENS_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    assert runs.all() == []
    assert (tmp_path / "elsewhere.db").exists()
    assert not (home / "motiflens.db").exists()


def test_a_fault_of_ours_is_not_dressed_up_as_one_of_the_user(home):
    with pytest.raises(OperationalError, match="no such column"), db.session() as session:
        session.execute(text("SELECT nonsense FROM runs"))


def test_a_database_that_stays_locked_is_a_clear_sentence(home, monkeypatch):
    monkeypatch.setattr(db, "_WAIT_SECONDS", 0)
    db.engine()
    with sqlite3.connect(home / "motiflens.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UserError, match="kept busy by other processes"):
            runs.set_priority("any", 1)
        other.execute("ROLLBACK")
    other.close()
