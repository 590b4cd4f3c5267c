"""The tasks by name; all that is particular to one after its training is asked of its object here."""

from collections.abc import Mapping

from lib.core.errors import UserError
from lib.tasks.base import Task
from lib.tasks.classification import Classification
from lib.tasks.profile import Profile
from lib.tasks.regression import Regression
from lib.tasks.scores import Metric

TASKS: Mapping[str, Task] = {
    "regression": Regression(),
    "multi_regression": Regression(),
    "classification": Classification(),
    "profile": Profile(),
}


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


def headline(name: str) -> Metric:
    """Give the metric that models of a task are chosen and spoken of by; R2 of a task that is not known."""
    return TASKS[name if name in TASKS else "regression"].card[0]


def metric(key: str) -> Metric:
    """Give the metric of a task by its key, such as that of a learning curve; one that no task has is called so."""
    known = {
        item.key: item for task in reversed(list(TASKS.values())) for item in task.card
    }  # the first task with a key names it
    return known.get(key, Metric(key, key.replace("_", " "), ""))
