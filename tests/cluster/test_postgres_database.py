"""The tables in PostgreSQL: made by migrations, once, however many processes start together."""

from pathlib import Path

import pytest
from sqlalchemy import text

from lib.core.errors import UserError
from lib.store import db, runs
from tests.store.test_store_db import (
    test_a_database_of_a_newer_version_is_left_alone,  # noqa: F401
    test_processes_that_start_together_make_one_database,  # noqa: F401
    test_the_migrations_go_back_too,  # noqa: F401
    test_the_migrations_make_the_tables_that_the_classes_describe,  # noqa: F401
)

pytestmark = pytest.mark.cluster


@pytest.fixture
def home(database: Path) -> Path:
    """Give a workspace with an empty PostgreSQL database of its own."""
    return database


def test_the_database_is_postgresql(home):
    with db.session() as session:
        assert session.get_bind().dialect.name == "postgresql"
        assert "PostgreSQL" in session.execute(text("SELECT version()")).scalar()
    assert not (home / "motiflens.db").exists()


def test_a_wrong_password_is_a_clear_sentence_without_it(home, server, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_DATABASE_URL", f"{server.replace('motiflens:', 'motiflens:wrong')}/postgres")
    with pytest.raises(UserError, match="cannot be opened or written") as caught:
        runs.all()
    assert "wrong" not in str(caught.value)


def test_a_server_that_is_gone_is_a_clear_sentence(home, monkeypatch):
    monkeypatch.setenv("MOTIFLENS_DATABASE_URL", "postgresql+psycopg://motiflens:secret@127.0.0.1:1/motiflens")
    with pytest.raises(UserError, match="cannot be opened or written") as caught:
        runs.all()
    assert "secret" not in str(caught.value)
