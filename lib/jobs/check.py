"""Checks of a finished run, trained as jobs of kind ``check``: what the worker does, and what pages ask for."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.jobs import runner
from lib.jobs.devices import DeviceRequest
from lib.jobs.tokens import load_dataset
from lib.store import runs
from lib.store.files import replacing
from lib.store.runs import Run

KIND = "check"
FILE = "check.json"
MOST = 50
"""Folds, permutations or draws of one check at most."""


def check(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Train the model of a run again as its check asks, and sum up its first metric.

    Of folds and permutations these are mean, standard deviation and count, of permutations also the p-value; of a
    learning curve the gain of its last step.

    Raises
    ------
    UserError
        If the run or its dataset is gone, or a piece cannot be learned.
    Cancelled
        If somebody asked for it; the same call goes on from the pieces that are finished.
    """
    from lib import tasks
    from lib.training import checks

    job = runs.get(run_id)
    asked = runs.get(job.payload["run"])
    dataset = load_dataset(asked)
    pieces = checks.plan_check(dataset, job.payload["what"], job.payload["count"], job.payload["seed"])
    device = DeviceRequest.of(job.payload).torch_device
    found = checks.train_pieces(dataset, asked.spec, pieces, folder, progress, device=device)
    with replacing(folder / FILE) as temporary:
        temporary.write_text(json.dumps({"what": job.payload["what"], "pieces": found}), encoding="utf-8")
    key, what = tasks.headline(asked.spec.task).key, job.payload["what"]
    if what == checks.LEARNING:
        gain = checks.compute_gain(found, key)
        return {} if gain is None else asdict(gain)
    more = {"p": checks.compute_p(found, key, asked.results.get(key))} if what == checks.PERMUTED else {}
    return {**checks.summarise_pieces(found, key), **more}


def start_check(run_id: str, what: str, *, count: int = 5, seed: int = 0, owner: str = "") -> str:
    """Queue a check of a finished run and give the id of the job.

    Raises
    ------
    UserError
        If the run has not finished, cannot be checked, or its dataset is too small for it.
    """
    from lib.training import checks

    asked = runs.get(run_id)
    if asked.kind != "train" or asked.state != runs.FINISHED:
        raise UserError(f"{asked.name} is no finished training; choose one that has finished.")
    if not 1 <= count <= MOST:
        raise UserError(f"Found a count of {count}; a check has 1 to {MOST} folds, permutations or draws.")
    dataset = load_dataset(asked)
    checks.require_checkable(dataset, asked.spec)
    checks.plan_check(dataset, what, count, seed)
    request = DeviceRequest.of(asked.payload)
    device = DeviceRequest(request.kind, which=request.which[:1]).to_json()
    payload = {"run": run_id, "what": what, "count": count, "seed": seed, "device": device}
    name = f"{checks.KINDS[what]} of {asked.name}"
    job = runs.create(spec=asked.spec, name=name, owner=owner, kind=KIND, payload=payload)
    runner().submit(job.id)
    return job.id


def list_checks(run: Run) -> list[Run]:
    """Give the checks of a run, the newest first."""
    return [job for job in runs.all(dataset=run.dataset, kind=KIND) if job.payload.get("run") == run.id]


def read_check(job: Run) -> dict[str, Any]:
    """Read what a finished check found: ``what`` and ``pieces``, as ``lib.training.checks`` gives them.

    Raises
    ------
    UserError
        If it is not there any more.
    """
    path = runs.folder(job.id) / FILE
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"What {job.name} found cannot be read ({error}). Start it again.") from error
    return found
