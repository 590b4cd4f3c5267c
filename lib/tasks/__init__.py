"""What a model learns and how it is judged: one file a task.

A task says of itself what it is called, which labels and loss a network learns it by, how its metrics are computed and
named, what it adds to ``predictions.parquet`` and which sections show it. Nothing else names a task, but models say
which ones they do; a new task is one file here.
"""

from lib.tasks.base import TASKS, Baseline, Prediction, Task
from lib.tasks.scores import Metric

__all__ = ["TASKS", "Baseline", "Metric", "Prediction", "Task", "get", "headline", "metric"]


def get(name: str) -> Task:
    """Give the task with this name.

    Raises
    ------
    UserError
        If there is none.
    """
    return TASKS.create(name)


def headline(name: str) -> Metric:
    """Give the metric that models of a task are chosen and spoken of by; R2 of a task that is not known."""
    return get(name if name in TASKS.all() else "regression").card[0]


def metric(key: str) -> Metric:
    """Give the metric of a task by its key, such as that of a learning curve; one that no task has is called so."""
    known = (item for name in TASKS.all() for item in get(name).card if item.key == key)
    return next(known, Metric(key, key.replace("_", " "), ""))
