"""Groups of runs: queued together, and as a whole: how far it is, cancel all, go on with what stopped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lib.core.errors import UserError
from lib.datasets.dataset import Dataset
from lib.jobs import runner
from lib.jobs.start import payload_of, spec_of
from lib.jobs.sweep_axes import Point
from lib.models.base import Model
from lib.store import groups, runs
from lib.store.groups import Group
from lib.store.runs import Run
from lib.tokenizers import Tokenizer

PRIORITY = -1
"""Runs of groups let single runs go first."""


@dataclass(frozen=True)
class GroupStatus:
    """How far a group is.

    Parameters
    ----------
    counts
        Runs in each state.
    total
        Runs in all.
    eta_seconds
        Expected time until all are over, from those that finished; None where nobody knows.
    """

    counts: Counter[str]
    total: int
    eta_seconds: float | None

    @property
    def over(self) -> int:
        """Count the runs that are over, however they ended."""
        return sum(count for state, count in self.counts.items() if state in runs.FINAL)


def summarise(members: Sequence[Run]) -> GroupStatus:
    """Say how far a group is; runs are taken to last as long as those that finished, as many at a time as now."""
    counts = Counter(run.state for run in members)
    took = [run.seconds for run in members if run.state == runs.FINISHED and run.seconds is not None]
    eta = None
    if took and (counts[runs.QUEUED] or counts[runs.RUNNING]):
        mean = sum(took) / len(took)
        working = [run for run in members if run.state == runs.RUNNING]
        left = counts[runs.QUEUED] * mean + sum(max(0.0, mean - (run.seconds or 0.0)) for run in working)
        eta = left / max(1, len(working))
    return GroupStatus(counts, len(members), eta)


def cancel(group_id: str) -> None:
    """Cancel every run of a group that is not over, those that wait first, so that none of them starts meanwhile.

    Raises
    ------
    UserError
        If there is no such group.
    """
    groups.get(group_id)
    active = [run for run in groups.runs_of(group_id) if not run.over]
    for run in sorted(active, key=lambda run: run.state == runs.RUNNING):
        runner().cancel(run.id)


def resume(group_id: str) -> int:
    """Queue every run of a group again that failed, was cancelled or lost; gives how many.

    Raises
    ------
    UserError
        If there is no such group, or none of its runs stopped.
    """
    groups.get(group_id)
    members = groups.runs_of(group_id)
    stopped = [run for run in members if run.state in runs.RESUMABLE and not groups.was_pruned(run)]
    if not stopped:
        raise UserError("No run of this group has failed, was cancelled or lost, so there is none to resume.")
    for run in stopped:
        runner().resume(run.id)
    return len(stopped)


@dataclass(frozen=True)
class Base:
    """What every member of a group shares unless the sweep varies it.

    Parameters
    ----------
    dataset
        The dataset with the RBP table that tokenizers are to learn from.
    model, tokenizer
        Settings; no tokenizer for a model that reads nucleotides.
    seed
        Seeds everything random.
    payload
        What the workers need beside the specification, such as ``rbp`` and ``device``; see ``lib.jobs.start.start``.
    """

    dataset: Dataset
    model: Model
    tokenizer: Tokenizer | None = None
    seed: int = 0
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """One run of a group before it is queued."""

    name: str
    model: Model
    tokenizer: Tokenizer | None
    seed: int
    point: Point = field(default_factory=dict)
    payload: Mapping[str, Any] = field(default_factory=dict)


def queue_group(
    kind: str, base: Base, wanted: Sequence[Member], *, name: str, facts: Mapping[str, Any], owner: str = ""
) -> Group:
    """Queue runs as one group, after single runs.

    Parameters
    ----------
    kind
        ``sweep`` or ``comparison``.
    facts
        What was asked, kept with the group.

    Raises
    ------
    UserError
        If the dataset is gone, cannot be learned with these settings, or nothing can be written.
    """
    specs = [spec_of(base.dataset, one.model, tokenizer=one.tokenizer, seed=one.seed) for one in wanted]
    group = groups.create(kind, name=name, dataset=base.dataset.id, owner=owner, facts=facts)
    made = []
    for one, spec in zip(wanted, specs, strict=True):
        payload = payload_of(one.model, {**base.payload, **one.payload})
        run = runs.create(spec=spec, name=one.name, owner=owner, priority=PRIORITY, payload=payload, group=group.id)
        made.append(run.id)
    for run_id in made:
        runner().submit(run_id)
    return group
