"""Make an ensemble of finished runs: check that they belong together, queue it, and gather its members."""

from collections.abc import Sequence
from pathlib import Path

from lib.core.errors import UserError
from lib.core.progress import Progress, Report
from lib.jobs import runner, start
from lib.models import MODELS
from lib.models.ensemble import FEWEST, MEMBERS, MOST, EnsembleModel
from lib.store import fitted, runs
from lib.store.runs import Run


def start_ensemble(run_ids: Sequence[str], *, name: str = "", owner: str = "") -> str:
    """Queue the ensemble of some finished runs and give the id of the new run.

    The new run copies the models of its members into its own folder, so that they may be deleted later.

    Parameters
    ----------
    run_ids
        2 to 50 finished trainings on one dataset and split, in the order of the members; a run counts once.
    name
        What the user calls it; empty for ``Ensemble of 3 runs``.
    owner
        Who starts it.

    Raises
    ------
    UserError
        If there are too few or too many, or they do not belong together, or one has no trained model.
    """
    members = [runs.get(run_id) for run_id in dict.fromkeys(run_ids)]
    require_fitting(members)
    for run in members:
        fitted.fingerprint(run.id)
    spec = start.specify(members[0].dataset, MODELS.create(EnsembleModel.name))
    about = {run.id: {"name": run.name, "model": run.model, "seed": run.spec.seed} for run in members}
    payload = {"members": [run.id for run in members], "about": about, "light": True}
    name = name.strip() or f"Ensemble of {len(members)} runs"
    run = runs.create(spec=spec, name=name, owner=owner, payload=payload)
    runner().submit(run.id)
    return run.id


def require_fitting(members: Sequence[Run]) -> None:
    """Check that runs can form an ensemble.

    Raises
    ------
    UserError
        If there are fewer than 2 or more than 50, one is no finished training or an ensemble itself, or they were
        trained on different datasets, splits or tasks; the sentence names the run.
    """
    if not FEWEST <= len(members) <= MOST:
        found = f"Found {len(members)} run{'' if len(members) == 1 else 's'}"
        raise UserError(f"{found}; an ensemble needs {FEWEST} to {MOST} different ones. Choose some more or fewer.")
    first = members[0]
    for run in members:
        if run.kind != "train":
            raise UserError(f"{run.name} is no training but a run of kind {run.kind}. Leave it out.")
        if run.state != runs.FINISHED:
            raise UserError(
                f"{run.name} is {run.state}; an ensemble needs finished runs. Leave it out, or wait for it."
            )
        if run.model == EnsembleModel.name:
            raise UserError(f"{run.name} is an ensemble itself. Choose its members instead.")
        for what in ("dataset", "split", "task"):
            if getattr(run.spec, what) != getattr(first.spec, what):
                both = f"{first.name} and {run.name} were trained on different {what}s"
                raise UserError(f"{both}, so their predictions cannot be averaged. Choose runs that share them.")


def gather(run: Run, folder: Path, progress: Progress) -> None:
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
        place = folder / MEMBERS / f"{number}-{member}"
        if (place / "model.json").exists():  # it is written last, so the whole member is there
            continue
        if runs.find(member) is None:
            name = run.payload["about"][member]["name"]
            raise UserError(f"{name} ({member}) was deleted before it was copied. Make the ensemble of other runs.")
        place.mkdir(parents=True, exist_ok=True)
        fitted.load_fitted(member).save(place)
