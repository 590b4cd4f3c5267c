"""Long work outside the web server: runners hand run ids to workers, workers do them."""

import os

from lib.core.errors import UserError
from lib.jobs.base import Runner
from lib.store import runs

__all__ = ["Runner", "runner", "tend"]


def runner() -> Runner:
    """Give the runner of this workspace, chosen by ``MOTIFLENS_RUNNER`` (``local`` unless said otherwise).

    Raises
    ------
    UserError
        If there is no runner of that name.
    """
    name = os.environ.get("MOTIFLENS_RUNNER", "").strip() or "local"
    if name != "local":
        raise UserError(f"MOTIFLENS_RUNNER is {name!r}; the runners are: local. Set it to local or remove it.")
    from lib.jobs.local import LocalRunner

    return LocalRunner()


def tend() -> None:
    """Call runs lost whose worker is gone, and see to it that queued runs start; for pages, now and then."""
    runs.mark_lost()
    runner().wake()
