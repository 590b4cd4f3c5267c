"""The work of a training run: what the worker does for a run of kind ``train``."""

import os
from pathlib import Path
from typing import Any

from lib.core.progress import Progress, Report
from lib.core.spec import RunSpec
from lib.datasets.dataset import Dataset
from lib.jobs import ensembles, pretrain, ranks, runner_name
from lib.jobs.devices import MPS, Wish
from lib.store import datasets, rbp_tables, runs, tokenizers
from lib.store.files import replacing
from lib.tokenizers import TOKENIZERS, FittedTokenizer

RBP = "rbp.csv"
"""File of the run folder with the RBP table that was chosen in place of the dataset's own."""


def train(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Train the model of a run into its folder; gives test and validation metrics with n, and the seconds it took.

    The tokenizer learns from the RBP table that ``payload["rbp"]`` names, else from that of the dataset; a table that
    was named is kept in the folder too.

    Raises
    ------
    UserError
        If the run or its dataset is gone, or the dataset cannot be learned with these settings.
    Cancelled
        If somebody asked for it; what is in ``checkpoints/`` is where the same call goes on.
    """
    from lib.training.run import train_run

    run, wish = runs.get(run_id), Wish.of(runs.get(run_id).payload)
    if wish.kind == MPS:  # read when torch is imported: what Apple's GPUs cannot do, the CPU does
        os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    if "members" in run.payload:
        ensembles.gather(run, folder, progress)
    dataset, tokenizer = prepared(run, progress)
    if run.payload.get("rbp") and dataset.rbp is not None:
        with replacing(folder / RBP) as temporary:
            dataset.rbp.to_csv(temporary, index=False)
    if said := pretrain.overlap(run):
        progress.report(Report(0, 0, "Loading", note=said))
    fit = _together(run_id, wish) if wish.ranks > 1 else None
    where = wish.torch_device
    return train_run(dataset, run.spec, folder, progress, device=where, tokenizer=tokenizer, fit=fit)


def _together(run_id: str, wish: Wish) -> ranks.Together:
    """Choose how the processes of a run find each other: on this machine, or by Ray on the nodes of a cluster."""
    if runner_name() == "local":
        return ranks.Together(run_id, wish)
    from lib.jobs.ray_train import Across

    return Across(run_id, wish)


def prepared(run: runs.Run, progress: Progress) -> tuple[Dataset, FittedTokenizer | None]:
    """Give the dataset of a run, with the RBP table that was chosen for it, and its tokenizer, fitted where it was not.

    Raises
    ------
    UserError
        If the dataset or the table is gone, or the tokenizer cannot be fitted.
    """
    dataset = rbp_tables.with_table(datasets.load(run.spec.dataset), str(run.payload.get("rbp", "")))
    return dataset, _tokenizer(dataset, run.spec, progress)


def _tokenizer(dataset: Dataset, spec: RunSpec, progress: Progress) -> FittedTokenizer | None:
    """Fit the tokenizer of a run on the train part, or take the fit that the workspace has; None where it has none."""
    if spec.tokenizer is None:
        return None
    made = TOKENIZERS.create(spec.tokenizer.name, spec.tokenizer.settings)
    progress.report(Report(0, 1, "Tokenizer"))
    return tokenizers.load_or_fit(dataset, made, progress=progress)
