"""Runs: one training (or other long work) each, from its frozen specification to its results.

Other parts read runs here; only the worker writes how far it is, and only ``transition`` writes states.
"""

import secrets
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, update

from lib.core.errors import UserError
from lib.core.progress import Report
from lib.core.spec import RunSpec
from lib.store import db
from lib.store.db import DatasetRecord, RunRecord
from lib.store.run import Run
from lib.store.runfiles import (
    finite,
    folder,
    history,
    log_path,
    log_tail,
    metrics,
    predictions,
    read_json,
    read_spec,
    write_json,
)
from lib.store.states import (
    CANCELLED,
    FAILED,
    FINAL,
    FINISHED,
    LOST,
    QUEUED,
    RESUMABLE,
    RUNNING,
    STATES,
    WrongState,
    change,
    execute,
    mark_lost,
    settle,
    transition,
)

__all__ = [
    "CANCELLED",
    "FAILED",
    "FINAL",
    "FINISHED",
    "LOST",
    "QUEUED",
    "RESUMABLE",
    "RUNNING",
    "STATES",
    "Run",
    "WrongState",
    "all",
    "assign",
    "beat",
    "change",
    "create",
    "delete",
    "find",
    "folder",
    "get",
    "history",
    "log_path",
    "log_tail",
    "mark_lost",
    "metrics",
    "predictions",
    "queue",
    "read_json",
    "read_spec",
    "rename",
    "request_cancel",
    "running",
    "set_priority",
    "set_results",
    "settle",
    "should_stop",
    "transition",
    "write_json",
]


def create(
    *,
    spec: RunSpec,
    name: str = "",
    owner: str = "",
    priority: int = 0,
    kind: str = "train",
    payload: Mapping[str, Any] | None = None,
    group: str = "",
) -> Run:
    """Make a queued run with a folder that holds its specification; ``lib.jobs.runner().submit`` then starts it.

    Parameters
    ----------
    spec
        What to do, frozen; one that names no dataset belongs to none.
    name
        What the user calls it; empty for the model and the dataset.
    priority
        Higher ones go first.
    kind
        What the worker does: ``train``, ``predict``, ``tokens``, ``attribute``, ``discover``, ``experiment``,
        ``variants``, ``pretrain`` or ``language``.
    payload
        What the worker needs beside the specification, plain JSON.
    group
        Id of the sweep or comparison that it belongs to, empty for none; see ``lib.store.groups``.

    Raises
    ------
    UserError
        If there is no such dataset, or the folder cannot be written.
    """
    with db.session() as session:
        dataset = session.get(DatasetRecord, spec.dataset) if spec.dataset else None
    if dataset is None and spec.dataset:
        raise UserError(f"There is no dataset {spec.dataset!r}; it may have been deleted. Choose another one.")
    run_id = secrets.token_hex(6)
    given = {"run": run_id, "kind": kind, **spec.to_json(), "payload": dict(payload or {})}
    write_json(folder(run_id) / "spec.json", given)
    now, usual = datetime.now(UTC), spec.model.name + (f" on {dataset.name}" if dataset else "")
    record = RunRecord(
        id=run_id,
        name=name.strip() or usual,
        kind=kind,
        dataset=spec.dataset or None,
        model=spec.model.name,
        owner=owner,
        priority=priority,
        state=QUEUED,
        created=now,
        queued=now,
        spec=spec.to_json(),
        payload=dict(payload or {}),
        metrics={},
        results={},
        group_id=group or None,
    )
    with db.session() as session:
        session.add(record)
    return get(run_id)


def get(run_id: str) -> Run:
    """Read a run.

    Raises
    ------
    UserError
        If there is no such run.
    """
    found = find(run_id)
    if found is None:
        raise UserError(f"There is no run {run_id!r}; it may have been deleted. Choose another one under Runs.")
    return found


def find(run_id: str) -> Run | None:
    """Read a run, None where there is none."""
    with db.session() as session:
        record = session.get(RunRecord, run_id)
    return None if record is None else Run.of(record)


def all(dataset: str | None = None, kind: str | None = None) -> list[Run]:
    """Read runs, the newest first."""
    statement = select(RunRecord).order_by(RunRecord.created.desc(), RunRecord.id)
    if dataset is not None:
        statement = statement.where(RunRecord.dataset == dataset)
    if kind is not None:
        statement = statement.where(RunRecord.kind == kind)
    with db.session() as session:
        return [Run.of(record) for record in session.scalars(statement)]


