"""Groups of runs: a sweep tries settings of one model, a comparison trains several models; both on one dataset.

The members of a sweep are chosen among by their validation metric. Their test metrics are kept back until the sweep is
over, and then shown for the best one alone: the best of many test results would be too good by chance.
"""

import builtins
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import select, update

from lib.core.errors import UserError
from lib.store import db, runs
from lib.store.db import DatasetRecord, GroupRecord, RunRecord
from lib.store.run import Run
from lib.store.runfiles import finite
from lib.store.states import CANCELLED, FINISHED, RUNNING, execute
from lib.tasks import headline

SWEEP, COMPARISON = "sweep", "comparison"
KINDS = (SWEEP, COMPARISON)
PRUNED = "Stopped early: worse than the median of the finished runs after as many epochs."


@dataclass(frozen=True)
class Group:
    """A group as pages see it; ``facts`` says what was asked, plain JSON."""

    id: str
    kind: str
    name: str
    dataset: str
    owner: str
    created: datetime
    facts: dict[str, Any]

    @classmethod
    def of(cls, record: GroupRecord) -> "Group":
        """Read a group from its row."""
        return cls(**{item.name: getattr(record, item.name) for item in fields(cls)})


def create(kind: str, *, name: str, dataset: str, owner: str = "", facts: Mapping[str, Any] | None = None) -> Group:
    """Make a group without members; ``runs.create(..., group=id)`` adds them.

    Parameters
    ----------
    kind
        ``sweep`` or ``comparison``.
    facts
        What was asked, plain JSON.

    Raises
    ------
    UserError
        If there is no such dataset.
    """
    if kind not in KINDS:
        raise ValueError(f"a group is one of {', '.join(KINDS)}, not {kind!r}")
    record = GroupRecord(
        id=secrets.token_hex(6),
        kind=kind,
        name=name.strip() or kind.capitalize(),
        dataset=dataset,
        owner=owner,
        created=datetime.now(UTC),
        facts=finite(dict(facts or {})),
    )
    with db.session() as session:
        if session.get(DatasetRecord, dataset) is None:
            raise UserError(f"There is no dataset {dataset!r}; it may have been deleted. Choose another one.")
        session.add(record)
    return Group.of(record)


def get(group_id: str) -> Group:
    """Read a group.

    Raises
    ------
    UserError
        If there is no such group.
    """
    with db.session() as session:
        record = session.get(GroupRecord, group_id)
    if record is None:
        raise UserError(f"There is no sweep or comparison {group_id!r}; it may have been deleted. Choose another one.")
    return Group.of(record)


def all(dataset: str | None = None) -> list[Group]:
    """Read groups, the newest first."""
    statement = select(GroupRecord).order_by(GroupRecord.created.desc(), GroupRecord.id)
    if dataset is not None:
        statement = statement.where(GroupRecord.dataset == dataset)
    with db.session() as session:
        return [Group.of(record) for record in session.scalars(statement)]


def runs_of(group_id: str) -> list[Run]:
    """Read the members of a group in the order in which they were made."""
    statement = select(RunRecord).where(RunRecord.group_id == group_id).order_by(RunRecord.created, RunRecord.id)
    with db.session() as session:
        return [Run.of(record) for record in session.scalars(statement)]


def rename(group_id: str, name: str) -> None:
    """Give a group another name.

    Raises
    ------
    UserError
        If the name is empty, or there is no such group.
    """
    if not name.strip():
        raise UserError("The new name is empty. Type at least one letter.")
    if not execute(update(GroupRecord).where(GroupRecord.id == group_id).values(name=name.strip())):
        get(group_id)


def delete(group_id: str, *, with_runs: bool = False) -> None:
    """Delete a group, and its runs with their folders if that is wanted; else they stay as runs of their own.

    Raises
    ------
    UserError
        If its runs are to be deleted and one of them is running, or there is no such group.
    """
    get(group_id)
    members = runs_of(group_id)
    if with_runs:
        working = [run for run in members if run.state == RUNNING]
        if working:
            many = len(working)
            found = f"{many} of its runs {'is' if many == 1 else 'are'} running"
            raise UserError(f"{found}. Cancel {'it' if many == 1 else 'them'} first, then delete the group.")
        for run in members:
            runs.delete(run.id)
    with db.session() as session:
        session.execute(update(RunRecord).where(RunRecord.group_id == group_id).values(group_id=None))
        session.execute(sql_delete(GroupRecord).where(GroupRecord.id == group_id))


def was_pruned(run: Run) -> bool:
    """Say whether a run was stopped early by its search."""
    return run.state == CANCELLED and run.message == PRUNED


def validation(run: Run) -> float | None:
    """Give the first metric of its task, such as R2, on the validation part of a finished run; None where unknown."""
    if run.state != FINISHED:
        return None
    kept = run.results.get("validation") or runs.metrics(run.id).get("validation") or {}
    value = kept.get(headline(run.spec.task).key)
    return float(value) if isinstance(value, int | float) else None


def best(members: Sequence[Run]) -> Run | None:
    """Give the member with the highest validation metric, of equal ones the first; None where none is known."""
    found = [(value, run) for run in members if (value := validation(run)) is not None]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def runs_without_test(known: Iterable[Run]) -> frozenset[str]:
    """Give the ids of those runs whose test metrics are kept back: of a sweep all but the best once it is over."""
    asked = [run for run in known if run.group_id]
    if not asked:
        return frozenset()
    sweeps = {group.id for group in all() if group.kind == SWEEP} & {run.group_id for run in asked}
    shown = set()
    for group_id in sweeps:
        members = runs_of(group_id)
        winner = best(members)
        if winner is not None and over(members):
            shown.add(winner.id)
    return frozenset(run.id for run in asked if run.group_id in sweeps and run.id not in shown)


def over(members: Sequence[Run]) -> bool:
    """Say whether nothing more will happen to a group unless somebody resumes a run."""
    return builtins.all(run.over for run in members)
