"""Long work outside the web server: runners hand run ids to workers, workers do them."""

import importlib
import os

from lib.core.errors import UserError
from lib.jobs.base import Runner
from lib.store import runs

__all__ = ["RUNNERS", "Runner", "runner", "runner_name", "tend"]

RUNNERS = {"local": ("lib.jobs.local", "LocalRunner"), "ray": ("lib.jobs.ray", "RayRunner")}
"""Where each runner is found; only the one that is chosen is imported."""


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
    made: Runner = getattr(importlib.import_module(module), name)()
    return made


def tend() -> None:
    """Call runs lost whose worker is gone, and see to it that queued runs start; for pages, now and then."""
    runs.mark_lost()
    runner().wake()