def queue() -> list[Run]:
    """Read the queued runs in the order in which they will start: priority first, then first come, first served."""
    order = (RunRecord.priority.desc(), RunRecord.queued, RunRecord.id)
    with db.session() as session:
        found = session.scalars(select(RunRecord).where(RunRecord.state == QUEUED).order_by(*order))
        return [Run.of(record) for record in found]


def running() -> list[Run]:
    """Read the runs that are being worked on, those that began first first."""
    statement = select(RunRecord).where(RunRecord.state == RUNNING).order_by(RunRecord.started, RunRecord.id)
    with db.session() as session:
        return [Run.of(record) for record in session.scalars(statement)]


def rename(run_id: str, name: str) -> None:
    """Give a run another name.

    Raises
    ------
    UserError
        If the name is empty, or there is no such run.
    """
    if not name.strip():
        raise UserError("The new name of the run is empty. Type at least one letter.")
    _update(run_id, {"name": name.strip()})


def set_priority(run_id: str, priority: int) -> None:
    """Let a queued run start earlier (higher) or later (lower)."""
    _update(run_id, {"priority": priority})


def delete(run_id: str) -> None:
    """Delete a run and its folder.

    Raises
    ------
    UserError
        If it is running, or there is no such run.
    """
    place = folder(run_id)
    with db.session() as session:
        gone = session.execute(sql_delete(RunRecord).where(RunRecord.id == run_id, RunRecord.state != RUNNING))
        deleted = gone.rowcount  # type: ignore[attr-defined]
    if not deleted:
        get(run_id)
        raise UserError(f"The run {run_id} is running. Cancel it first, then delete it.")
    shutil.rmtree(place, ignore_errors=True)


def assign(run_id: str, *, runner: str, slot: str = "") -> None:
    """Note which runner is to work on a run, and on which of its slots."""
    _update(run_id, {"runner": runner, "slot": slot})


def beat(
    run_id: str,
    report: Report | None = None,
    *,
    eta_seconds: float | None = None,
    memory_mb: float | None = None,
    gpu_memory_mb: float | None = None,
) -> bool:
    """Note that the worker lives and, with a report, how far it is; only while the run is running.

    Memory that is None stays what it was, since of several processes each knows its own share only.

    Returns
    -------
    bool
        False when the run is not running any more or is gone, so that the worker can stop.
    """
    values: dict[str, Any] = {"heartbeat": datetime.now(UTC)}
    known = {"memory_mb": memory_mb, "gpu_memory_mb": gpu_memory_mb}
    values |= {name: value for name, value in known.items() if value is not None}
    if report is not None:
        values |= {"step": report.step, "total": report.total, "stage": report.stage, "eta_seconds": eta_seconds}
        values |= {"epoch": finite(report.epoch), "loss": finite(report.loss)}
        if report.metrics:
            values["metrics"] = finite(dict(report.metrics))
        if report.note:
            values["results"] = {"note": report.note}
    statement = update(RunRecord).where(RunRecord.id == run_id, RunRecord.state == RUNNING)
    return execute(statement.values(values)) == 1


def request_cancel(run_id: str) -> bool:
    """Ask for a run to stop: a queued one is cancelled at once, a running one is told; gives False when it is over."""
    if change(run_id, CANCELLED, "Cancelled before it started.", only=frozenset({QUEUED})):
        return True
    statement = update(RunRecord).where(RunRecord.id == run_id, RunRecord.state == RUNNING)
    return execute(statement.values(cancel_requested=True)) == 1


def should_stop(run_id: str) -> bool:
    """Say whether the worker should stop: somebody asked for it, or the run is not running any more or is gone."""
    with db.session() as session:
        row = session.execute(select(RunRecord.state, RunRecord.cancel_requested).where(RunRecord.id == run_id)).first()
    return row is None or row.state != RUNNING or bool(row.cancel_requested)


def set_results(run_id: str, results: Mapping[str, Any]) -> None:
    """Keep the summary that tables of runs show; numbers that are not finite become null."""
    _update(run_id, {"results": finite(dict(results))})


def _update(run_id: str, values: dict[str, Any]) -> None:
    if not execute(update(RunRecord).where(RunRecord.id == run_id).values(values)):
        get(run_id)
