"""Long work outside the web server: runners hand run ids to workers, workers do them."""

import importlib
import os
from typing import Protocol

from lib.core.errors import UserError
from lib.store import runs

__all__ = ["RUNNERS", "Runner", "runner", "runner_name", "tend"]

RUNNERS = {"local": ("lib.jobs.local", "LocalRunner"), "ray": ("lib.jobs.ray", "RayRunner")}
"""Where each runner is found; only the one that is chosen is imported."""


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
        """See to it that queued runs start and that requests to cancel are heard."""

    def describe(self) -> str:
        """Say in a few words where runs are done; a ``UserError`` where that cannot be reached."""


def runner_name() -> str:
    """Name the runner of this workspace: ``MOTIFLENS_RUNNER``, ``local`` unless said otherwise.

    Raises
    ------
    UserError
        If there is no runner of that name.
    """
    name = os.environ.get("MOTIFLENS_RUNNER", "").strip() or "local"
    if name not in RUNNERS:
        known = ", ".join(RUNNERS)
        raise UserError(f"MOTIFLENS_RUNNER is {name!r}; the runners are: {known}. Set it to one of them or remove it.")
    return name


def runner() -> Runner:
    """Give the runner of this workspace.

    Raises
    ------
    UserError
        If there is no runner of that name, or what it needs is not installed.
    """
    module, name = RUNNERS[runner_name()]
    found: Runner = getattr(importlib.import_module(module), name)()
    return found


def tend() -> None:
    """Call runs lost whose worker is gone, and see to it that queued runs start; for pages, now and then."""
    runs.mark_lost()
    runner().wake()
