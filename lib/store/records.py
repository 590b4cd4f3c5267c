"""The tables of the database, as SQLAlchemy classes. Times are UTC; JSON columns hold no NaN."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Float, ForeignKey, Index, Integer, String, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Utc(TypeDecorator[datetime]):
    """A moment, aware of UTC in Python and stored without a zone, so that every database keeps it the same."""

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware moment into the UTC that is stored."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that the stored moment is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What all tables share."""

    type_annotation_map = {datetime: Utc, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012 (SQLAlchemy's own name)


class DatasetRecord(Base):
    """A frozen dataset; its arrays lie in files. It cannot be deleted while runs refer to it."""

    __tablename__ = "datasets"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    rows: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    task: Mapped[str] = mapped_column(String(64))
    target_names: Mapped[list[str]]
    target_units: Mapped[list[str]]
    split_kind: Mapped[str] = mapped_column(String(64))
    simulated: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime]
    owner: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]]


class GroupRecord(Base):
    """Runs that belong together: a sweep or a comparison on one dataset."""

    __tablename__ = "groups"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(Text)
    dataset: Mapped[str] = mapped_column(ForeignKey("datasets.id"), index=True)
    owner: Mapped[str] = mapped_column(Text, default="")
    created: Mapped[datetime]
    facts: Mapped[dict[str, Any]]


class RunRecord(Base):
    """A run: what was asked, how far it is, where it is being worked on, and what came out."""

    __tablename__ = "runs"
    __table_args__ = (Index("runs_state", "state"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(64))
    dataset: Mapped[str | None] = mapped_column(ForeignKey("datasets.id"), index=True)
    model: Mapped[str] = mapped_column(String(128))
    owner: Mapped[str] = mapped_column(Text, default="")
    group_id: Mapped[str | None] = mapped_column(ForeignKey("groups.id", name="runs_group"), index=True)
    spec: Mapped[dict[str, Any]]
    payload: Mapped[dict[str, Any]]
    results: Mapped[dict[str, Any]]

    state: Mapped[str] = mapped_column(String(16))
    message: Mapped[str] = mapped_column(Text, default="")
    priority: Mapped[int] = mapped_column(Integer, default=0)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    created: Mapped[datetime]
    queued: Mapped[datetime]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]

    step: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    stage: Mapped[str] = mapped_column(Text, default="")
    epoch: Mapped[float | None] = mapped_column(Float)
    loss: Mapped[float | None] = mapped_column(Float)
    metrics: Mapped[dict[str, Any]]
    eta_seconds: Mapped[float | None] = mapped_column(Float)
    memory_mb: Mapped[float | None] = mapped_column(Float)
    gpu_memory_mb: Mapped[float | None] = mapped_column(Float)

    runner: Mapped[str] = mapped_column(String(64), default="")
    host: Mapped[str] = mapped_column(Text, default="")
    pid: Mapped[int | None] = mapped_column(Integer)
    pid_started: Mapped[float | None] = mapped_column(Float)
    slot: Mapped[str] = mapped_column(String(64), default="")
    heartbeat: Mapped[datetime | None]
