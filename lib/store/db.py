"""The database of a workspace: SQLite in the home folder, or whatever ``MOTIFLENS_DATABASE_URL`` names.

One engine per address is kept, so that tests and people may change ``MOTIFLENS_HOME`` within a process. The tables are
brought up to date the first time a process opens a database; a file lock (and PostgreSQL's own lock) lets processes
that start together take turns.
"""

import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session

from lib.core.errors import UserError
from lib.store.files import home
from lib.store.records import Base, DatasetRecord, GroupRecord, RunRecord

__all__ = ["Base", "DatasetRecord", "GroupRecord", "RunRecord", "database_url", "engine", "session", "upgrade"]

HEAD = "0003"
"""The newest revision in ``migrations/versions``; a database that has it needs no look at Alembic."""

_WAIT_SECONDS = 20
_KEPT_ENGINES = 4
_POSTGRES_LOCK = 7_205_759_403
_MIGRATIONS = Path(__file__).parent / "migrations"
_UNREACHABLE = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_PERM")

_engines: "OrderedDict[str, Engine]" = OrderedDict()
_guard = threading.RLock()


def database_url() -> URL:
    """Give the address of the database.

    Raises
    ------
    UserError
        If ``MOTIFLENS_DATABASE_URL`` is no address.
    """
    given = os.environ.get("MOTIFLENS_DATABASE_URL", "").strip()
    if not given:
        return URL.create("sqlite", database=str((home() / "motiflens.db").absolute()))
    try:
        return make_url(given)
    except ArgumentError as error:
        needed = "such as postgresql+psycopg://user:password@host/motiflens"
        raise UserError(f"MOTIFLENS_DATABASE_URL is no address of a database; it must be one {needed}.") from error


def engine() -> Engine:
    """Give the engine of this workspace's database, with its tables up to date.

    Raises
    ------
    UserError
        If the database cannot be reached or written, or was made by a newer MotifLens.
    """
    url = database_url()
    key = url.render_as_string(hide_password=False)
    with _guard:
        known = _engines.get(key)
        if known is not None and _is_gone(url):
            _engines.pop(key).dispose()
            known = None
        if known is None:
            known = _engines[key] = _connect(url)
            try:
                upgrade(known)
            except BaseException:
                _engines.pop(key).dispose()
                raise
            while len(_engines) > _KEPT_ENGINES:
                _engines.popitem(last=False)[1].dispose()
        _engines.move_to_end(key)
        return known


@contextmanager
def session() -> Iterator[Session]:
    """Open a transaction: committed when the block ends, rolled back when it raises.

    Raises
    ------
    UserError
        If the database cannot be reached or written.
    """
    bound = engine()
    try:
        with Session(bound, expire_on_commit=False) as opened, opened.begin():
            yield opened
    except OperationalError as error:
        raise _explain(error, bound.url) from error


def upgrade(bound: Engine) -> None:
    """Bring the tables up to date; processes that do it at the same time take turns.

    Raises
    ------
    UserError
        If the database cannot be reached or written, or was made by a newer MotifLens.
    """
    try:
        if _revision(bound) == HEAD:
            return
        with FileLock(home() / "motiflens.db.lock"), bound.connect() as connection:
            if bound.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif bound.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
            _migrate(connection)
            connection.commit()
    except OperationalError as error:
        raise _explain(error, bound.url) from error


def _migrate(connection: Any) -> None:
    from alembic import command  # slow to import, and needed once per database
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        if "Can't locate revision" not in str(error):
            raise
        message = "The database was made by a newer MotifLens than this one. Update MotifLens, or set another"
        raise UserError(f"{message} MOTIFLENS_HOME or MOTIFLENS_DATABASE_URL.") from error


def _revision(bound: Engine) -> str | None:
    with bound.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def _connect(url: URL) -> Engine:
    try:
        made = create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        found = f"MOTIFLENS_DATABASE_URL asks for {url.drivername}, and its driver is not installed ({error})"
        raise UserError(f"{found}. Install it, for PostgreSQL with: pip install 'psycopg[binary]'.") from error
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _prepare_sqlite)
    return made


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in (f"busy_timeout={_WAIT_SECONDS * 1000}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _is_gone(url: URL) -> bool:
    file = url.database if url.get_backend_name() == "sqlite" else None
    return bool(file) and file != ":memory:" and not Path(str(file)).exists()


def _explain(error: OperationalError, url: URL) -> Exception:
    """Give the sentence for what the user can mend, and the error itself for what is a bug."""
    kind = str(getattr(error.orig, "sqlite_errorname", ""))
    why = " ".join(str(error.orig).split())
    where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    if kind == "SQLITE_FULL":
        return UserError(f"The disk is full, so the database {where} cannot be written. Free some space and try again.")
    if kind.startswith("SQLITE_BUSY"):
        busy = f"was kept busy by other processes for {_WAIT_SECONDS} s"
        return UserError(
            f"The database {where} {busy}. Try again; if it stays so, move MOTIFLENS_HOME to a local disk."
        )
    if kind.startswith(_UNREACHABLE) or (not kind and error.connection_invalidated) or not error.statement:
        remedy = "Check that it is there and that you may write to it, or set MOTIFLENS_HOME or MOTIFLENS_DATABASE_URL"
        return UserError(f"The database {where} cannot be opened or written ({why}). {remedy}.")
    return error
