"""What is done with a group of runs as a whole: how far it is, cancel all, go on with what stopped."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lib.core.errors import UserError
from lib.jobs import runner
from lib.store import groups, runs
from lib.store.runs import Run


@dataclass(frozen=True)
class Standing:
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


def standing(members: Sequence[Run]) -> Standing:
    """Say how far a group is; runs are taken to last as long as those that finished, as many at a time as now."""
    counts = Counter(run.state for run in members)
    took = [run.seconds for run in members if run.state == runs.FINISHED and run.seconds is not None]
    eta = None
    if took and (counts[runs.QUEUED] or counts[runs.RUNNING]):
        mean = sum(took) / len(took)
        working = [run for run in members if run.state == runs.RUNNING]
        left = counts[runs.QUEUED] * mean + sum(max(0.0, mean - (run.seconds or 0.0)) for run in working)
        eta = left / max(1, len(working))
    return Standing(counts, len(members), eta)


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
    stopped = [run for run in groups.runs_of(group_id) if run.state in runs.RESUMABLE]
    if not stopped:
        raise UserError("No run of this group has failed, was cancelled or lost, so there is none to resume.")
    for run in stopped:
        runner().resume(run.id)
    return len(stopped)
