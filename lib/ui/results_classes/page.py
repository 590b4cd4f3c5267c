"""The results of a classifier, one section below the other."""

from lib.data.dataset import Dataset
from lib.store.runs import Run


def draw(run: Run, dataset: Dataset) -> None:
    """Draw the results of a run of the task ``classification``."""
