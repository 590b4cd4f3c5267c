"""What a run predicts at each base: ``profiles.npz`` in its folder."""

import zipfile

import numpy as np
from numpy.typing import NDArray

from lib.core.errors import UserError
from lib.store import runs
from lib.tasks.profile import FILE

PREDICTED = "predicted"
_DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)


def load(run_id: str) -> dict[str, NDArray[np.float32]]:
    """Read the share of the counts at each base, (N, T, L) in the order of the dataset, by the run and its baselines.

    The run's own stand under ``predicted``; those of a baseline under the name of its model.

    Raises
    ------
    UserError
        If the run has predicted no profiles, or its file is damaged.
    """
    path = runs.folder(run_id) / FILE
    if not path.exists():
        raise UserError(f"Run {run_id} holds no predicted profiles. Train it again on a dataset with profiles.")
    try:
        with np.load(path, allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
    except _DAMAGED as error:
        raise UserError(f"The predicted profiles of run {run_id} are damaged. Train it again.") from error
    if PREDICTED not in found:
        raise UserError(f"The predicted profiles of run {run_id} are damaged. Train it again.")
    return found
