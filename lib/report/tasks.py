"""What a report tells of a run, by the sections that its task shows."""

from collections.abc import Mapping
from typing import Protocol

from lib import tasks
from lib.report import classes, profiles, regression
from lib.report.context import Context
from lib.views.blocks import Block


class Told(Protocol):
    """What differs between reports of different tasks."""

    def lead(self, context: Context) -> list[Block]:
        """Say in one sentence how good the run is."""

    def results(self, context: Context) -> list[Block]:
        """Show the scores with their intervals beside what they are compared with."""

    def figures(self, context: Context) -> list[Block]:
        """Draw what was predicted, and how the model learned."""

    def statistics(self, context: Context) -> list[str]:
        """Say how the run was judged, for the methods of a paper."""


TOLD: Mapping[str, Told] = {"numbers": regression, "classes": classes, "profiles": profiles}


def get(task: str) -> Told:
    """Give what tells of a task."""
    return TOLD[tasks.get(task).view]
