"""A run as pages and the command line see it."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from lib.core.spec import RunSpec
from lib.store.db import RunRecord
from lib.store.states import FINAL


@dataclass(frozen=True)
class Run:
    """A run as it was when it was read; times are UTC, memory in megabytes (10^6 bytes).

    ``dataset`` is empty for a run that belongs to none, such as a pretraining on the sequences of a file.
    """

    id: str
    name: str
    kind: str
    dataset: str
    model: str
    state: str
    message: str
    priority: int
    owner: str
    group_id: str | None
    created: datetime
    queued: datetime
    started: datetime | None
    ended: datetime | None
    heartbeat: datetime | None
    step: int
    total: int
    stage: str
    epoch: float | None
    loss: float | None
    metrics: dict[str, float]
    eta_seconds: float | None
    memory_mb: float | None
    gpu_memory_mb: float | None
    cancel_requested: bool
    spec: RunSpec
    payload: dict[str, Any]
    results: dict[str, Any]
    runner: str
    host: str
    pid: int | None
    pid_started: float | None
    slot: str

    @classmethod
    def of(cls, record: RunRecord) -> "Run":
        """Read a run from its row."""
        values = {item.name: getattr(record, item.name) for item in fields(cls)}
        return cls(**{**values, "dataset": record.dataset or "", "spec": RunSpec.from_json(record.spec)})

    @property
    def over(self) -> bool:
        """True when nothing more will happen unless somebody resumes it."""
        return self.state in FINAL

    @property
    def seconds(self) -> float | None:
        """How long it has been or was running; None before it starts."""
        if self.started is None:
            return None
        return ((self.ended or datetime.now(UTC)) - self.started).total_seconds()
