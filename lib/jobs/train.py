"""The work of a training run: what the worker does for a run of kind ``train``."""

import os
from pathlib import Path
from typing import Any

from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.jobs import distributed, pretrain, runner_name
from lib.jobs.bayesian import Pruner
from lib.jobs.devices import MPS, DeviceRequest
from lib.jobs.tokens import load_data
from lib.models.base import MODELS
from lib.models.ensemble import MEMBERS
from lib.store import fitted, runs
from lib.store.files import replacing

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

    run, request = runs.get(run_id), DeviceRequest.of(runs.get(run_id).payload)
    if request.kind == MPS:  # read when torch is imported: what Apple's GPUs cannot do, the CPU does
        os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    if "members" in run.payload:
        _gather_members(run, folder, progress)
    progress = Pruner.around(run, progress)
    dataset, tokenizer = load_data(run, progress)
    if run.payload.get("rbp") and dataset.rbp is not None:
        with replacing(folder / RBP) as temporary:
            dataset.rbp.to_csv(temporary, index=False)
    if said := pretrain.describe_overlap(run):
        progress.report(Report(0, 0, "Loading", note=said))
    several = request.ranks > 1 and not hasattr(MODELS.get(run.model), "members")  # a clock decides them
    fit, device = _choose_fit(run_id, request) if several else None, request.torch_device
    return train_run(dataset, run.spec, folder, progress, device=device, tokenizer=tokenizer, fit=fit)


def _choose_fit(run_id: str, request: DeviceRequest) -> distributed.DistributedFit:
    """Choose how the processes of a run find each other: on this machine, or by Ray."""
    return (distributed.DistributedFit if runner_name() == "local" else distributed.RayFit)(run_id, request)


def _gather_members(run: runs.Run, folder: Path, progress: Progress) -> None:
    """Copy the trained models of the members of an ensemble into ``members/``; those that are there stay.

    Raises
    ------
    UserError
        If a member was deleted before it was copied.
    Cancelled
        If somebody asked for it.
    """
    wanted: list[str] = run.payload["members"]
    for number, member in enumerate(wanted, start=1):
        progress.report(Report(number - 1, len(wanted), "Copying the members"))
        path = folder / MEMBERS / f"{number}-{member}"
        if (path / "model.json").exists():  # it is written last, so the whole member is there
            continue
        if runs.find(member) is None:
            name = run.payload["about"][member]["name"]
            raise UserError(f"{name} ({member}) was deleted before it was copied. Make the ensemble of other runs.")
        path.mkdir(parents=True, exist_ok=True)
        fitted.load_fitted(member).save(path)
