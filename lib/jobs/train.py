"""The work of a training run: what the worker does for a run of kind ``train``."""

from pathlib import Path
from typing import Any

from lib.core.progress import Progress, Report
from lib.core.spec import RunSpec
from lib.data.dataset import Dataset
from lib.store import datasets, runs, tokenizers
from lib.tokenizers import TOKENIZERS, FittedTokenizer


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
    dataset = datasets.load(spec.dataset)
    return train_run(dataset, spec, folder, progress, tokenizer=_tokenizer(dataset, spec, progress))


def _tokenizer(dataset: Dataset, spec: RunSpec, progress: Progress) -> FittedTokenizer | None:
    """Fit the tokenizer of a run on the train part, or take the fit that the workspace has; None where it has none."""
    if spec.tokenizer is None:
        return None
    made = TOKENIZERS.create(spec.tokenizer.name, spec.tokenizer.settings)
    progress.report(Report(0, 1, "Tokenizer"))
    return tokenizers.fitted(dataset, made, progress=progress)
