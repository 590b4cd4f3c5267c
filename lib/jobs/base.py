"""What a runner promises: it hands run ids to workers and nothing else crosses over."""

from typing import Protocol


class Runner(Protocol):
    """Starts and stops the work of runs."""

    def submit(self, run_id: str) -> None:
        """Let a queued run start as soon as it is its turn."""

    def resume(self, run_id: str) -> None:
        """Queue a failed, cancelled or lost run again; it goes on from its last checkpoint."""

    def cancel(self, run_id: str) -> None:
        """Stop a run and every process of it within seconds; a run that is over stays as it is."""

    def status(self, run_id: str) -> str:
        """Give the state of a run, ``lost`` if its worker is gone."""

    def wake(self) -> None:
        """See to it that queued runs start and that wishes to cancel are heard."""

    def describe(self) -> str:
        """Say in a few words where runs are done; a ``UserError`` where that cannot be reached."""
