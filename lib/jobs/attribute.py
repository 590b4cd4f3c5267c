"""The work of an attribution run: what the worker does for a run of kind ``attribute``, and how one is started."""

from pathlib import Path
from typing import Any

from lib.core.errors import UserError
from lib.core.progress import Progress
from lib.jobs import runner
from lib.store import attribution_sets, runs
from lib.store.set_choice import SetChoice, choice_of

KIND = "attribute"


def attribute(run_id: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Attribute the sequences of a dataset as the run's choice says; the set lies in the folder of the trained run.

    Raises
    ------
    UserError
        If the trained model is gone, or the method does not fit it.
    Cancelled
        If somebody asked for it; what was attributed before then stays, and a resumed run goes on from there.
    """
    made = attribution_sets.compute(choice_of(runs.get(run_id)), progress)
    return {"n": len(made), "method": made.facts["method"], "target": made.facts["target"]}


def start(choice: SetChoice, *, name: str = "", owner: str = "") -> str:
    """Queue the attribution of many sequences and give the id of the run; one that waits or works already is given.

    Raises
    ------
    UserError
        If the run to explain has not finished, or nothing can be written.
    """
    return queue(KIND, choice, {}, name=name or f"Attributions of {explained(choice).name}", owner=owner)


def queue(kind: str, choice: SetChoice, payload: dict[str, Any], *, name: str, owner: str) -> str:
    """Queue a run that begins with an attribution set, and give its id; the same one that waits or works is given.

    Raises
    ------
    UserError
        If the run to explain has not finished, or nothing can be written.
    """
    payload = {"set": choice.to_json(), **payload}
    run = explained(choice)
    same = next((job for job in of(choice.run, kind) if not job.over and job.payload == payload), None)
    if same is not None:
        return same.id
    made = runs.create(spec=run.spec, name=name, owner=owner, kind=kind, payload=payload)
    runner().submit(made.id)
    return made.id


def of(run_id: str, kind: str) -> list[runs.Run]:
    """Give the runs of this kind that explain a run, the newest first."""
    dataset = runs.get(run_id).dataset
    return [job for job in runs.all(dataset=dataset, kind=kind) if job.payload.get("set", {}).get("run") == run_id]


def explained(choice: SetChoice) -> runs.Run:
    """Give the run that a choice explains.

    Raises
    ------
    UserError
        If there is no such run, or it has not finished.
    """
    run = runs.get(choice.run)
    if run.state != runs.FINISHED or run.kind != "train":
        found = f"{run.name} is {run.state}" if run.kind == "train" else f"{run.name} is no trained model"
        raise UserError(f"{found}; only a model that has finished training can be explained. Choose another run.")
    return run
