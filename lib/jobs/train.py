"""The work of a training run: what the worker does for a run of kind ``train``."""

from pathlib import Path
from typing import Any

from lib.core.progress import Progress
from lib.store import datasets, runs


def train(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Train the model of a run into its folder; gives the test metrics with n, and the seconds it took.

    Raises
    ------
    UserError
        If the run or its dataset is gone, or the dataset cannot be learned with these settings.
    Cancelled
        If somebody asked for it; what is in ``checkpoints/`` is where the same call goes on.
    """
    from lib.training.run import train_run

    spec = runs.get(run_id).spec
    return train_run(datasets.load(spec.dataset), spec, folder, progress)
