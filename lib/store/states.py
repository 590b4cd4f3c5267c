"""The states of a run, and the one place that writes them.

    queued -> running -> finished | failed | cancelled | lost
    queued -> cancelled | failed
    failed | cancelled | lost -> queued      (resume)

Every change is one ``UPDATE ... WHERE state IN (...)``, so that of two processes that want to change a state only one
wins.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Update, select, update

from lib.core.errors import UserError
from lib.store import db
from lib.store.db import RunRecord
from lib.store.hosts import Worker

QUEUED, RUNNING, FINISHED, FAILED, CANCELLED, LOST = "queued", "running", "finished", "failed", "cancelled", "lost"
STATES = (QUEUED, RUNNING, FINISHED, FAILED, CANCELLED, LOST)
FINAL = frozenset({FINISHED, FAILED, CANCELLED, LOST})
RESUMABLE = frozenset({FAILED, CANCELLED, LOST})

SILENCE = timedelta(seconds=60)
"""How long a worker on another machine may be silent before its run counts as lost."""

_FROM: dict[str, frozenset[str]] = {
    QUEUED: RESUMABLE,
    RUNNING: frozenset({QUEUED}),
    FINISHED: frozenset({RUNNING}),
    FAILED: frozenset({QUEUED, RUNNING}),
    CANCELLED: frozenset({QUEUED, RUNNING}),
    LOST: frozenset({RUNNING}),
}
_FRESH: dict[str, Any] = {
    "cancel_requested": False,
    "started": None,
    "ended": None,
    "step": 0,
    "total": 0,
    "stage": "",
    "epoch": None,
    "loss": None,
    "metrics": {},
    "results": {},
    "eta_seconds": None,
    "memory_mb": None,
    "gpu_memory_mb": None,
    "runner": "",
    "host": "",
    "pid": None,
    "pid_started": None,
    "slot": "",
    "heartbeat": None,
}


class WrongState(UserError):
    """The run is in a state from which the wanted one cannot be reached; somebody else may have been faster."""


def transition(run_id: str, state: str, message: str = "") -> None:
    """Bring a run into a state; the process that brings it into ``running`` is taken for its worker.

    Parameters
    ----------
    run_id
        The run.
    state
        One of ``STATES``.
    message
        One sentence for the person who waits for the run.

    Raises
    ------
    WrongState
        If the run is in a state from which this one cannot be reached.
    UserError
        If there is no such run.
    """
    if change(run_id, state, message):
        return
    with db.session() as session:
        found = session.scalar(select(RunRecord.state).where(RunRecord.id == run_id))
    if found is None:
        raise UserError(f"There is no run {run_id!r}; it may have been deleted. Choose another one under Runs.")
    needed = " or ".join(sorted(_FROM[state]))
    raise WrongState(f"The run {run_id} is {found}; only a run that is {needed} can become {state}.")


def change(
    run_id: str,
    state: str,
    message: str = "",
    *,
    only: frozenset[str] = frozenset(STATES),
    worker: Worker | None = None,
) -> bool:
    """Do what ``transition`` does, and say whether it was possible.

    Parameters
    ----------
    run_id, state, message
        As for ``transition``.
    only
        Change the run only if it is in one of these states.
    worker
        Change the run only if this process works on it.
    """
    now = datetime.now(UTC)
    values: dict[str, Any] = {"state": state, "message": message}
    if state == QUEUED:
        values |= {**_FRESH, "queued": now}
    elif state == RUNNING:
        this = Worker.this()
        values |= {"started": now, "ended": None, "heartbeat": now}
        values |= {"host": this.host, "pid": this.pid, "pid_started": this.started}
    else:
        values |= {"ended": now, "eta_seconds": None}
    statement = update(RunRecord).where(RunRecord.id == run_id, RunRecord.state.in_(_FROM[state] & only))
    if worker is not None:
        statement = statement.where(RunRecord.host == worker.host, RunRecord.pid == worker.pid)
    return execute(statement.values(values)) == 1


def mark_lost() -> list[str]:
    """Find running runs that nobody works on any more and call them ``lost``; gives their ids.

    A run is lost when its process on this machine is gone, or when its worker elsewhere (or before this machine was
    restarted) has been silent for longer than ``SILENCE``.
    """
    with db.session() as session:
        running = session.scalars(select(RunRecord).where(RunRecord.state == RUNNING)).all()
    lost = []
    for record in running:
        worker = Worker(record.host, record.pid or 0, record.pid_started or 0.0)
        if worker.is_here():
            gone, why = not worker.is_alive(), "its process ended without a word; it was killed, or memory ran out"
        else:
            heard = record.heartbeat or record.started or record.created
            gone, why = datetime.now(UTC) - heard > SILENCE, "its machine was restarted or cannot be reached"
        if gone and settle(record, worker, why) == LOST:
            lost.append(record.id)
    return lost


class _Watched(Protocol):
    """What ``settle`` needs to know; a run and its row both have it."""

    @property
    def id(self) -> Any:
        """Give its id."""

    @property
    def step(self) -> Any:
        """Give the steps done."""

    @property
    def total(self) -> Any:
        """Give the steps in all."""

    @property
    def cancel_requested(self) -> Any:
        """Say whether somebody asked for it to stop."""


def settle(run: _Watched, worker: Worker, why: str) -> str | None:
    """End a running run whose worker is gone: ``cancelled`` if that was the wish, else ``lost``.

    Parameters
    ----------
    run
        The run or its row.
    worker
        The process that worked on it; if another one does by now, nothing happens.
    why
        What became of it, in words.

    Returns
    -------
    str | None
        The new state, None where nothing happened.
    """
    if run.cancel_requested:
        return CANCELLED if change(run.id, CANCELLED, "Cancelled.", worker=worker) else None
    where = f" at step {run.step:,} of {run.total:,}" if run.total else ""
    message = f"The run was lost{where}: {why}. Resume goes on from its last checkpoint."
    return LOST if change(run.id, LOST, message, worker=worker) else None


def execute(statement: Update) -> int:
    """Run one UPDATE in a transaction of its own and count the rows that it changed."""
    with db.session() as session:
        result = session.execute(statement.execution_options(synchronize_session=False))
        return int(result.rowcount)  # type: ignore[attr-defined]
