"""The one number that a run is spoken of by: the first metric of its task, such as R2 or MCC, on the test part."""

from collections.abc import Iterable

from lib.store import groups
from lib.store.runs import Run
from lib.tasks import headline
from lib.tasks.scores import Metric

ANY = "score"
"""What the number is called where runs of different tasks stand together."""


def metric(run: Run) -> Metric:
    """Give the metric that a run is spoken of by."""
    return headline(run.spec.task)


def read_test(run: Run) -> float | None:
    """Give it on the test part, None where it is not known."""
    return _number(run.results.get(metric(run).key))


def say_test(run: Run, *, hidden: bool = False) -> str:
    """Say it, such as ``test MCC 0.62``; empty where it is not known or kept back."""
    value = None if hidden else read_test(run)
    return "" if value is None else f"test {metric(run).label} {value:.2f}"


def now(run: Run, *, hidden: bool = False) -> str:
    """Say it of a run that may be running still, by the validation part where the test is kept back."""
    label = metric(run).label
    if hidden:
        value, label = groups.validation(run), f"validation {label}"
    else:
        value = read_test(run)
        value = _number(run.metrics.get(metric(run).key)) if value is None else value
    return "" if value is None else f"{label} {value:.3f}"


def together(found: Iterable[Run]) -> str:
    """Name the number of several runs: the metric where it is that of all, else ``score``; R2 of none."""
    labels = {metric(run).label for run in found if run.kind == "train"}
    return labels.pop() if len(labels) == 1 else ANY if labels else headline("").label


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
