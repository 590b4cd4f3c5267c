"""The tasks by name; all that is particular to one after its training is asked of its object here."""

from collections.abc import Mapping

from lib.core.errors import UserError
from lib.evaluation.regression import Regression
from lib.evaluation.task import Task

TASKS: Mapping[str, Task] = {"regression": Regression(), "multi_regression": Regression()}


def get(name: str) -> Task:
    """Give the task with this name.

    Raises
    ------
    UserError
        If there is none.
    """
    if name not in TASKS:
        raise UserError(f"There is no task {name!r}; choose one of {', '.join(TASKS)}.")
    return TASKS[name]
